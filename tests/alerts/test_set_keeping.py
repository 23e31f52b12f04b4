"""Sets of people are kept true: what anybody writes counts at once, before they are made anew."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

import mobilize.holdings  # noqa: F401 - what is held of persons goes with them
from mobilize.alerts import audience
from mobilize.alerts.resolving import resolve
from mobilize.alerts.rules import leaves_of, parse_rules
from mobilize.alerts.set_counting import counted_from_sets, few_spans
from mobilize.alerts.set_keeping import keep_sets
from mobilize.alerts.set_models import BLOCK, PeopleMark, PeopleSet
from mobilize.contacts import erasing, merging
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.messaging import outbox
from mobilize.messaging.models import Mailing, Message
from tests.alerts.world import make_world
from tests.conftest import NOW
from tests.messaging.people import add_contact, consent_of

LATER = NOW + timedelta(days=3)
ENDED = NOW - timedelta(days=1)
SIZE = 6


def make_people(session: Session) -> None:
    """Six who agreed to emails, three of them French-speaking; all were sent an alert, one not."""
    world = make_world(session, NOW, people=SIZE)
    mailing = Mailing(
        public_id="sent",
        kind="alert",
        channel="email",
        template_id=world.template_id,
        lane=1,
        state="done",
        created_at=NOW - timedelta(days=2),
        finished_at=ENDED,
    )
    session.add(mailing)
    session.flush()
    for number, contact in enumerate(people(session)):
        session.add(
            Message(
                mailing_id=mailing.id,
                language="en",
                contact_id=contact.id,
                state="accepted" if number else "unknown",
                created_at=ENDED,
                state_at=ENDED,
                accepted_at=ENDED if number else None,
            )
        )
    session.flush()


def people(session: Session) -> list[Contact]:
    return list(session.scalars(select(Contact).order_by(Contact.id)))


RULES = (
    {"language": "fr"},
    {"not": {"province": "QC"}},
    {"consent": "email"},
    {"received": "sent"},
    {"messaged_within": 7},
    {"all": [{"consent": ["email", "sms"]}, {"not": {"received": "sent"}}]},
)


def counts(session: Session, now: datetime = NOW) -> list[int]:
    """How many each rule means; by sets, in parts, and one by one it is the same."""
    found = []
    for rules in RULES:
        ids = session.execute(audience.select_contacts(session, rules, now=now)).all()
        assert audience.count(session, rules, now=now) == len(ids)
        found.append(len(ids))
    return found


def from_sets(session: Session, now: datetime = NOW) -> list[int | None]:
    """The same, from sets alone; None where no sets are true."""
    trees = [parse_rules(rules) for rules in RULES]
    return [
        counted_from_sets(session, tree, resolve(session, leaves_of(tree), now=now))
        for tree in trees
    ]


def withdraw(session: Session) -> None:
    event = NewConsent(
        contact_id=people(session)[1].id,
        channel="email",
        action="withdrawn",
        source="test",
        evidence="link",
        actor="contact",
        occurred_at=NOW,
    )
    record(session, events=[event], now=NOW)


def join(session: Session) -> None:
    add_contact(session, 77, now=NOW, language="fr")


def move(session: Session) -> None:
    contact = people(session)[0]
    contact.province, contact.language = "QC", "fr"
    session.flush()


def leave(session: Session) -> None:
    erasing.erase(session, contact=people(session)[1], actor="command", now=NOW)


def become_one(session: Session) -> None:
    one, other, *_ = people(session)
    merging.merge(session, kept=one, merged=other, actor="command", now=NOW)


def answer_late(session: Session) -> None:
    mailing = session.scalars(select(Mailing).where(Mailing.public_id == "sent")).one()
    session.execute(
        update(Message).where(Message.state == "unknown").values(state="accepted", accepted_at=NOW)
    )
    outbox.end_later(session, [mailing.id], now=NOW)


def go_on(session: Session) -> None:
    """An organizer lets a finished mailing send what nobody knows the end of."""
    session.execute(update(Mailing).values(state="sending", finished_at=None))
    session.execute(update(Message).where(Message.state == "unknown").values(accepted_at=NOW))


def drop_rows(session: Session) -> None:
    first = people(session)[0].id
    session.execute(delete(Consent).where(Consent.contact_id == first))


def number_anew(session: Session) -> None:
    """A key that moves to another block, which nothing here does: the database would notice."""
    last = people(session)[-1].id
    session.execute(update(Message).where(Message.contact_id == last).values(contact_id=None))
    session.execute(update(Contact).where(Contact.id == last).values(id=last + BLOCK))


@pytest.mark.parametrize(
    "write",
    [withdraw, join, move, leave, become_one, answer_late, go_on, drop_rows, number_anew],
)
def test_what_is_written_counts_at_once(db: Database, write: Callable[[Session], None]) -> None:
    with db.transaction() as session:
        make_people(session)
        keep_sets(session, now=NOW, fewest=0)
        before = counts(session)
    assert before == [3, 6, 6, 5, 5, 1]

    with db.transaction() as session:
        write(session)
        changed = counts(session)
    with db.transaction() as session:
        keep_sets(session, now=LATER, fewest=0)
        assert keep_sets(session, now=LATER, fewest=0) == 0
        assert from_sets(session, LATER) == ([None] * 6 if db.is_sqlite else counts(session, LATER))

    assert changed != before


def test_a_consent_that_ends_counts_no_more_though_nothing_was_written(db: Database) -> None:
    with db.transaction() as session:
        make_people(session)
        for contact, days in zip(people(session), (1, 2, -1), strict=False):
            consent_of(session, contact, "email").expires_at = NOW + timedelta(days=days)
        session.flush()
        keep_sets(session, now=NOW, fewest=0)

    with db.read() as session:
        for hours, agreed in ((0, 5), (23, 5), (24, 4), (36, 4), (48, 3)):
            now = NOW + timedelta(hours=hours)
            assert audience.count(session, {"consent": "email"}, now=now) == agreed


def test_what_is_undone_and_what_sets_do_not_look_at_leaves_them_as_they_are(db: Database) -> None:
    with db.transaction() as session:
        make_people(session)
        keep_sets(session, now=NOW, fewest=0)

    with db.transaction() as session:
        outer = session.begin_nested()
        move(session)
        outer.rollback()
        session.execute(update(Contact).values(given_name="Wren", updated_at=LATER))
        session.execute(update(Message).values(state_at=LATER, delivered_at=LATER))

    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(PeopleMark)) == 0


def test_what_is_written_while_sets_are_made_makes_them_stale(db: Database) -> None:
    if db.is_sqlite:
        return
    with db.transaction() as session:
        make_people(session)

    with db.transaction() as writing:
        move(writing)
        withdraw(writing)
        with db.transaction() as session:
            keep_sets(session, now=NOW, fewest=0)
            assert from_sets(session) == counts(session) == [3, 6, 6, 5, 5, 1]

    with db.read() as session:
        assert counts(session) == [4, 5, 5, 5, 5, 1]


def test_a_list_of_few_is_counted_without_sets_and_leaves_no_marks(db: Database) -> None:
    with db.transaction() as session:
        make_people(session)
        assert keep_sets(session, now=NOW) == 0
        assert session.scalar(select(func.count()).select_from(PeopleMark)) == 0
        assert session.scalar(select(func.count()).select_from(PeopleSet)) == 0
        assert from_sets(session) == [None] * 6


def test_few_stale_blocks_among_many_are_read_and_the_rest_is_not(db: Database) -> None:
    """Several parts and spans; the people of each block count once."""
    if db.is_sqlite:
        return
    with db.transaction() as session:
        make_world(session, NOW, people=0)
        some = {"kind": "supporter", "created_at": NOW, "updated_at": NOW, "language": "fr"}
        blocks = range(3, 133, 3)
        rows = [{**some, "id": BLOCK * at, "public_id": f"person{at:010}"} for at in blocks]
        session.execute(insert(Contact), rows)
        while keep_sets(session, now=NOW, fewest=0):
            pass
        for block in (3, 6, 9, 27, 30, 60, 99, 132):
            contact = session.get_one(Contact, BLOCK * block)
            contact.language = "en"
        session.flush()

        tree = parse_rules({"language": "fr"})
        known = resolve(session, leaves_of(tree), now=NOW)
        assert counted_from_sets(session, tree, known) == len(blocks) - 8


@given(st.sets(st.integers(0, 300)).map(sorted), st.integers(1, 5))
def test_few_spans_hold_every_block_in_order(blocks: list[int], most: int) -> None:
    spans = few_spans(blocks, most)

    assert len(spans) <= most
    held = {one for first, last in spans for one in range(first, last + 1)}
    assert held >= set(blocks)
    assert {end for span in spans for end in span} <= set(blocks)
    assert all(last < first for (_, last), (first, _) in pairwise(spans))
    runs = sum(1 for one in blocks if one - 1 not in blocks)
    assert held == set(blocks) if runs <= most else len(spans) == most

"""What is taken out and brought in again says what it said: here, and in an empty installation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from mobilize.contacts.answers import value_of
from mobilize.contacts.consent_models import Consent, OptIn, Suppression
from mobilize.contacts.custom_fields import Answer, create_field, set_values
from mobilize.contacts.exporting import checked_columns, pages, people_meant
from mobilize.contacts.identity import clean_name, clean_text, email_hash, phone_hash
from mobilize.contacts.joining import add_tags
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.starting import lift_stop
from mobilize.contacts.suppression import CARRIER, Closing, suppress_all
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.spreadsheet import csv_pieces
from mobilize.core.workbook import workbook
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids
from tests.conftest import NOW
from tests.contacts.files import importer
from tests.support import databases

WORDS: Final = st.text(st.sampled_from("aé=+-@' ;,\"’\tZ7"), max_size=12)
PAST: Final = st.timedeltas(timedelta(minutes=1), timedelta(days=900)).map(lambda ago: NOW - ago)
HOURS: Final = st.sampled_from([(None, None), (time(9), time(17, 30)), (time(22), time(6))])


@dataclass(frozen=True)
class Event:
    """Something that happened to a consent."""

    channel: str
    organization: str
    topic: str
    is_grant: bool
    basis: str
    at: datetime
    has_day: bool


@dataclass(frozen=True)
class Person:
    """Somebody on file."""

    has_email: bool
    has_phone: bool
    names: tuple[str, str]
    source: str
    record: dict[str, Any]
    riding: str
    hours: tuple[time | None, time | None]
    confirmed_at: datetime | None
    tags: list[str]
    answer: str
    events: list[Event]
    closed: list[tuple[str, str, datetime]] = field(default_factory=list)


PEOPLE: Final = st.builds(
    Person,
    has_email=st.booleans(),
    has_phone=st.booleans(),
    names=st.tuples(WORDS.map(clean_name), WORDS.map(clean_name)),
    source=WORDS.map(clean_text),
    record=st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["supporter", "partner"]),
            "language": st.sampled_from(["en", "fr", None]),
            "province": st.sampled_from(["QC", None]),
            "fsa": st.sampled_from(["H2X", None]),
            "time_zone": st.sampled_from(["America/Toronto", None]),
            "discreet": st.booleans(),
            "do_not_contact": st.booleans(),
            "no_voicemail": st.booleans(),
            "safe_channel": st.sampled_from(["email", "sms", None]),
            "paused_until": st.one_of(st.none(), PAST.map(lambda at: at + timedelta(days=900))),
        }
    ),
    riding=st.sampled_from(["", "24008", "35079"]),
    hours=HOURS,
    confirmed_at=st.one_of(st.none(), PAST),
    tags=st.lists(st.sampled_from(["choir", "rally", "a, b", "=sum"]), max_size=3),
    answer=st.sampled_from(["", "large", "=big"]),
    events=st.lists(
        st.builds(
            Event,
            channel=st.sampled_from(["email", "sms", "voice"]),
            organization=st.sampled_from(["us", "us", "us", "PartnerPartnerPa"]),
            topic=st.sampled_from(["", "", "permanent-status"]),
            is_grant=st.booleans(),
            basis=st.sampled_from(["express", "implied_donation", "published"]),
            at=PAST,
            has_day=st.booleans(),
        ),
        max_size=5,
    ),
    closed=st.lists(
        st.tuples(
            st.sampled_from(["email", "sms", "voice"]),
            st.sampled_from(["bounced", "unsubscribed", "complaint", "stop"]),
            PAST,
        ),
        max_size=3,
    ),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(
    request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring
) -> Iterator[Callable[[], Database]]:
    """Gives an installation without people, as often as one asks; the one before is gone."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_country")
        opened: list[Any] = []

        def fresh_file() -> Database:
            copying = databases.sqlite_copy(template, tmp_path / f"{len(opened)}.db", keyring)
            opened.append(copying)
            return copying.__enter__()

        yield fresh_file
        for copying in opened:
            copying.__exit__(None, None, None)
    else:
        url = request.getfixturevalue("postgres_country")
        with databases.emptied_after(url, keyring, country_at=NOW) as db:

            def emptied() -> Database:
                databases.empty(db, databases.COUNTRY)
                return db

            yield emptied


def fill(db: Database, keyring: Keyring, people: list[Person]) -> None:
    with db.transaction() as session:
        ridings = riding_ids(session, ORDER)
        shirt = _shirt(db, session)
        for number, one in enumerate(people):
            email = f"p{number}@example.org" if one.has_email or not one.has_phone else None
            phone = f"+1613555{1000 + number}" if one.has_phone else None
            contact = Contact(
                given_name=one.names[0],
                family_name=one.names[1],
                source=one.source,
                email=email,
                email_hash=email_hash(keyring, email) if email else None,
                phone=phone,
                phone_hash=phone_hash(keyring, phone) if phone else None,
                sms_confirmed_at=one.confirmed_at if phone else None,
                riding_id=ridings.get(one.riding),
                riding_certainty="likely" if one.riding else None,
                riding_source="chosen" if one.riding else None,
                safe_from=one.hours[0],
                safe_until=one.hours[1],
                created_at=NOW,
                updated_at=NOW,
                **one.record,
            )
            session.add(contact)
            session.flush()
            add_tags(session, contact_id=contact.id, tags=one.tags)
            if one.answer:
                set_values(session, rows=[Answer(contact.id, shirt, one.answer)], now=NOW)
            channels = {"email": contact.email_hash, "sms": contact.phone_hash}
            channels["voice"] = contact.phone_hash
            record(
                session,
                now=NOW,
                events=[
                    _event(contact.id, event)
                    for event in sorted(one.events, key=lambda event: event.at)
                    if channels[event.channel]
                ],
            )
            for channel, reason, since in sorted(one.closed, key=lambda closed: closed[2]):
                address = channels[channel]
                if address is not None:
                    closing = Closing(channel, address, reason)
                    suppress_all(session, closings=[closing], now=since)


def _shirt(db: Database, session: Any) -> int:
    made = create_field(
        session,
        key="shirt",
        label_en="Shirt",
        label_fr="Chandail",
        kind="text",
        actor="command",
        now=NOW,
    )
    assert value_of(made, "large") == "large"
    return made.id


def _event(contact_id: int, event: Event) -> NewConsent:
    is_implied = event.basis == "implied_donation"
    return NewConsent(
        contact_id=contact_id,
        channel=event.channel,
        organization=event.organization,
        topic=event.topic,
        action="granted" if event.is_grant else "withdrawn",
        basis=event.basis if event.is_grant else None,
        basis_date=event.at.date() if event.is_grant and (event.has_day or is_implied) else None,
        evidence="=form; of «May»" if event.is_grant else "",
        source="form",
        actor="supporter",
        occurred_at=event.at,
    )


def exported(db: Database, *, form: str = "csv") -> bytes:
    with db.read() as session:
        ids = people_meant(session, select(Contact))
        rows = pages(session, ids, checked_columns(session, ()), now=NOW)
        return b"".join((workbook if form == "xlsx" else csv_pieces)(rows))


def lines(content: bytes) -> list[str]:
    """The rows of a file, in one order: who comes first may differ."""
    head, *rows = content.decode().splitlines()
    return [head, *sorted(rows)]


def bring_in(
    db: Database, keyring: Keyring, path: Path, content: bytes, *, apart: bool = False
) -> Any:
    path.write_bytes(content)
    report = importer(db, keyring, NOW)(path, apart=apart)
    assert report.rejected == 0, report.rejects
    return report


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example is a whole installation
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(people=st.lists(PEOPLE, min_size=1, max_size=6))
def test_taken_out_and_brought_in_again_it_says_the_same(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring, people: list[Person]
) -> None:
    here = empty()
    fill(here, keyring, people)
    content = exported(here)

    bring_in(here, keyring, tmp_path / "people.csv", content)
    assert lines(exported(here)) == lines(content)

    elsewhere = empty()
    with elsewhere.transaction() as session:
        _shirt(elsewhere, session)
    report = bring_in(elsewhere, keyring, tmp_path / "people.csv", content)
    assert report.ignored_columns == ()
    assert lines(exported(elsewhere)) == lines(content)


def one_person(**more: Any) -> Person:
    known: dict[str, Any] = {
        "has_email": True, "has_phone": True, "names": ("Ana", "Lee"), "source": "form",
        "record": {"kind": "supporter", "language": "fr"}, "riding": "24008",
        "hours": (time(22), time(6)), "confirmed_at": NOW, "tags": ["rally"], "answer": "large",
        "events": [], **more,
    }  # fmt: skip
    return Person(**known)


def test_a_workbook_comes_back_as_it_was(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    here = empty()
    fill(here, keyring, [one_person(), one_person(has_email=False)])
    content, book = exported(here), exported(here, form="xlsx")
    elsewhere = empty()
    with elsewhere.transaction() as session:
        _shirt(elsewhere, session)

    bring_in(elsewhere, keyring, tmp_path / "people.xlsx", book)

    assert lines(exported(elsewhere)) == lines(content)


def test_who_withdrew_comes_back_withdrawn_and_closed(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    yes = Event("email", "us", "", True, "express", NOW - timedelta(days=9), has_day=True)
    no = Event("email", "us", "", False, "", NOW - timedelta(days=2), has_day=False)
    here = empty()
    fill(here, keyring, [one_person(events=[yes, no], closed=[("sms", "stop", NOW)])])
    content = exported(here)
    elsewhere = empty()

    bring_in(elsewhere, keyring, tmp_path / "people.csv", content, apart=True)

    with elsewhere.read() as session:
        standing = session.execute(select(Consent.channel, Consent.granted)).all()
        closed = session.execute(select(Suppression.channel, Suppression.reason)).all()
    assert [tuple(row) for row in standing] == [("email", False)]
    assert {tuple(row) for row in closed} == {("sms", "stop"), (CARRIER, "stop")}


AGO: Final = [NOW - timedelta(days=days) for days in (9, 6, 3)]


def closed_now(db: Database) -> dict[str, str]:
    """What is closed, by the suppressions' channels."""
    standing = Suppression.lifted_at.is_(None)
    with db.read() as session:
        rows = session.execute(select(Suppression.channel, Suppression.reason).where(standing))
        return {row.channel: row.reason for row in rows}


def test_a_stop_behind_another_no_comes_along(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    here = empty()
    both = [("sms", "stop", AGO[0]), ("sms", "unsubscribed", AGO[1])]
    fill(here, keyring, [one_person(closed=both)])
    content = exported(here)
    elsewhere = empty()

    bring_in(elsewhere, keyring, tmp_path / "people.csv", content)

    assert closed_now(elsewhere) == {"sms": "unsubscribed", CARRIER: "stop"}


def test_a_complaint_of_the_file_takes_the_place_of_what_its_owner_may_open(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    there = empty()
    fill(there, keyring, [one_person(closed=[("email", "complaint", AGO[0])])])
    content = exported(there)
    here = empty()
    fill(here, keyring, [one_person(closed=[("email", "unsubscribed", AGO[1])])])

    bring_in(here, keyring, tmp_path / "people.csv", content)

    assert closed_now(here) == {"email": "complaint"}


@pytest.mark.parametrize(
    ("opened", "expected"), [(AGO[2], {}), (AGO[0], {"sms": "stop", CARRIER: "stop"})]
)
def test_what_was_opened_since_the_file_stays_open_and_a_newer_stop_closes(
    empty: Callable[[], Database],
    tmp_path: Path,
    keyring: Keyring,
    opened: datetime,
    expected: dict[str, str],
) -> None:
    there = empty()
    fill(there, keyring, [one_person(closed=[("sms", "stop", AGO[1])])])
    content = exported(there)
    here = empty()
    fill(here, keyring, [one_person(closed=[("sms", "stop", AGO[0])])])
    with here.transaction() as session:
        address = session.scalars(select(Contact.phone_hash)).one()
        assert address is not None
        lift_stop(session, address_hash=address, now=opened)

    bring_in(here, keyring, tmp_path / "people.csv", content)

    assert closed_now(here) == expected


def test_a_sign_up_that_waits_outlives_our_own_file(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    db = empty()
    fill(db, keyring, [one_person(closed=[("email", "unsubscribed", AGO[0])])])
    content = exported(db)
    with db.transaction() as session:
        contact = session.scalars(select(Contact)).one()
        asked = OptIn(
            channel="email",
            address=contact.email,
            address_hash=contact.email_hash,
            language="fr",
            source="form",
            created_at=NOW,
            expires_at=NOW + timedelta(days=2),
        )
        session.add(asked)

    bring_in(db, keyring, tmp_path / "people.csv", content)

    with db.read() as session:
        assert session.scalars(select(OptIn.state)).all() == ["asked"]


def test_an_old_file_takes_nothing_back_that_somebody_said_since(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    left = Event("email", "us", "permanent-status", False, "", NOW - timedelta(days=9), False)
    db = empty()
    fill(db, keyring, [one_person(events=[left])])
    content = exported(db)
    with db.transaction() as session:
        contact = session.scalars(select(Contact)).one()
        contact.discreet, contact.safe_from, contact.safe_until = True, None, None
        again = Event("email", "us", "permanent-status", True, "express", NOW, has_day=True)
        record(session, events=[_event(contact.id, again)], now=NOW)

    bring_in(db, keyring, tmp_path / "people.csv", content)

    with db.read() as session:
        contact = session.scalars(select(Contact)).one()
        granted = session.scalars(select(Consent.granted)).all()
    assert (contact.discreet, contact.safe_from) == (True, None)
    assert granted == [True]


def test_a_file_brings_a_newer_no_to_somebody_on_file(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring
) -> None:
    yes = Event("email", "us", "", True, "express", NOW - timedelta(days=9), has_day=True)
    no = Event("email", "us", "", False, "", NOW - timedelta(days=2), has_day=False)
    there = empty()
    fill(there, keyring, [one_person(events=[yes, no])])
    content = exported(there)
    here = empty()
    fill(here, keyring, [one_person(events=[yes])])

    bring_in(here, keyring, tmp_path / "people.csv", content)

    with here.read() as session:
        assert session.scalars(select(Consent.granted)).all() == [False]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("topics_left", "email"),
        ("other_consents", "{"),
        ("consent_email_withdrawn", "yesterday"),
        ("safe_from", "25:00"),
        ("do_not_contact", "perhaps"),
        ("suppressed", "letter:bounced:2026-01-01"),
    ],
)
def test_a_row_whose_own_columns_cannot_be_read_is_put_aside(
    empty: Callable[[], Database], tmp_path: Path, keyring: Keyring, column: str, text: str
) -> None:
    db = empty()
    path = tmp_path / "people.csv"
    fixed = "" if column == "do_not_contact" else ",do_not_contact"
    rest = "" if column == "do_not_contact" else ",yes"
    path.write_text(
        f"email,{column}{fixed}\nana@example.org,{text}{rest}\nbo@example.org,{rest}\n", "utf-8"
    )

    report = importer(db, keyring, NOW)(path)

    assert (report.created, report.rejected) == (1, 1)
    assert column in report.rejects[0][1]
    with db.read() as session:
        assert session.scalar(select(func.count(Contact.id))) == 1

"""Merging and parting lose nothing and let nothing go out that would not have gone before."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import MpContact, Participation
from mobilize.contacts import joining, merging, notes
from mobilize.contacts.custom_fields import create_field
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.models import Contact
from mobilize.contacts.record_models import CustomValue
from mobilize.core.columns import new_public_id
from mobilize.core.db import Database
from mobilize.core.errors import Conflict
from mobilize.messaging.models import BULK_LANE, Mailing, Message
from mobilize.messaging.queries import template_by_key
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.partners.models import Partner, PartnerPerson
from tests.safety.merging import CHANNELS, Sketch, add_record, allowed, everything, said
from tests.support.campaigns import AJAX, open_campaign

PEOPLE = 4
SHARED = "+16135550111"
PLAIN = Sketch(email=True, phone=None, confirmed=False, name="Ana", wishes={})
SOME = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "do_not_contact": st.booleans(),
        "discreet": st.booleans(),
        "safe_channel": st.sampled_from(["email", "sms"]),
        "paused_until": st.sampled_from([datetime.fromisoformat("2026-12-24T12:00:00+00:00")]),
    },
)
SKETCHES = st.lists(
    st.builds(
        Sketch,
        email=st.booleans(),
        phone=st.sampled_from([None, SHARED, SHARED, "+16135550122"]),
        confirmed=st.booleans(),
        name=st.sampled_from(["", "Ana", "Bo"]),
        wishes=WISHES,
    ),
    min_size=PEOPLE,
    max_size=PEOPLE,
)
WHO = st.integers(0, PEOPLE - 1)
MERGES = st.tuples(st.just("merge"), WHO, WHO)
UNDOINGS = st.tuples(st.just("undo"), st.integers(0, 5), st.just(0))
EVENTS = st.lists(
    st.tuples(WHO, st.sampled_from(["granted", "granted", "withdrawn"]), st.sampled_from(CHANNELS),
              st.sampled_from(["", "", "services"]), st.integers(1, 300)),
    max_size=12,
)  # fmt: skip
HOLDINGS = st.lists(
    st.tuples(WHO, st.sampled_from(["tag", "answer", "note", "part", "role", "sent", "queued"]),
              st.integers(0, 2)),
    max_size=20,
)  # fmt: skip


class World:
    """A campaign, mailings, a partner and a custom field, for records to have parts in."""

    def __init__(self, session: Session, now: datetime) -> None:
        campaign = open_campaign(session, now)
        template = template_by_key(session, "lasting-protection-alert")
        assert template is not None
        mailings = [
            Mailing(
                kind=kind,
                channel="email",
                template_id=template.id,
                lane=BULK_LANE,
                campaign_ref=campaign.public_id,
                created_at=now,
            )
            for kind in ("alert", "followup", "transactional")
        ]
        partner = Partner(
            name_en="Choir", name_fr="Chœur", name_norm="choir", created_at=now, updated_at=now
        )
        session.add_all([*mailings, partner])
        session.flush()
        voice = create_field(
            session,
            key="voice",
            label_en="Voice",
            label_fr="Voix",
            kind="text",
            actor="command",
            now=now,
        )
        self.mailings = [one.id for one in mailings]
        self.campaign, self.demand = campaign.id, campaign.demand_version_id
        self.partner, self.field = partner.id, voice.id
        self.riding = riding_ids(session, CURRENT_ORDER)[AJAX]

    def give(self, session: Session, contact_id: int, what: str, which: int, now: datetime) -> None:
        """Let a record have something, once."""
        contact = session.get_one(Contact, contact_id)
        if what == "tag":
            joining.add_tags(session, contact_id=contact_id, tags=[f"tag{which}"])
        elif what == "note":
            notes.add_note(session, contact=contact, text="sings", actor="command", now=now)
        elif what == "answer":
            self._once(session, CustomValue, contact_id, field_id=self.field, value="alto",
                       updated_at=now)  # fmt: skip
        elif what == "role":
            self._once(session, PartnerPerson, contact_id, partner_id=self.partner)
        elif what == "part":
            self._part(session, contact_id, now)
        else:
            self._once(session, Message, contact_id, mailing_id=self.mailings[which],
                       language="en", created_at=now, state_at=now,
                       state="queued" if what == "queued" else "delivered")  # fmt: skip

    def _part(self, session: Session, contact_id: int, now: datetime) -> None:
        part = self._once(session, Participation, contact_id, campaign_id=self.campaign,
                          language="en", completed_at=now)  # fmt: skip
        session.add(
            MpContact(
                campaign_id=self.campaign,
                demand_version_id=self.demand,
                participation_id=part.id,
                contact_id=contact_id,
                riding_id=self.riding,
                channel="call",
                outcome="spoke_mp",
                form_key=new_public_id(),
                language="en",
                happened_at=now,
                recorded_at=now,
            )
        )
        session.flush()

    @staticmethod
    def _once(session: Session, table: type[Any], contact_id: int, **values: object) -> Any:
        keys = {name: values[name] for name in ("mailing_id", "campaign_id", "partner_id",
                                                "field_id") if name in values}  # fmt: skip
        found = session.scalar(select(table).filter_by(contact_id=contact_id, **keys))
        if found is None:
            found = table(contact_id=contact_id, **values)
            session.add(found)
            session.flush()
        return found


@pytest.fixture
def world(db: Database, now: datetime) -> World:
    with db.transaction() as session:
        return World(session, now)


def tried(session: Session, step: tuple[str, int, int], ids: list[int], now: datetime) -> bool:
    """Do a step as far as it is allowed, and say whether it was done."""
    action, first, second = step
    try:
        if action == "merge":
            kept, merged = (session.get_one(Contact, ids[one]) for one in (first, second))
            merging.merge(session, kept=kept, merged=merged, actor="command", now=now,
                          choices={"email": "merged"} if first > second else {})  # fmt: skip
        else:
            rows = session.scalars(select(Merge).where(Merge.undone_at.is_(None))).all()
            if not rows:
                return False
            merging.undo(session, row=rows[first % len(rows)], actor="command", now=now)
    except Conflict:
        return False
    return True


@SOME
@given(
    sketches=SKETCHES,
    events=EVENTS,
    holdings=HOLDINGS,
    steps=st.lists(MERGES | UNDOINGS, min_size=1, max_size=6),
)
def test_whatever_is_merged_and_undone_in_the_end_all_is_as_before(
    db: Database,
    world: World,
    now: datetime,
    sketches: list[Sketch],
    events: list[tuple[int, str, str, str, int]],
    holdings: list[tuple[int, str, int]],
    steps: list[tuple[str, int, int]],
) -> None:
    with db.transaction() as session:
        ids = [add_record(session, n, one, now).id for n, one in enumerate(sketches)]
        for who, action, channel, topic, hours in events:
            at = now - timedelta(hours=hours)
            said(session, ids[who], action, channel=channel, topic=topic, at=at, now=now)
        for who, what, which in holdings:
            world.give(session, ids[who], what, which, now)
        first, second = sorted(ids[:2])
        session.add(DuplicatePair(first_id=first, second_id=second, score=50, found_at=now))
        session.flush()
        before = everything(session)
        for minutes, step in enumerate(steps, start=1):
            tried(session, step, ids, now + timedelta(minutes=minutes))
        last_first = select(Merge).where(Merge.undone_at.is_(None)).order_by(Merge.id.desc())
        for row in session.scalars(last_first).all():
            merging.undo(session, row=row, actor="command", now=now + timedelta(hours=1))
        assert everything(session) == before
        session.rollback()


class Said:
    """What the people behind records have closed and not opened again, told beside the ledger."""

    def __init__(self, session: Session, ids: list[int]) -> None:
        self.session, self.ids = session, ids
        self.own: defaultdict[int, set[str]] = defaultdict(set)
        self.by_merge: defaultdict[int, set[str]] = defaultdict(set)

    def standing(self) -> list[Merge]:
        """The merges that stand."""
        wanted = select(Merge).where(Merge.undone_at.is_(None)).order_by(Merge.id)
        return list(self.session.scalars(wanted))

    def closed(self, record: int) -> set[str]:
        """The channels that a record must not be written to on."""
        merges = [self.by_merge[one.id] for one in self.standing() if one.kept_id == record]
        return self.own[record].union(*merges)

    def no(self, record: int, channel: str) -> None:
        """Somebody left a channel: for all their records."""
        roots = {one.merged_id: one.kept_id for one in self.standing()}

        def root(one: int) -> int:
            while one in roots:
                one = roots[one]
            return one

        for one in self.ids:
            if root(one) == root(record):
                self.own[one].add(channel)

    def yes(self, record: int, channel: str) -> None:
        """Somebody came back to a channel, by the record that stands for them."""
        self.own[record].discard(channel)
        for one in self.standing():
            if one.kept_id == record:
                self.by_merge[one.id].discard(channel)


FEW = st.integers(0, 2)
SAYINGS = st.tuples(st.sampled_from(["yes", "no", "old yes"]), FEW, st.integers(0, 1))


@SOME
@given(
    sketches=SKETCHES,
    agreed=st.sets(st.tuples(FEW, st.sampled_from(CHANNELS))),
    steps=st.lists(
        st.one_of(st.tuples(st.just("merge"), FEW, FEW), UNDOINGS, SAYINGS), min_size=3, max_size=7
    ),
)
@example(
    sketches=[PLAIN] * 3,
    agreed={(0, "email"), (1, "email")},
    steps=[("merge", 0, 1), ("no", 0, 0), ("undo", 0, 0)],
)
@example(
    sketches=[PLAIN] * 3,
    agreed={(0, "email"), (1, "email"), (2, "email")},
    steps=[("no", 2, 0), ("merge", 1, 2), ("merge", 0, 1), ("old yes", 1, 0), ("undo", 1, 0)],
)
@example(sketches=[PLAIN] * 3, agreed={(1, "email")}, steps=[("merge", 0, 1), ("merge", 0, 2)])
@example(sketches=[PLAIN] * 3, agreed={(0, "email")}, steps=[("merge", 1, 0), ("undo", 0, 0)])
@example(
    sketches=[replace(PLAIN, phone=SHARED), replace(PLAIN, phone=SHARED, confirmed=True)] * 2,
    agreed={(0, "sms")},
    steps=[("merge", 1, 0), ("undo", 0, 0), ("merge", 0, 1), ("old yes", 1, 1)],
)
def test_no_withdrawal_is_lost_and_nothing_goes_out_for_a_merge(
    db: Database,
    now: datetime,
    sketches: list[Sketch],
    agreed: set[tuple[int, str]],
    steps: list[tuple[str, int, int]],
) -> None:
    with db.transaction() as session:
        ids = [add_record(session, n, one, now).id for n, one in enumerate(sketches[:3])]
        for who, channel in agreed:
            at = now - timedelta(days=3)
            said(session, ids[who], "granted", channel=channel, at=at, now=now)
        said_so, then = Said(session, ids), now + timedelta(hours=1)
        after = allowed(session, then)
        for minutes, (action, first, second) in enumerate(steps, start=1):
            at, before = now + timedelta(minutes=minutes), after
            closed = {one: said_so.closed(one) for one in ids}
            if action in {"merge", "undo"}:
                done = tried(session, (action, first, second), ids, at)
                if done and action == "merge":
                    merge = said_so.standing()[-1]
                    said_so.by_merge[merge.id] = closed[ids[first]] | closed[ids[second]]
            else:
                record, channel = ids[first], CHANNELS[second]
                said(session, record, "withdrawn" if action == "no" else "granted",
                     channel=channel, at=at if action != "old yes" else now - timedelta(days=9),
                     now=at)  # fmt: skip
                if action == "no":
                    said_so.no(record, channel)
                elif action == "yes" and session.get_one(Contact, record).state == "active":
                    said_so.yes(record, channel)
            after = allowed(session, then)
            if action == "merge":
                assert {one[1:] for one in after} <= {one[1:] for one in before}
            closed = {one: said_so.closed(one) for one in ids}
            assert not [one for one in after if one[1] in closed[one[0]]]
        session.rollback()

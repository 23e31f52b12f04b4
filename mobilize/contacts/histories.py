"""What speaks for a person: their own events, and those of the records that were joined to theirs.

The ledger is never rewritten, so two records that became one keep their own rows in it. Reading
them together, a no of either wins: what one of them had left or closed when they were joined is not
held open by a yes that stands on the other. And a yes counts only for the address that it was given
for: of two records with different addresses that of the one whose address stands. What the person
says afterwards counts as ever; and where the records are parted again, each has its own history as
before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from mobilize.contacts.consent import GRANTS, Fact, Key, Standing, project
from mobilize.contacts.consent_models import EVERY_TOPIC, ConsentEvent
from mobilize.contacts.identity_models import Merge


@dataclass(frozen=True)
class Addresses:
    """Whose addresses stand where two records are one: of `kept`, of `merged`, or the same of both.

    Attributes:
        cut: The last row of the ledger that was there when they became one.
    """

    email: str = "both"
    phone: str = "both"
    cut: int = 0

    def counts(self, event: Fact, *, of_kept: bool) -> bool:
        """Whether an event is about an address that stands; a no always counts."""
        side = self.email if event.channel == "email" else self.phone
        if event.action not in GRANTS or side == "both":
            return True
        was_before = event.id <= self.cut
        if of_kept:
            return side == "kept" or not was_before
        # What came for the merged record since is about the address that does not stand.
        return side == "merged" and was_before


SAME_ADDRESSES: Final = Addresses()
Joined = Mapping[int, Sequence[tuple[datetime, int, Addresses]]]
"""For each record that others were merged into: when, which, and whose addresses stand."""


def together(
    own: Iterable[Fact],
    other: Iterable[Fact],
    *,
    since: datetime,
    addresses: Addresses = SAME_ADDRESSES,
) -> list[Fact]:
    """Two histories read as one.

    Args:
        own: What happened to the record that stands for the person.
        other: What happened to the record that was merged into it.
        since: When they became one. A yes of either from before is left out where the other had
            closed that list, or left that topic, by then.
        addresses: Whose addresses stand since.
    """
    mine, theirs = list(own), list(other)
    my_no, their_no = _standing_at(mine, since), _standing_at(theirs, since)
    return [
        *(
            event
            for event in mine
            if addresses.counts(event, of_kept=True) and not _is_barred(event, their_no, since)
        ),
        *(
            event
            for event in theirs
            if addresses.counts(event, of_kept=False) and not _is_barred(event, my_no, since)
        ),
    ]


def histories(
    session: Session, contact_ids: Collection[int], *, before: datetime | None = None
) -> dict[int, list[Fact]]:
    """All that speaks for people, by record, in no order; who has no events is missing.

    Args:
        session: The session.
        contact_ids: The records that are asked about: some thousand at most.
        before: Only what happened before this instant, as if nothing had come since. A grant that
            was taken back since was never there.
    """
    joined, everybody = _joined(session, contact_ids)
    of_them = ConsentEvent.contact_id.in_(sorted(everybody))
    till = true() if before is None else ConsentEvent.occurred_at < before
    events = facts_by_record(session, and_(of_them, or_(till, ConsentEvent.action == "retracted")))
    found = {one: _history(one, events, joined) for one in contact_ids}
    return {one: history for one, history in found.items() if history}


def history_of(session: Session, contact_id: int) -> list[Fact]:
    """All that speaks for one person."""
    return histories(session, [contact_id]).get(contact_id, [])


def records_of(session: Session, contact_id: int) -> list[int]:
    """The records that stand for a person today: their own first, then those merged into it."""
    joined, _ = _joined(session, [contact_id])
    found = [contact_id]
    for one in found:
        found += [merged for _, merged, _ in joined.get(one, ())]
    return found


def with_survivors(session: Session, contact_ids: Collection[int]) -> set[int]:
    """These records, and those that they were merged into: all whose consents they speak for."""
    reached = set(contact_ids)
    fresh = reached
    while fresh:
        # One round for each merge of a merge: nearly always a single one, which finds nothing.
        fresh = set(_kept_for(session, fresh)) - reached
        reached |= fresh
    return reached


def facts_by_record(session: Session, where: ColumnElement[bool]) -> dict[int, list[Fact]]:
    """The ledger's rows as the rules look at them, by record."""
    rows: Iterable[Any] = session.execute(
        select(
            ConsentEvent.id,
            ConsentEvent.contact_id,
            ConsentEvent.channel,
            ConsentEvent.organization,
            ConsentEvent.topic,
            ConsentEvent.action,
            ConsentEvent.expires_at,
            ConsentEvent.occurred_at,
            ConsentEvent.retracts_id,
        ).where(where)
    )
    found: defaultdict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        found[row.contact_id].append(row)
    return dict(found)


def _history(record: int, events: Mapping[int, Sequence[Fact]], joined: Joined) -> list[Fact]:
    history = list(events.get(record, ()))
    for since, merged, addresses in joined.get(record, ()):
        theirs = _history(merged, events, joined)
        history = together(history, theirs, since=since, addresses=addresses)
    return history


def _joined(session: Session, contact_ids: Collection[int]) -> tuple[Joined, set[int]]:
    """What was merged into these records, and what into that; with all records concerned."""
    joined: defaultdict[int, list[tuple[datetime, int, Addresses]]] = defaultdict(list)
    everybody = fresh = set(contact_ids)
    while fresh:
        rows = session.execute(
            select(
                Merge.kept_id,
                Merge.merged_id,
                Merge.merged_at,
                Merge.email_side,
                Merge.phone_side,
                Merge.ledger_cut,
            )
            .where(Merge.kept_id.in_(sorted(fresh)), Merge.undone_at.is_(None))
            .order_by(Merge.id)
        ).all()
        for kept, merged, since, email, phone, cut in rows:
            joined[kept].append((since, merged, Addresses(email, phone, cut)))
        fresh = {row.merged_id for row in rows} - everybody
        everybody = everybody | fresh
    return joined, everybody


def _kept_for(session: Session, records: Collection[int]) -> Sequence[int]:
    return session.scalars(
        select(Merge.kept_id).where(Merge.merged_id.in_(sorted(records)), Merge.undone_at.is_(None))
    ).all()


def _standing_at(history: Iterable[Fact], at: datetime) -> dict[Key, Standing]:
    # A grant that was taken back later was never there: an older no may stand behind it.
    return project(
        event for event in history if event.occurred_at <= at or event.action == "retracted"
    )


def _is_barred(event: Fact, standing: Mapping[Key, Standing], since: datetime) -> bool:
    if event.action not in GRANTS or event.occurred_at > since:
        return False
    of_topic = standing.get((event.channel, event.organization, event.topic))
    if of_topic is not None:
        return not of_topic.granted
    whole = standing.get((event.channel, event.organization, EVERY_TOPIC))
    return whole is not None and not whole.granted

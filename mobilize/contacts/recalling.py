"""Noes that outlive the database: noted beside it, and said again to one that was brought back.

What is noted are keyed hashes and opaque ids, no address and no name. A no is never unsaid here:
who comes back after a copy was made, and before it was brought back, has to say so again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent import WITHDRAWALS
from mobilize.contacts.consent_models import ConsentEvent, JournalMark
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import Closing, news, suppress_all
from mobilize.core.db import Database, alone, upsert
from mobilize.core.journal import Entry, Journal, is_kept_already

_MARKS: Final = cast("Table", JournalMark.__table__)
_ALL_MARKS: Final = select(_MARKS.c.journal, _MARKS.c.position)


def recall(db: Database, journal: Journal, *, now: datetime, settled: bool) -> int:
    """Say again to the database what it does not know of the noes beside it.

    Up to where each file was read stands in the database, and so goes back with it. Where nothing
    is new that is one small query.

    Args:
        db: The database; each portion is a transaction of its own.
        journal: The noes.
        now: The instant of writing.
        settled: Leave the last seconds for the next time: their transactions may be under way.

    Returns:
        How many noes it did not know.
    """
    with db.read() as session:
        known = _marks(session)
    said = 0
    for portion in journal.read(known, settled=settled):
        with db.transaction() as session:
            alone(session, "recall")
            said += _say_again(session, portion.entries, now)
            is_kept_already(session)
            row = {"journal": portion.journal, "position": portion.until}
            upsert(session, _MARKS, [row], key=("journal",), update=("position",))
    return said


def knows_all(session: Session, journal: Journal, *, settled: bool) -> bool:
    """Whether the database knows of every no beside it: one small query.

    Args:
        session: The session.
        journal: The noes.
        settled: Leave the last seconds for the next time: their transactions may be under way.
    """
    return next(journal.read(_marks(session), settled=settled), None) is None


def _marks(session: Session) -> dict[str, int]:
    # Past the session's own loading: it is asked before each chunk that is sent.
    return {row.journal: row.position for row in session.connection().execute(_ALL_MARKS)}


def _say_again(session: Session, entries: Sequence[Entry], now: datetime) -> int:
    closings = news(session, closings=[_closing(one) for one in entries if one["no"] == "closed"])
    suppress_all(session, closings=closings, now=now)
    left = _withdrawals(session, [one for one in entries if one["no"] == "left"], now)
    record(session, events=left, now=now)
    barred = _bar(session, [one for one in entries if one["no"] == "barred"], now)
    return len(closings) + len(left) + barred


def _closing(entry: Entry) -> Closing:
    return Closing(
        entry["channel"], bytes.fromhex(entry["hash"]), entry["reason"], _instant(entry["at"])
    )


def _withdrawals(session: Session, entries: Sequence[Entry], now: datetime) -> list[NewConsent]:
    people = _people(session, entries)
    rows = session.execute(
        select(
            ConsentEvent.contact_id,
            ConsentEvent.channel,
            ConsentEvent.organization,
            ConsentEvent.topic,
            ConsentEvent.action,
            ConsentEvent.occurred_at,
        ).where(
            ConsentEvent.contact_id.in_([person.id for person in people.values()]),
            ConsentEvent.action.in_(sorted(WITHDRAWALS)),
        )
    )
    # One that stands after a yes yet to come (`ledger.record`) is written with that instant.
    known: set[tuple[Any, ...]] = {(*tuple(row)[:-1], min(row.occurred_at, now)) for row in rows}
    fresh = []
    for entry in entries:
        person = people.get(entry["contact"])
        if person is None:
            continue
        event = NewConsent(
            contact_id=person.id,
            channel=entry["channel"],
            organization=entry["organization"],
            topic=entry["topic"],
            action=entry["action"],
            source="opt-outs kept beside the database",
            actor="command",
            occurred_at=min(_instant(entry["at"]), now),
        )
        key = (
            event.contact_id, event.channel, event.organization, event.topic, event.action,
            event.occurred_at,
        )  # fmt: skip
        if key not in known:
            known.add(key)
            fresh.append(event)
    return fresh


def _bar(session: Session, entries: Sequence[Entry], now: datetime) -> int:
    people, barred = _people(session, entries), 0
    for entry in entries:
        person = people.get(entry["contact"])
        # Whoever was changed later was looked at later: an organizer may have lifted it.
        if (
            person is not None
            and person.state == "active"
            and not person.do_not_contact
            and person.updated_at <= _instant(entry["at"])
        ):
            set_do_not_contact(session, contact=person, wanted=True, actor="command", now=now)
            barred += 1
    return barred


def _people(session: Session, entries: Iterable[Entry]) -> dict[str, Contact]:
    """Who is on file still, of those whom entries name."""
    named = {one["contact"] for one in entries}
    if not named:
        return {}
    found = session.scalars(
        select(Contact).where(Contact.public_id.in_(named), Contact.state != "tombstoned")
    )
    return {person.public_id: person for person in found}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)

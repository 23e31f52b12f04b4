"""The queue of "this is not my MP": taken once per person and riding, counted, resolved."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.actions.doubt_models import Kind, MpDoubt
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import upsert
from mobilize.mps.queries import mp_for_riding

_PURPOSE = "mp-doubt"


class DoubtCount(NamedTuple):
    """How many people doubt a riding's MP, or that it is theirs, in one area."""

    riding_id: int
    fsa: str | None
    kind: str
    people: int
    latest: datetime


def doubt_mp(
    session: Session,
    *,
    riding_id: int,
    kind: Kind,
    contact_id: int | None,
    form_key: str,
    now: datetime,
) -> None:
    """Queue somebody's word that the MP shown is not theirs; said again, it is open again.

    Args:
        session: The session of the transaction.
        riding_id: The riding that was shown.
        kind: What is wrong.
        contact_id: Who says so, where that is known; nothing of them is kept but the area.
        form_key: Makes it one word, however often the form is sent, where nobody is known.
        now: When.
    """
    who = f"form {form_key}" if contact_id is None else f"contact {contact_id}"
    sitting = mp_for_riding(session, riding_id, now.date())
    row = {
        "once_hash": keyring_of_session(session).digest(_PURPOSE, f"{who} at {riding_id}"),
        "riding_id": riding_id,
        "mandate_id": None if sitting is None else sitting.mandate_id,
        "fsa": session.scalar(select(Contact.fsa).where(Contact.id == contact_id)),
        "kind": kind,
        "reported_at": now,
        "resolved_at": None,
        "resolution": None,
    }
    table = cast("Table", MpDoubt.__table__)
    anew = [name for name in row if name not in {"once_hash", "riding_id"}]
    upsert(session, table, [row], key=["once_hash"], update=anew)


def open_doubts(session: Session) -> Sequence[DoubtCount]:
    """What nobody has looked at, by riding and area, where most say so first."""
    people = func.count()
    rows = session.execute(
        select(MpDoubt.riding_id, MpDoubt.fsa, MpDoubt.kind, people, func.max(MpDoubt.reported_at))
        .where(MpDoubt.resolved_at.is_(None))
        .group_by(MpDoubt.riding_id, MpDoubt.fsa, MpDoubt.kind)
        .order_by(people.desc(), MpDoubt.riding_id, MpDoubt.fsa, MpDoubt.kind)
    )
    return [DoubtCount(*row) for row in rows]


def resolve_doubts(
    session: Session, *, riding_id: int, resolution: str, actor: str, now: datetime
) -> int:
    """Close all that is open about a riding; how many people had said so.

    Args:
        session: The session of the transaction.
        riding_id: The riding.
        resolution: One of `RESOLUTIONS`.
        actor: Who looked at it.
        now: When.
    """
    is_open = (MpDoubt.riding_id == riding_id, MpDoubt.resolved_at.is_(None))
    count = session.scalar(select(func.count(MpDoubt.id)).where(*is_open)) or 0
    if count:
        session.execute(
            update(MpDoubt).where(*is_open).values(resolved_at=now, resolution=resolution)
        )
        audit.record(
            session,
            now=now,
            actor=actor,
            action="mp_doubts.resolve",
            subject_kind="riding",
            subject_id=str(riding_id),
            facts={"people": count, "resolution": resolution},
        )
    return count

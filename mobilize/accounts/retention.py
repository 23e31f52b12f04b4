"""What accounts let go of in time: sign-ins that are over, and old runs of the audit log."""

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from mobilize.accounts.models import AccountSession, AuditEntry, AuditSeal
from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, deleting, register, removed

_OVER = (lambda before: AccountSession.expires_at < before,)


def count_audit(session: Session, before: datetime) -> int:
    """How many sealed entries of the log are from before an instant."""
    last_sealed = select(func.max(AuditSeal.last_entry_id)).scalar_subquery()
    statement = select(func.count(AuditEntry.id)).where(
        AuditEntry.at < before, AuditEntry.id <= last_sealed
    )
    return session.scalar(statement) or 0


def empty_seals(session: Session, before: datetime, now: datetime, limit: int) -> int:
    """Remove whole runs of entries, the oldest first; their seals stay, so that the chain holds.

    Returns:
        How many entries went.
    """
    last_at = cast("ColumnElement[datetime | None]", AuditEntry.at)
    runs = session.execute(
        select(AuditSeal.id, AuditSeal.first_entry_id, AuditSeal.last_entry_id, last_at)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.last_entry_id)
        .where(AuditSeal.emptied_at.is_(None))
        .order_by(AuditSeal.id)
        .limit(limit)
    )
    emptied, first, last = list[int](), 0, 0
    for seal_id, first_entry_id, last_entry_id, at in runs:
        # A run whose last entry is missing is broken; it stays, so that verifying says so.
        is_past = at is not None and at < before
        if not is_past or (emptied and first_entry_id - first >= limit):
            break
        first = first if emptied else first_entry_id
        emptied.append(seal_id)
        last = last_entry_id
    if not emptied:
        return 0
    session.execute(update(AuditSeal).where(AuditSeal.id.in_(emptied)).values(emptied_at=now))
    return removed(session, delete(AuditEntry).where(AuditEntry.id <= last))


register(
    Rule(
        name="sign_ins",
        setting="sessions_days",
        what=Label("Sign-ins that are over", "Ouvertures de session terminées"),
        stays=Label("nothing", "rien"),
        count=counting(AccountSession.id, *_OVER),
        remove=deleting(AccountSession.id, *_OVER),
        by_machine=True,
    )
)
register(
    Rule(
        name="audit",
        setting="audit_days",
        what=Label("Entries of the audit log", "Entrées du journal d’audit"),
        stays=Label(
            "the seals, so that what follows can still be verified",
            "les sceaux, pour que la suite reste vérifiable",
        ),
        count=count_audit,
        remove=empty_seals,
    )
)

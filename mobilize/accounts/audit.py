"""The audit log: what was done is recorded in the same transaction, and sealed in hashed batches.

Each seal hashes a run of entries together with the seal before it, so that a changed or missing
entry shows, and everything after it. What stands after the last seal is the unsealed tail; the
worker keeps it short.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account, AuditEntry, AuditSeal

_BATCH: Final = 1000
_START: Final = "0" * 64


@dataclass(frozen=True)
class Verification:
    """What the chain of seals says."""

    sealed: int
    """Entries under seals that hold."""
    unsealed: int
    """Entries after the last seal, which only the database vouches for."""
    broken_at: int | None
    """The first entry of the first run that does not match its seal; None where all match."""


def record(
    session: Session,
    *,
    now: datetime,
    actor: str,
    action: str,
    subject_kind: str,
    subject_id: str,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Note one thing that somebody did.

    Args:
        session: The session of the transaction that does it.
        now: When.
        actor: `account:<public id>`, `key:<public id>`, `command`, `worker` or `supporter`.
        action: What, as `thing.verb`: `alert.launch`.
        subject_kind: To what kind of thing.
        subject_id: Its public id.
        facts: Numbers, states and opaque ids; never a name, an address, a phone or a postal code.
    """
    session.add(
        AuditEntry(
            at=now,
            actor=actor,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            facts=dict(facts or {}),
        )
    )


def actor_of(session: Session, account_id: int | None) -> str:
    """How the audit log names whoever acts; without an account it was the worker."""
    if account_id is None:
        return "worker"
    public_id = session.scalar(select(Account.public_id).where(Account.id == account_id))
    return f"account:{public_id}"


def seal(session: Session, now: datetime) -> int:
    """Seal the entries that no seal covers yet, a thousand to a seal; returns how many."""
    if session.get_bind().dialect.name == "postgresql":
        # A transaction still open could hold a lower number than one that is already there; the
        # lock waits for those to end, and keeps a second sealer out.
        session.execute(text("LOCK TABLE audit_entries IN SHARE ROW EXCLUSIVE MODE"))
    last = session.scalars(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    after, chain = (last.last_entry_id, last.chain_hash) if last else (0, _START)
    sealed = 0
    while entries := _entries_after(session, after):
        chain_hash = _chained(chain, entries)
        session.add(
            AuditSeal(
                first_entry_id=entries[0].id,
                last_entry_id=entries[-1].id,
                previous_hash=chain,
                chain_hash=chain_hash,
                sealed_at=now,
            )
        )
        after, chain = entries[-1].id, chain_hash
        sealed += len(entries)
    session.flush()
    return sealed


def verify(session: Session) -> Verification:
    """Walk the whole chain and compare each seal with the entries that it covers."""
    sealed, before, chain, emptied = 0, 0, _START, 0
    for standing in session.scalars(select(AuditSeal).order_by(AuditSeal.id)):
        entries = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.id > before, AuditEntry.id <= standing.last_entry_id)
            .order_by(AuditEntry.id)
        ).all()
        if standing.emptied_at is not None and before == emptied and not entries:
            # The oldest runs went past their retention; the chain goes on from their seals.
            if standing.previous_hash != chain:
                return Verification(sealed, _count_after(session, before), standing.first_entry_id)
            before = emptied = standing.last_entry_id
            chain = standing.chain_hash
            continue
        if (
            standing.previous_hash != chain
            or standing.chain_hash != _chained(chain, entries)
            or (entries and entries[0].id != standing.first_entry_id)
        ):
            return Verification(sealed, _count_after(session, before), standing.first_entry_id)
        sealed += len(entries)
        before, chain = standing.last_entry_id, standing.chain_hash
    return Verification(sealed, _count_after(session, before), None)


def _entries_after(session: Session, entry_id: int) -> list[AuditEntry]:
    return list(
        session.scalars(
            select(AuditEntry).where(AuditEntry.id > entry_id).order_by(AuditEntry.id).limit(_BATCH)
        )
    )


def _count_after(session: Session, entry_id: int) -> int:
    return session.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.id > entry_id)) or 0


def _chained(previous: str, entries: Iterable[AuditEntry]) -> str:
    digest = hashlib.sha256(previous.encode())
    for entry in entries:
        line = [
            entry.id,
            entry.at.astimezone(UTC).isoformat(),
            entry.actor,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.facts,
        ]
        digest.update(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()

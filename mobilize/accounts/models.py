"""Accounts, their sessions and API keys, and the append-only audit log with its seals."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    BigKey,
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class Account(Base):
    """An organizer, or another person who works with the installation."""

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            "role in ('viewer', 'organizer', 'approver', 'auditor', 'admin')", name="role"
        ),
        CheckConstraint("state in ('active', 'suspended')", name="state"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(EncryptedText("accounts.email"))
    email_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    role: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="active")
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(EncryptedText("accounts.totp_secret"))
    totp_last_step: Mapped[int] = mapped_column(BigKey, default=0)
    """The time step of the last code that was taken: a code serves once (RFC 6238 §5.2)."""
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AccountSession(Base):
    """A sign-in that lasts; the cookie's token is kept only as a hash."""

    __tablename__ = "account_sessions"

    id: Mapped[int] = id_column()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    fresh_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When password and code were last shown: launching and exporting ask for a fresh sign-in."""
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AccountGrant(Base):
    """Something that an account is named for, whatever its role."""

    __tablename__ = "account_grants"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id"), primary_key=True, autoincrement=False
    )
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    granted_by: Mapped[str] = mapped_column(String(60))
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ApiKey(Base):
    """A key for programs, with the rights of a role; kept only as a hash."""

    __tablename__ = "api_keys"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(12))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class AuditEntry(Base):
    """One thing that somebody did: never changed, never removed, never holding personal data."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "subject_kind", "subject_id"),)

    id: Mapped[int] = id_column()
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(60))
    """`account:<public id>`, `key:<public id>`, `command`, `worker` or `supporter`."""
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject_kind: Mapped[str] = mapped_column(String(30))
    subject_id: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)


class AuditSeal(Base):
    """A link of the chain: the hash over a run of entries and over the seal before it."""

    __tablename__ = "audit_seals"

    id: Mapped[int] = id_column()
    first_entry_id: Mapped[int] = mapped_column(BigKey, unique=True)
    last_entry_id: Mapped[int] = mapped_column(BigKey, unique=True)
    previous_hash: Mapped[str] = mapped_column(String(64))
    chain_hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    emptied_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When its entries went past their retention: only the link is left of them."""

"""Reads about accounts, sessions, keys and the audit log."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account, AccountSession, ApiKey, AuditEntry
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import NotFound
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page


def token_hash(token: str) -> bytes:
    """What is kept of a random token: it has 256 bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode()).digest()


def account_email(email: str) -> str:
    """An account's address in the one form that is compared."""
    return email.strip().casefold()


def email_index(session: Session, email: str) -> bytes:
    """The keyed hash by which an account's address is found."""
    return keyring_of_session(session).index("account-email", account_email(email))


def account_by_email(session: Session, email: str) -> Account | None:
    """The account of an address, whatever its state."""
    return session.scalars(
        select(Account).where(Account.email_hash == email_index(session, email))
    ).one_or_none()


def account_by_public_id(session: Session, public_id: str) -> Account:
    """One account.

    Raises:
        NotFound: There is none of this id.
    """
    account = session.scalars(select(Account).where(Account.public_id == public_id)).one_or_none()
    if account is None:
        raise NotFound("There is no such account.", hint="`mobilize users list` shows all.")
    return account


def accounts(session: Session) -> Sequence[Account]:
    """All accounts, in the order in which they were made."""
    return session.scalars(select(Account).order_by(Account.id)).all()


def open_session(
    session: Session, token: str, *, now: datetime
) -> Row[Account, AccountSession] | None:
    """The account and session of a cookie's token, while both are good."""
    return session.execute(
        select(Account, AccountSession)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(
            AccountSession.token_hash == token_hash(token),
            AccountSession.ended_at.is_(None),
            AccountSession.expires_at > now,
            Account.state == "active",
        )
    ).one_or_none()


def keys_of(session: Session, account_id: int) -> Sequence[ApiKey]:
    """An account's keys that were not revoked."""
    return session.scalars(
        select(ApiKey)
        .where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id)
    ).all()


def usable_key(session: Session, public_id: str) -> Row[ApiKey, Account] | None:
    """A key that was not revoked, with its active account."""
    return session.execute(
        select(ApiKey, Account)
        .join(Account, Account.id == ApiKey.account_id)
        .where(
            ApiKey.public_id == public_id,
            ApiKey.revoked_at.is_(None),
            Account.state == "active",
        )
    ).one_or_none()


def audit_page(
    session: Session, *, before: int | None = None, size: int = PAGE_SIZE
) -> Page[AuditEntry]:
    """The audit log, newest first; `before` is the key that the page before ended with."""
    statement = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(min(size, LARGEST_PAGE) + 1)
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    found = session.scalars(statement).all()
    shown = found[: min(size, LARGEST_PAGE)]
    return Page(items=shown, after=shown[-1].id if len(found) > len(shown) else None)


def last_at(session: Session, action: str) -> datetime | None:
    """When something was last done, by the audit log."""
    return session.scalar(
        select(AuditEntry.at)
        .where(AuditEntry.action == action)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )

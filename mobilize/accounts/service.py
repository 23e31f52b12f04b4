"""Accounts and sign-ins: made, proven, kept fresh, ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit, passwords, queries, totp
from mobilize.accounts.models import Account, AccountSession
from mobilize.accounts.roles import ROLES
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import LANGUAGES

FAILURES_BEFORE_LOCK: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class NewCredentials:
    """What the person needs once, to set up the authenticator; it is not shown again."""

    account: Account
    totp_secret: str
    provisioning_uri: str


@dataclass(frozen=True)
class Proof:
    """What came of looking at an address and a password."""

    account_id: int | None
    password_right: bool


def create_account(
    session: Session,
    *,
    name: str,
    email: str,
    role: str,
    language: str,
    password: str,
    now: datetime,
    actor: str,
) -> NewCredentials:
    """Make an account with a password and an authenticator secret.

    Raises:
        InvalidInput: The address, role, language or password cannot be used.
        Conflict: The address has an account already.
    """
    _check(name=name, email=email, role=role, language=language)
    passwords.check_password(password, email=email)
    if queries.account_by_email(session, email) is not None:
        raise Conflict(
            "There is an account with this address.", hint="Reset it: `mobilize users reset`."
        )
    secret = totp.new_secret()
    account = Account(
        name=name.strip(),
        email=queries.account_email(email),
        email_hash=queries.email_index(session, email),
        role=role,
        language=language,
        password_hash=passwords.hash_password(password),
        totp_secret=secret,
        created_at=now,
    )
    session.add(account)
    session.flush()
    _note(session, account, "account.create", now=now, actor=actor, facts={"role": role})
    return _credentials(account, secret)


def reset_credentials(
    session: Session, *, account: Account, password: str, now: datetime, actor: str
) -> NewCredentials:
    """Give an account a new password and a new authenticator secret; all its sign-ins end."""
    passwords.check_password(password, email=account.email)
    secret = totp.new_secret()
    account.password_hash = passwords.hash_password(password)
    account.totp_secret = secret
    account.totp_last_step = 0
    account.failed_sign_ins = 0
    account.locked_until = None
    _end_sessions(session, account.id, now=now)
    _note(session, account, "account.reset", now=now, actor=actor)
    return _credentials(account, secret)


def suspend(session: Session, *, account: Account, now: datetime, actor: str) -> None:
    """Shut an account out at once, with its sign-ins and its keys."""
    account.state = "suspended"
    _end_sessions(session, account.id, now=now)
    _note(session, account, "account.suspend", now=now, actor=actor)


def reinstate(session: Session, *, account: Account, now: datetime, actor: str) -> None:
    """Let a suspended account sign in again."""
    account.state = "active"
    account.failed_sign_ins = 0
    account.locked_until = None
    _note(session, account, "account.reinstate", now=now, actor=actor)


def prove(session: Session, *, email: str, password: str) -> Proof:
    """Compare a password; apart from `sign_in`, since this work is slow on purpose.

    A write transaction would keep everybody else waiting for it. The same work is done for an
    address without an account, so that the time of an answer tells nothing (OWASP ASVS 6.3.8).
    """
    account = queries.account_by_email(session, email)
    stored = account.password_hash if account else None
    right = passwords.matches(password, stored)
    return Proof(account_id=account.id if account else None, password_right=right)


def sign_in(
    session: Session, proof: Proof, *, code: str, now: datetime, lifetime: timedelta
) -> str | None:
    """Open a session where password and one-time code are right.

    Args:
        session: The session of the transaction; it must be committed also when this refuses, since
            failures are counted.
        proof: What `prove` found.
        code: The six digits.
        now: The machine's time: authenticators know no other.
        lifetime: How long the session lasts.

    Returns:
        The token for the cookie, or None: address, password, code, lock and suspension all answer
        alike.
    """
    account = _proven(session, proof, code=code, now=now)
    if account is None:
        return None
    token = secrets.token_urlsafe(32)
    session.add(
        AccountSession(
            account_id=account.id,
            token_hash=queries.token_hash(token),
            created_at=now,
            fresh_at=now,
            expires_at=now + lifetime,
        )
    )
    account.signed_in_at = now
    _note(session, account, "account.sign_in", now=now, actor=f"account:{account.public_id}")
    return token


def refresh(session: Session, proof: Proof, *, token: str, code: str, now: datetime) -> bool:
    """Make a session fresh again where its own account shows password and code once more."""
    account = _proven(session, proof, code=code, now=now)
    found = queries.open_session(session, token, now=now)
    if account is None or found is None or found[1].account_id != account.id:
        return False
    found[1].fresh_at = now
    return True


def sign_out(session: Session, *, token: str, now: datetime) -> None:
    """End a session; one that is unknown or over is left as it is."""
    session.execute(
        update(AccountSession)
        .where(
            AccountSession.token_hash == queries.token_hash(token),
            AccountSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


def _proven(session: Session, proof: Proof, *, code: str, now: datetime) -> Account | None:
    """The account whose password and code are right; a failure is counted, and locks in the end."""
    # The row is locked so that two sign-ins at once cannot both spend one code.
    account = session.scalars(
        select(Account).where(Account.id == proof.account_id).with_for_update()
    ).one_or_none()
    if account is None or account.state != "active" or account.totp_secret is None:
        return None
    if account.locked_until is not None and now < account.locked_until:
        return None
    step = totp.taken_step(account.totp_secret, code, now=now, last_step=account.totp_last_step)
    if not proof.password_right or step is None:
        account.failed_sign_ins += 1
        if account.failed_sign_ins >= FAILURES_BEFORE_LOCK:
            account.failed_sign_ins = 0
            account.locked_until = now + LOCKED_FOR
            _note(session, account, "account.lock", now=now, actor="unknown")
        return None
    account.totp_last_step = step
    account.failed_sign_ins = 0
    account.locked_until = None
    return account


def _check(*, name: str, email: str, role: str, language: str) -> None:
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = "missing"
    if role not in ROLES:
        wrong["role"] = f"one of {', '.join(ROLES)}"
    if language not in LANGUAGES:
        wrong["language"] = f"one of {', '.join(LANGUAGES)}"
    try:
        validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        wrong["email"] = "not an email address"
    if wrong:
        raise InvalidInput(f"The account cannot be made: look at {', '.join(wrong)}.", fields=wrong)


def _end_sessions(session: Session, account_id: int, *, now: datetime) -> None:
    session.execute(
        update(AccountSession)
        .where(AccountSession.account_id == account_id, AccountSession.ended_at.is_(None))
        .values(ended_at=now)
    )


def _note(
    session: Session,
    account: Account,
    action: str,
    *,
    now: datetime,
    actor: str,
    facts: dict[str, str] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="account",
        subject_id=account.public_id,
        facts=facts,
    )


def _credentials(account: Account, secret: str) -> NewCredentials:
    uri = totp.provisioning_uri(secret, label=account.email)
    return NewCredentials(account=account, totp_secret=secret, provisioning_uri=uri)

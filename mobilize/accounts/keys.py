"""Keys for programs: `mob_<public id>_<secret>`, shown once, kept as a hash, bounded by a role."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit, queries
from mobilize.accounts.models import Account, ApiKey
from mobilize.accounts.roles import PERMISSIONS, Caller, HasRole, is_within
from mobilize.core.columns import new_public_id
from mobilize.core.errors import Forbidden, InvalidInput, NotFound

PREFIX: Final = "mob_"
_PUBLIC: Final = 16


@dataclass(frozen=True)
class NewKey:
    """A key's row, and its text, which is not shown again."""

    key: ApiKey
    text: str


def create_key(
    session: Session, *, account: Account, name: str, role: str, now: datetime, actor: str
) -> NewKey:
    """Make a key that may do what a role may, and never more than its account.

    Raises:
        InvalidInput: The name or role is missing or unknown.
        Forbidden: The role reaches beyond the account's.
    """
    if not name.strip() or role not in PERMISSIONS:
        raise InvalidInput(
            "A key needs a name and one of the roles.", fields={"name": name, "role": role}
        )
    check_reach(role, account)
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        public_id=new_public_id(),
        account_id=account.id,
        name=name.strip(),
        role=role,
        key_hash=queries.token_hash(secret),
        created_at=now,
    )
    session.add(key)
    session.flush()
    _note(session, key, "key.create", now=now, actor=actor)
    return NewKey(key=key, text=f"{PREFIX}{key.public_id}_{secret}")


def check_reach(role: str, giver: HasRole) -> None:
    """Go on only where a role gives nothing that its giver does not hold.

    Raises:
        Forbidden: It reaches further.
    """
    if not is_within(role, giver.role):
        raise Forbidden(
            f"The role {giver.role} cannot give a key the role {role}.",
            hint="Choose a role that does not reach further than your own.",
        )


def revoke_key(
    session: Session, *, account_id: int, public_id: str, now: datetime, actor: str
) -> None:
    """Shut a key of an account out at once.

    Raises:
        NotFound: The account has no such key.
    """
    key = session.scalars(
        select(ApiKey).where(ApiKey.public_id == public_id, ApiKey.account_id == account_id)
    ).one_or_none()
    if key is None:
        raise NotFound("There is no such key.", hint="List your keys to see their ids.")
    if key.revoked_at is None:
        key.revoked_at = now
        _note(session, key, "key.revoke", now=now, actor=actor)


def caller_of(session: Session, text: str) -> Caller | None:
    """Who calls with a key, or None where it is malformed, unknown, revoked or shut out."""
    public_id, underscore, secret = text[4:20], text[20:21], text[21:]
    if not text.startswith(PREFIX) or len(public_id) != _PUBLIC or underscore != "_":
        return None
    found = queries.usable_key(session, public_id)
    if found is None or not hmac.compare_digest(found[0].key_hash, queries.token_hash(secret)):
        return None
    key, account = found
    return Caller(
        account_id=account.id,
        account_public_id=account.public_id,
        actor=f"key:{key.public_id}",
        name=account.name,
        # An account whose role was lowered takes its keys along.
        role=key.role if is_within(key.role, account.role) else account.role,
        language=account.language,
    )


def _note(session: Session, key: ApiKey, action: str, *, now: datetime, actor: str) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="key",
        subject_id=key.public_id,
        facts={"role": key.role},
    )

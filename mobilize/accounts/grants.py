"""What an account is named for, apart from its role: few people, each by an admin's own act.

A role is given for one's work with the campaign. Texts in which somebody may tell what was done to
them are nobody's work by virtue of a role: who may read them is decided person by person.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.models import Account, AccountGrant
from mobilize.core.errors import Conflict, Forbidden, InvalidInput
from mobilize.core.i18n import Label

CARE: Final = "care"
GRANTS: Final[Mapping[str, Label]] = {
    CARE: Label("reads texts that need care", "lit les textos qui demandent du soin"),
}


def holds(session: Session, *, account_id: int, name: str) -> bool:
    """Whether an account that is active is named for something."""
    named = (
        select(AccountGrant.account_id)
        .join(Account, Account.id == AccountGrant.account_id)
        .where(
            AccountGrant.account_id == account_id,
            AccountGrant.name == name,
            Account.state == "active",
        )
    )
    return session.scalar(named) is not None


def is_anybody_named(session: Session, *, name: str) -> bool:
    """Whether somebody whose account is active is named for something."""
    named = (
        select(AccountGrant.account_id)
        .join(Account, Account.id == AccountGrant.account_id)
        .where(AccountGrant.name == name, Account.state == "active")
    )
    return session.scalar(named.limit(1)) is not None


def holders(session: Session, *, name: str) -> dict[int, AccountGrant]:
    """Who is named for something, by the account's id."""
    rows = session.scalars(select(AccountGrant).where(AccountGrant.name == name))
    return {one.account_id: one for one in rows}


def grant(session: Session, *, account: Account, name: str, actor: str, now: datetime) -> None:
    """Name an account for something; once more changes nothing.

    Raises:
        InvalidInput: There is no such thing to be named for.
        Forbidden: Nobody names themself: another admin does, or whoever runs the machine.
        Conflict: The account is suspended.
    """
    _check(name)
    if actor == f"account:{account.public_id}":
        raise Forbidden(
            "Nobody names themself.",
            hint="Another admin can, or whoever runs the machine: `mobilize users name-for-care`.",
        )
    if account.state != "active":
        raise Conflict("This account is suspended.", hint="Reinstate it first.")
    if session.get(AccountGrant, (account.id, name)) is not None:
        return
    session.add(AccountGrant(account_id=account.id, name=name, granted_by=actor, granted_at=now))
    session.flush()
    _note(session, account, "account.grant", name, actor, now)


def revoke(session: Session, *, account: Account, name: str, actor: str, now: datetime) -> None:
    """Name an account no longer; it holds from the next page that they open."""
    _check(name)
    gone = session.execute(
        delete(AccountGrant)
        .where(AccountGrant.account_id == account.id, AccountGrant.name == name)
        .returning(AccountGrant.account_id)
    ).first()
    if gone is not None:
        _note(session, account, "account.revoke_grant", name, actor, now)


def _check(name: str) -> None:
    if name not in GRANTS:
        raise InvalidInput(
            f"`{name}` is nothing that somebody is named for.",
            hint=f"Use one of: {', '.join(GRANTS)}.",
        )


def _note(
    session: Session, account: Account, action: str, name: str, actor: str, now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="account",
        subject_id=account.public_id,
        facts={"grant": name},
    )

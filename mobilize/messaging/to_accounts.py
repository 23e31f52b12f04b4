"""Tests, which go to an account's own address: what stops them, and how they are told apart.

Nobody's consent is asked about: whoever works with the installation asked for the message a moment
ago, and gets it alone, so that it is no message sent to others for a commercial or a campaign's
purpose. A closed address and the allow list stop it as they stop everything.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.identity import email_hash, normalise_email
from mobilize.contacts.suppression import closing_channels
from mobilize.core.columns import keyring_of_session
from mobilize.core.i18n import Language
from mobilize.messaging.bare import Sorted
from mobilize.messaging.lettering import Person
from mobilize.messaging.models import Message
from mobilize.messaging.policy import Channel, GatePolicy

_MARKS: Final[dict[Language, str]] = {"en": "[Test]", "fr": "[Essai]"}


def marked(subject: str, language: Language) -> str:
    """A subject that says that the mail is a test."""
    return f"{_MARKS[language]} {subject}"


def own_address_hash(session: Session, account: Account) -> bytes:
    """The keyed hash of an account's address, as suppression and the allow list know addresses."""
    return email_hash(keyring_of_session(session), normalise_email(account.email))


def refusal_of(session: Session, account: Account, *, policy: GatePolicy) -> str | None:
    """Why no test would go to an account at this moment, as a name of `reasons`; None if it would.

    Args:
        session: The session.
        account: Whose address.
        policy: The installation's limits.
    """
    address_hash = own_address_hash(session, account)
    closed = _closed(session, [address_hash])
    return _refusal(account, address_hash, closed=closed, policy=policy)


def sort_tests(
    session: Session,
    *,
    of_chunk: Sequence[ColumnElement[bool]],
    channel: Channel,
    policy: GatePolicy,
) -> Sorted:
    """Say of each test of a chunk whether it may go now.

    The address is read from the account at this moment; where it is not the one that the test was
    asked for, the test does not go.
    """
    found = Sorted()
    rows = session.execute(
        select(Message.id, Message.address_hash, Message.variables, Account)
        .outerjoin(Account, Account.id == Message.account_id)
        .where(*of_chunk)
    ).all()
    closed = _closed(session, [row.address_hash for row in rows if row.address_hash])
    for message_id, asked_for, variables, account in rows:
        if channel != "email" or account is None:
            found.refused.append((message_id, "no_address"))
            continue
        address_hash = own_address_hash(session, account)
        refusal = _refusal(account, address_hash, closed=closed, policy=policy)
        if address_hash != asked_for:
            refusal = "no_address"
        if refusal is not None:
            found.refused.append((message_id, refusal))
            continue
        address = normalise_email(account.email)
        found.people.append(
            Person(message_id, address, address_hash, variables=variables, is_test=True)
        )
    return found


def _refusal(
    account: Account, address_hash: bytes, *, closed: set[bytes], policy: GatePolicy
) -> str | None:
    if account.state != "active":
        return "account_suspended"
    if address_hash in closed:
        return "suppressed"
    if policy.allowed is not None and address_hash not in policy.allowed:
        return "not_allowlisted"
    return None


def _closed(session: Session, hashes: Sequence[bytes]) -> set[bytes]:
    return set(
        session.scalars(
            select(Suppression.address_hash).where(
                Suppression.channel.in_(closing_channels("email")),
                Suppression.address_hash.in_(hashes),
                Suppression.lifted_at.is_(None),
            )
        )
    )

"""Codes that prove an address: what a forwarded link alone must not do needs one.

A code is made of the row's random name under a key (`core.tokens`) and stands nowhere; the row has
its keyed hash. It is good once, for some minutes and some wrong answers (OWASP ASVS 5.0, 6.5: out
of band, short-lived, single use, limited in rate).
"""

import hmac
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.core.columns import keyring_of_session, new_public_id
from mobilize.core.errors import TooMany
from mobilize.core.keys import Keyring
from mobilize.core.tokens import Links
from mobilize.settings import SelfService

Purpose = Literal["copy", "erase", "change", "confirm"]
Verdict = Literal["right", "wrong", "over"]
CODE: Final = "code"
_COUNTED: Final = timedelta(hours=1)


def issue(
    session: Session,
    *,
    contact_id: int,
    purpose: Purpose,
    channel: str,
    links: Links,
    limits: SelfService,
    now: datetime,
    new_address: str | None = None,
) -> AddressCode:
    """Make a code for a person; earlier ones for the same purpose are over.

    Args:
        session: The session of the transaction.
        contact_id: Whose.
        purpose: What it opens.
        channel: How it will be sent.
        links: Makes the digits.
        limits: Its length and life, and how many a person may ask for.
        now: When.
        new_address: What is to change into what, where that is the purpose.

    Raises:
        TooMany: The person, or somebody with their link, asked too often.
    """
    # One row of the person is locked, so that two requests do not both count the last free one.
    session.execute(select(Contact.id).where(Contact.id == contact_id).with_for_update())
    if purpose != "confirm" and _lately(session, contact_id, now) >= limits.codes_per_hour:
        raise TooMany(
            "Too many codes were asked for with this link.", hint="Please try again in an hour."
        )
    session.execute(
        update(AddressCode)
        .where(
            AddressCode.contact_id == contact_id,
            AddressCode.purpose == purpose,
            AddressCode.used_at.is_(None),
            AddressCode.expires_at > now,
        )
        .values(expires_at=now, new_address=None)
        .execution_options(synchronize_session=False)
    )
    ref = new_public_id()
    digits = links.digits(CODE, ref, count=limits.code_digits)
    row = AddressCode(
        public_id=ref,
        contact_id=contact_id,
        purpose=purpose,
        channel=channel,
        code_hash=_hash(keyring_of_session(session), ref, digits),
        new_address=new_address,
        attempts=0,
        created_at=now,
        expires_at=now + timedelta(minutes=limits.code_minutes),
    )
    session.add(row)
    session.flush()
    return row


def check(
    session: Session, *, row: AddressCode, typed: str, limits: SelfService, now: datetime
) -> Verdict:
    """Hold what a person typed against a code; a wrong answer is counted, a right one uses it up.

    The caller commits in either case: an attempt that is not written down was never counted.
    """
    counted = session.execute(
        update(AddressCode)
        .where(
            AddressCode.id == row.id,
            AddressCode.used_at.is_(None),
            AddressCode.attempts < limits.code_attempts,
            AddressCode.expires_at > now,
        )
        .values(attempts=AddressCode.attempts + 1)
        .returning(AddressCode.code_hash, AddressCode.public_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if counted is None:
        return "over"
    digits = "".join(character for character in typed if character.isdecimal())[:16]
    given = _hash(keyring_of_session(session), counted.public_id, digits)
    return "right" if hmac.compare_digest(given, bytes(counted.code_hash)) else "wrong"


def use(session: Session, *, row: AddressCode, now: datetime) -> bool:
    """Use a code up; only the first of two who come at once does.

    Returns:
        Whether it was this call.
    """
    used = session.execute(
        update(AddressCode)
        .where(AddressCode.id == row.id, AddressCode.used_at.is_(None))
        .values(used_at=now, new_address=None)
        .returning(AddressCode.id)
        .execution_options(synchronize_session=False)
    )
    return used.one_or_none() is not None


def companion(session: Session, row: AddressCode) -> AddressCode | None:
    """The code that went to the new address, beside the one that went to the old."""
    return session.scalar(
        select(AddressCode)
        .where(
            AddressCode.contact_id == row.contact_id,
            AddressCode.purpose == "confirm",
            AddressCode.created_at == row.created_at,
            AddressCode.id > row.id,
        )
        .order_by(AddressCode.id)
        .limit(1)
    )


def _lately(session: Session, contact_id: int, now: datetime) -> int:
    counted = select(func.count()).where(
        AddressCode.contact_id == contact_id,
        AddressCode.purpose != "confirm",
        AddressCode.created_at > now - _COUNTED,
    )
    return session.scalar(counted) or 0


def _hash(keyring: Keyring, ref: str, digits: str) -> bytes:
    return keyring.index("code", f"{ref}:{digits}")

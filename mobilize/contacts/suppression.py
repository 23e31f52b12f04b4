"""Closing addresses for good, many at once: known only by their keyed hashes, outliving erasure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, cast

from sqlalchemy import Table, case, false, or_, select, tuple_, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import Suppression
from mobilize.core.db import upsert
from mobilize.core.keys import Keyring

STOP: Final = "stop"
ERASED: Final = "erased"
HOME: Final = "home"
"""The channel of a number at which somebody was erased: of the others there nobody is closed."""
WHO: Final = "who"
"""The channel of who that was: the number and the name, as one keyed hash."""
LEFT: Final = "unsubscribed"
REPLACED: Final = "replaced"
"""The person moved on to another address: no later file brings this one back."""
_OWN_WILL: Final = (LEFT, REPLACED)


def who_hash(keyring: Keyring, phone_hash: bytes, name: str) -> bytes:
    """The keyed hash of somebody whom nothing tells from their home but number and name together.

    Args:
        keyring: The keys.
        phone_hash: The number's own hash.
        name: The name as it is compared (`identity.compared_name`).
    """
    return keyring.index("who", f"{phone_hash.hex()} {name}")


class Closing(NamedTuple):
    """An address to close, and why."""

    channel: str
    address_hash: bytes
    reason: str


def open_again(session: Session, *, channel: str, address_hash: bytes, now: datetime) -> bool:
    """Open an address whose owner closed it and now says yes again, from that same address.

    A STOP is opened by START alone, since the provider keeps it too. A complaint, an address that
    does not work, an erasure and an organizer's word stay.

    Returns:
        Whether the address is open now.
    """
    session.execute(
        update(Suppression)
        .where(
            Suppression.channel == channel,
            Suppression.address_hash == address_hash,
            Suppression.reason.in_(_OWN_WILL),
            Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=now)
        .execution_options(synchronize_session=False)
    )
    return not is_closed(session, channel=channel, address_hash=address_hash)


def is_closed(session: Session, *, channel: str, address_hash: bytes) -> bool:
    """Whether nothing may reach an address."""
    return closed_by(session, channel=channel, address_hash=address_hash) is not None


def closed_by(session: Session, *, channel: str, address_hash: bytes) -> str | None:
    """Why nothing may reach an address, or None where it is open."""
    return session.scalar(
        select(Suppression.reason).where(
            Suppression.channel == channel,
            Suppression.address_hash == address_hash,
            Suppression.lifted_at.is_(None),
        )
    )


def suppress_all(session: Session, *, closings: Sequence[Closing], now: datetime) -> None:
    """Let nothing reach these addresses any more; a few statements for all of them.

    A suppression that stands keeps its reason, except that a STOP gives way to any other: only
    what STOP alone closed may be opened again by START.
    """
    unique = {(one.channel, one.address_hash): one for one in closings}
    rows = [{**one._asdict(), "since": now, "lifted_at": None} for one in unique.values()]
    table = cast("Table", Suppression.__table__)
    upsert(session, table, rows, key=("channel", "address_hash"))
    by_reason: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for one in unique.values():
        by_reason[one.reason].append((one.channel, one.address_hash))
    is_lifted = Suppression.lifted_at.is_not(None)
    for reason, addresses in by_reason.items():
        closes_more = Suppression.reason == STOP if reason != STOP else false()
        session.execute(
            update(Suppression)
            .where(
                tuple_(Suppression.channel, Suppression.address_hash).in_(addresses),
                or_(is_lifted, closes_more),
            )
            .values(
                reason=reason,
                since=case((is_lifted, now), else_=Suppression.since),
                lifted_at=None,
            )
            .execution_options(synchronize_session=False)
        )

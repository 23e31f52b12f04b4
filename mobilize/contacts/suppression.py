"""Closing addresses for good, many at once: known only by their keyed hashes, outliving erasure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, cast

from sqlalchemy import Table, case, or_, select, tuple_, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import OptIn, Suppression
from mobilize.core.bulk import any_hash
from mobilize.core.db import upsert
from mobilize.core.journal import Entry, note
from mobilize.core.keys import Keyring

STOP: Final = "stop"
ERASED: Final = "erased"
HOME: Final = "home"
"""The channel of a number at which somebody was erased: of the others there nobody is closed."""
WHO: Final = "who"
"""The channel of who that was: the number and the name, as one keyed hash."""
CARRIER: Final = "stop"
"""The channel of a number from which STOP came. The carrier keeps it until START comes from there,
whatever else closed the number or opens it here."""
LEFT: Final = "unsubscribed"
REPLACED: Final = "replaced"
"""The person moved on to another address: no later file brings this one back."""
FORM: Final = "form"
"""The channel of an address whose owner said no to what the sign-up form sent there: anybody can
type it, so that for a time (`opt_ins.CLOSED_AFTER_NO`) nothing goes to it for the form."""
OWN_WILL: Final = (LEFT, REPLACED)
"""What its owner closed by their own will: an own yes from that address opens it again."""


def who_hash(keyring: Keyring, phone_hash: bytes, name: str) -> bytes:
    """The keyed hash of somebody whom nothing tells from their home but number and name together.

    Args:
        keyring: The keys.
        phone_hash: The number's own hash.
        name: The name as it is compared (`identity.compared_name`).
    """
    return keyring.index("who", f"{phone_hash.hex()} {name}")


class Closing(NamedTuple):
    """An address to close, and why.

    Attributes:
        since: Since when, where it has been closed elsewhere; None is the instant of writing.
    """

    channel: str
    address_hash: bytes
    reason: str
    since: datetime | None = None


def open_again(session: Session, *, channel: str, address_hash: bytes, now: datetime) -> bool:
    """Open an address whose owner closed it and now says yes again, from that same address.

    A STOP is opened by START alone, since the carrier keeps it too: also where the number was left
    in another way besides. A complaint, an address that does not work, an erasure and an
    organizer's word stay.

    Returns:
        Whether the address is open now.
    """
    if channel == "sms" and is_closed(session, channel=CARRIER, address_hash=address_hash):
        return False
    session.execute(
        update(Suppression)
        .where(
            Suppression.channel.in_((channel, FORM)),
            Suppression.address_hash == address_hash,
            Suppression.reason.in_(OWN_WILL),
            Suppression.lifted_at.is_(None),
        )
        .values(lifted_at=now)
        .execution_options(synchronize_session=False)
    )
    return not is_closed(session, channel=channel, address_hash=address_hash)


def close_to_form(session: Session, *, address_hash: bytes, now: datetime) -> None:
    """Note that an address said no to what the sign-up form sent there; it counts from now."""
    row = {"channel": FORM, "address_hash": address_hash, "reason": LEFT}
    upsert(
        session,
        cast("Table", Suppression.__table__),
        [{**row, "since": now, "lifted_at": None}],
        key=("channel", "address_hash"),
        update=("since", "lifted_at"),
    )


def is_closed(session: Session, *, channel: str, address_hash: bytes) -> bool:
    """Whether nothing may reach an address."""
    return closed_by(session, channel=channel, address_hash=address_hash) is not None


def closed_by(session: Session, *, channel: str, address_hash: bytes) -> str | None:
    """Why nothing may reach an address, or None where it is open.

    Where a number is closed for texts in another way besides a STOP, that way.
    """
    return session.scalar(
        select(Suppression.reason)
        .where(
            Suppression.channel.in_(closing_channels(channel)),
            Suppression.address_hash == address_hash,
            Suppression.lifted_at.is_(None),
        )
        .order_by(Suppression.channel == CARRIER)
        .limit(1)
    )


def barred_by(session: Session, *, channel: str, address_hash: bytes) -> str | None:
    """What has to go first before anything may reach an address, or None where it is open.

    A STOP comes before what the owner closed: without START no yes of theirs brings a text there.
    """
    reason = closed_by(session, channel=channel, address_hash=address_hash)
    if channel == "sms" and reason in OWN_WILL:
        return closed_by(session, channel=CARRIER, address_hash=address_hash) or reason
    return reason


def closing_channels(channel: str) -> tuple[str, ...]:
    """The channels of the suppressions that close an address on a channel."""
    return (channel, CARRIER) if channel == "sms" else (channel,)


def suppress_all(session: Session, *, closings: Sequence[Closing], now: datetime) -> None:
    """Let nothing reach these addresses any more; a few statements for all of them.

    A suppression that stands keeps its reason, except that what its owner may open again gives way
    to what they may not, and a STOP to any other. A no also ends the sign-ups that wait there for
    their answer: only who asks anew after it comes back.
    """
    if not closings:
        return
    unique = _strongest(closings)
    unique |= {
        (CARRIER, one.address_hash): one._replace(channel=CARRIER)
        for one in closings
        if one.channel == "sms" and one.reason == STOP
    }
    note(session, [_as_noted(one, now) for one in unique.values()])
    # In the order in which a sign-up is confirmed, so that neither waits for the other for ever.
    session.execute(
        update(OptIn)
        .where(
            tuple_(OptIn.channel, OptIn.address_hash).in_(list(unique)),
            OptIn.state == "asked",
        )
        .values(state="lapsed", address=None, answers=None)
        .execution_options(synchronize_session=False)
    )
    rows = [
        {**one._asdict(), "since": one.since or now, "lifted_at": None} for one in unique.values()
    ]
    table = cast("Table", Suppression.__table__)
    upsert(session, table, rows, key=("channel", "address_hash"))
    by_reason: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for one in unique.values():
        by_reason[one.reason].append((one.channel, one.address_hash))
    is_lifted = Suppression.lifted_at.is_not(None)
    for reason, addresses in by_reason.items():
        session.execute(
            update(Suppression)
            .where(
                tuple_(Suppression.channel, Suppression.address_hash).in_(addresses),
                or_(is_lifted, Suppression.reason.in_(_gives_way_to(reason))),
            )
            .values(
                reason=reason,
                since=case((is_lifted, now), else_=Suppression.since),
                lifted_at=None,
            )
            .execution_options(synchronize_session=False)
        )


def _as_noted(one: Closing, now: datetime) -> Entry:
    return {
        "no": "closed",
        "channel": one.channel,
        "hash": one.address_hash.hex(),
        "reason": one.reason,
        "at": (one.since or now).isoformat(),
    }


def news(session: Session, *, closings: Sequence[Closing]) -> list[Closing]:
    """Of what was closed elsewhere that which closes more than is known here; one statement.

    What was opened here since then stays open, a STOP by START for all that it had closed.
    """
    hashes = {one.address_hash for one in closings}
    rows = session.execute(
        select(
            Suppression.channel,
            Suppression.address_hash,
            Suppression.reason,
            Suppression.lifted_at,
        ).where(any_hash(session, Suppression.address_hash, hashes))
    )
    known = {(channel, bytes(one)): (reason, lifted) for channel, one, reason, lifted in rows}
    return [one for one in closings if _is_news(one, [known.get(place) for place in _places(one)])]


def _places(one: Closing) -> list[tuple[str, bytes]]:
    channels = closing_channels(one.channel) if one.reason == STOP else (one.channel,)
    return [(channel, one.address_hash) for channel in channels]


def _is_news(one: Closing, known: Sequence[tuple[str, datetime | None] | None]) -> bool:
    lifted = [at for _, at in filter(None, known) if at is not None]
    if one.since is not None and any(one.since <= at for at in lifted):
        return False
    return bool(lifted) or any(
        place is None or strength(place[0]) < strength(one.reason) for place in known
    )


def strength(reason: str) -> int:
    """How hard it is to open again: of two reasons the greater stands, of equals the first."""
    if reason == STOP:
        return 0
    return 1 if reason in OWN_WILL else 2


def _strongest(closings: Sequence[Closing]) -> dict[tuple[str, bytes], Closing]:
    """Of the closings of each address the one that stands."""
    found: dict[tuple[str, bytes], Closing] = {}
    for one in closings:
        known = found.setdefault((one.channel, one.address_hash), one)
        if strength(known.reason) < strength(one.reason):
            found[one.channel, one.address_hash] = one
    return found


def _gives_way_to(reason: str) -> list[str]:
    """The reasons that a new one takes the place of, though they stand."""
    return [one for one in (STOP, *OWN_WILL) if strength(one) < strength(reason)]

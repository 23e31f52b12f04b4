"""A person who left asks us in writing to hear from us again, and an organizer notes it down.

Express consent may be given orally or in writing, whenever somebody wants to come back; the burden
of proving it is the sender's (CASL s. 6(1)(a) and 13). So the request itself is named: when it was
made, how, and where it can be found. It opens what the person closed by their own will and nothing
else: not what a complaint, a bounce or an erasure closed, not a STOP, which the carrier keeps until
START comes from that phone, and nobody who is not to be contacted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final, Literal

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.consent import Fact, project
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Suppression
from mobilize.contacts.histories import history_of
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.rows import read_evidence
from mobilize.contacts.sensitive import names_sensitive
from mobilize.contacts.suppression import OWN_WILL, STOP, barred_by, closed_by, open_again
from mobilize.core.errors import Conflict, InvalidInput

Channel = Literal["email", "sms"]
How = Literal["email", "text", "letter", "form"]
CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms")
HOW: Final[tuple[How, ...]] = ("email", "text", "letter", "form")
"""An email or a text message of theirs, a letter, a form on paper."""
LONGEST_NOTE: Final = 200
SOURCE: Final = "written request"
_REFUSALS: Final = {
    "gone": ("This record stands for nobody any more.", "Go back to the list."),
    "do_not_contact": (
        "This person is not to be contacted.",
        "Allow contact again first, if that is what they ask for.",
    ),
    "no_address": ("There is no address on file for this channel.", "Correct the record first."),
    "not_left": ("Nobody left here: there is nothing to open.", "Look at what holds now."),
    "not_confirmed": (
        "Nobody ever answered a text from this number.",
        "They sign up by the form, and answer YES from their phone.",
    ),
    STOP: (
        "STOP came from this number, and its carrier keeps it.",
        "Only START from that phone opens it again.",
    ),
    "complaint": (
        "Our messages to this address were reported as spam.",
        "This cannot be opened by hand.",
    ),
}
_CLOSED: Final = (
    "Something else than the person’s own will closed this address.",
    "This cannot be opened by hand.",
)


@dataclass(frozen=True, kw_only=True)
class WrittenRequest:
    """What a person asked for, and what proves it.

    Attributes:
        channel: How they want to hear from us again.
        asked_on: The day on which they asked, as the installation counts days.
        how: One of `HOW`.
        note: Where the request can be found, in a sentence without names or addresses.
    """

    channel: str
    asked_on: date
    how: str
    note: str


def reopen(
    session: Session,
    *,
    contact: Contact,
    request: WrittenRequest,
    actor: str,
    zone: tzinfo,
    now: datetime,
) -> None:
    """Open a channel that a person left, at their written request.

    The ledger says `granted` after `withdrawn`, with the request as its evidence; the audit log
    says who noted it down, and how it was asked. Topics that were left one by one stay left.

    Args:
        session: The transaction.
        contact: The person.
        request: What they asked for.
        actor: Who notes it down.
        zone: Where the installation counts its days.
        now: When.

    Raises:
        InvalidInput: The request's day, way or note cannot be used; `fields` says which.
        Conflict: It is not the person's own will that stands in the way, or nothing does.
    """
    _check(request, now.astimezone(zone).date())
    why = _why_not(session, contact, request.channel)
    if why is not None:
        message, hint = _REFUSALS.get(why, _CLOSED)
        raise Conflict(message, hint=hint)
    address = _address(contact, request.channel)
    left_at = _left_at(session, contact, request.channel, address)
    # A letter says its day and no hour: one of the very day of the leaving may have come after it.
    if left_at is not None and request.asked_on < left_at.astimezone(zone).date():
        raise InvalidInput(
            "The person left after that day.",
            hint="Only a request that came after it counts.",
            fields={"asked_on": "The person left after that day."},
        )
    lifted = closed_by(session, channel=request.channel, address_hash=address)
    open_again(session, channel=request.channel, address_hash=address, now=now)
    event = NewConsent(
        contact_id=contact.id,
        channel=request.channel,
        action="granted",
        basis="express",
        basis_date=request.asked_on,
        source=SOURCE,
        evidence=read_evidence(
            f"asked in writing on {request.asked_on}, by {request.how}: {request.note}"
        ),
        actor=actor,
        address_hash=address,
        occurred_at=now,
    )
    record(session, events=[event], now=now)
    contact.updated_at = now
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.reopen",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={
            "channel": request.channel,
            "asked_on": request.asked_on.isoformat(),
            "how": request.how,
            **({"lifted": lifted} if lifted else {}),
        },
    )


def left_channels(session: Session, contact: Contact) -> Sequence[Channel]:
    """The channels that a person left by their own will, and that a request of theirs can open."""
    return [one for one in CHANNELS if _why_not(session, contact, one) is None]


def _why_not(session: Session, contact: Contact, channel: str) -> str | None:
    """What stands in the way of opening a channel, or None where a request opens it."""
    address = contact.email_hash if channel == "email" else contact.phone_hash
    if contact.state != "active":
        return "gone"
    if contact.do_not_contact:
        return "do_not_contact"
    if address is None:
        return "no_address"
    closed = barred_by(session, channel=channel, address_hash=address)
    if closed is not None and closed not in OWN_WILL:
        return closed
    if channel == "sms" and contact.sms_confirmed_at is None:
        return "not_confirmed"
    no = _standing_no(session, contact, channel)
    if no is not None:
        return None if no.action == "withdrawn" else no.action
    return None if closed is not None else "not_left"


def _left_at(session: Session, contact: Contact, channel: str, address: bytes) -> datetime | None:
    """When a person left a channel, for the last time."""
    no = _standing_no(session, contact, channel)
    closed = session.get(Suppression, (channel, address))
    moments = [no.occurred_at] if no is not None else []
    if closed is not None and closed.lifted_at is None:
        moments.append(closed.since)
    return max(moments, default=None)


def _standing_no(session: Session, contact: Contact, channel: str) -> Fact | None:
    """The row of the ledger by which a person is off a whole channel, if they are."""
    history = history_of(session, contact.id)
    standing = project(history).get((channel, OUR_ORGANIZATION, EVERY_TOPIC))
    if standing is None or standing.granted:
        return None
    return next(event for event in history if event.id == standing.event_id)


def _address(contact: Contact, channel: str) -> bytes:
    address = contact.email_hash if channel == "email" else contact.phone_hash
    assert address is not None
    return address


def _check(request: WrittenRequest, today: date) -> None:
    wrong = {}
    if request.channel not in CHANNELS:
        wrong["channel"] = "Choose the channel."
    if request.how not in HOW:
        wrong["how"] = "Say how they asked."
    if request.asked_on > today:
        wrong["asked_on"] = "That day is yet to come."
    if not request.note.strip():
        wrong["note"] = "Say where the request can be found."
    elif len(request.note) > LONGEST_NOTE:
        wrong["note"] = "This is too long."
    elif names_sensitive(request.note) is not None:
        wrong["note"] = (
            "It speaks of status, survival, an employer or a case: we keep nothing of that."
        )
    if wrong:
        raise InvalidInput(
            "Without its proof a request opens nothing.",
            hint="Fill in the day, how they asked, and where the request can be found.",
            fields=wrong,
        )

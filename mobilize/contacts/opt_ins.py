"""Signing up by form: what was asked for becomes consent once it is confirmed from the address.

Nobody can put somebody else on the list, and the proof is in the confirming. Until then nobody has
a record, and what was typed is gone when the time is over. No network address is kept at all: it
would prove nothing that the answer from the address itself does not prove better.

Whoever left comes back in the same way: an express consent that is given anew is a consent, and the
message that asks for its confirmation was asked for (SOR/2013-221, s. 3(b)). Until it is confirmed
the address stays closed to all else. The limits for one address hold for everybody, so that nobody
is pestered through the form.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import (
    EVERY_TOPIC,
    OUR_ORGANIZATION,
    Consent,
    ConsentEvent,
    OptIn,
    Suppression,
)
from mobilize.contacts.groups import STANDING
from mobilize.contacts.identity import (
    clean_name,
    compared_name,
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import FORM, REPLACED, is_closed
from mobilize.contacts.textable import check_textable
from mobilize.contacts.whereabouts import whereabouts
from mobilize.core.columns import keyring_of_session, new_public_id
from mobilize.core.db import alone
from mobilize.core.errors import TooMany
from mobilize.core.i18n import Language
from mobilize.settings import SignUps

Channel = Literal["email", "sms"]

STATES: Final = ("asked", "confirmed", "lapsed", "known")
COUNTED_FOR: Final = timedelta(days=30)
"""How long a request counts against its address."""
_NOT_AGAIN_WITHIN: Final = timedelta(days=1)
CLOSED_AFTER_NO: Final = timedelta(days=180)
"""How long the form sends nothing to an address that said no to what it sent, from the last no."""

WhenWritten = Callable[[Sequence[int]], Mapping[int, datetime]]
"""Of sign-ups, by id: when the message of each went, or will go; those of which none goes lack."""


class Yes(NamedTuple):
    """A box that was ticked: to whom, and in exactly which words."""

    organization: str
    wording_id: int


@dataclass(frozen=True, kw_only=True)
class SignUp:
    """What somebody filled in.

    Attributes:
        source: Where: the form's path.
        topics: Slugs of demands that they want to hear of from us; none is all of them.
        answers: The boxes that they ticked, by channel.
    """

    language: Language
    source: str
    email: str = ""
    phone: str = ""
    given_name: str = ""
    postal_code: str = ""
    topics: Sequence[str] = ()
    answers: Mapping[Channel, Sequence[Yes]] = field(default_factory=dict)


def ask(
    session: Session, *, form: SignUp, limits: SignUps, written: WhenWritten, now: datetime
) -> list[OptIn]:
    """Keep what was asked for.

    Whatever comes of it, whoever asked learns nothing of it.

    Args:
        session: The transaction.
        form: What was filled in.
        limits: The installation's.
        written: When messages went for earlier forms: the limits of an address count these.
        now: When.

    Returns:
        What a message is due for: `asked` ones are to be confirmed, `known` ones had agreed to all
        of it before.

    Raises:
        InvalidInput: An address or the postal code cannot be used.
        TooMany: So many forms came in this hour that somebody may be misusing them.
    """
    _check_total(session, limits, now)
    keyring = keyring_of_session(session)
    form_ref = new_public_id()
    due = []
    for channel, ticked in form.answers.items():
        if not ticked:
            continue
        if channel == "email":
            address = normalise_email(form.email)
            address_hash = email_hash(keyring, address)
        else:
            address = normalise_phone(form.phone)
            check_textable(address, limits.sms_countries)
            address_hash = phone_hash(keyring, address)
        row = OptIn(
            form_ref=form_ref,
            channel=channel,
            address=address,
            address_hash=address_hash,
            language=form.language,
            answers=json.dumps(
                {
                    "given_name": clean_name(form.given_name),
                    "place": whereabouts(form.postal_code),
                }
            ),
            grants=_grants(ticked, form.topics),
            source=form.source,
            state="asked",
            created_at=now,
            expires_at=now + timedelta(days=limits.confirm_days),
        )
        if _is_due(session, row, limits, written, now):
            due.append(row)
    return due


def counts(session: Session) -> list[tuple[str, str, int]]:
    """How many sign-ups there are by channel and state."""
    rows = session.execute(
        select(OptIn.channel, OptIn.state, func.count())
        .group_by(OptIn.channel, OptIn.state)
        .order_by(OptIn.channel, OptIn.state)
    )
    return [(channel, state, number) for channel, state, number in rows]


def open_at(now: datetime) -> ColumnElement[bool]:
    """Whether a request can still be confirmed."""
    return (OptIn.state == "asked") & (OptIn.expires_at > now)


def lapse(session: Session, *, now: datetime) -> int:
    """Let go of the addresses of requests whose time is over; the requests go later.

    Returns:
        How many lapsed.
    """
    lapsed = session.scalars(
        update(OptIn)
        .where(OptIn.state == "asked", OptIn.expires_at <= now)
        .values(state="lapsed", address=None, answers=None)
        .returning(OptIn.id)
    ).all()
    return len(lapsed)


def _grants(ticked: Sequence[Yes], topics: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"organization": one.organization, "topic": topic, "wording_id": one.wording_id}
        for one in ticked
        # What the topics are is ours to say; a partner is asked about as a whole.
        for topic in (topics if one.organization == OUR_ORGANIZATION and topics else [EVERY_TOPIC])
    ]


def _check_total(session: Session, limits: SignUps, now: datetime) -> None:
    lately = session.scalar(
        select(func.count()).select_from(OptIn).where(OptIn.created_at > now - timedelta(hours=1))
    )
    if (lately or 0) >= limits.per_hour:
        raise TooMany(
            "Very many people are signing up at this moment.", hint="Please try again in an hour."
        )


def _is_due(
    session: Session, row: OptIn, limits: SignUps, written: WhenWritten, now: datetime
) -> bool:
    """Keep a request if a message is due for it: one a day, whatever names came with the address.

    Else it is let go: what an earlier form asked is not changed by whoever types the same address.
    """
    people = people_at(session, row.channel, row.address_hash)
    if any(_is_closed(one, row.channel, now) for one in people):
        return False
    if _is_closed_to_form(session, row, now):
        return False
    # Two forms at the same moment must not both find that nothing went yet.
    alone(session, f"sign-up {row.channel} {row.address_hash.hex()}")
    earlier = session.scalars(
        select(OptIn).where(
            OptIn.channel == row.channel,
            OptIn.address_hash == row.address_hash,
            OptIn.created_at > now - COUNTED_FOR,
        )
    ).all()
    went = written([one.id for one in earlier])
    if len(went) >= limits.per_address:
        return False
    if any(moment > now - _NOT_AGAIN_WITHIN for moment in went.values()):
        return False
    for one in earlier:
        if _gives_way(one, row):
            one.state, one.address, one.answers = "lapsed", None, None
    known = _who_agreed_before(session, people, row, now)
    if known is not None:
        row.state, row.contact_id, row.address, row.answers = "known", known, None, None
    session.add(row)
    session.flush()
    return True


def people_at(session: Session, channel: str, address_hash: bytes) -> Sequence[Contact]:
    """The people on file at an address, also of a merged record; a family may share a number."""
    column = Contact.email_hash if channel == "email" else Contact.phone_hash
    theirs = select(STANDING).where(column == address_hash, Contact.state != "tombstoned")
    return session.scalars(
        select(Contact)
        .where(Contact.id.in_(theirs.scalar_subquery()), Contact.state == "active")
        .order_by(Contact.id)
    ).all()


def name_of(row: OptIn) -> str:
    """The name that was typed, as names are compared."""
    return compared_name(json.loads(row.answers or "{}").get("given_name", ""), "")


def _gives_way(one: OptIn, newer: OptIn) -> bool:
    """Whether a YES to a newer text would answer an earlier request of the same person too.

    An email's link leads to one form alone, so that no other form ends it.
    """
    return one.channel == "sms" and one.state == "asked" and name_of(one) == name_of(newer)


def _is_closed(contact: Contact, channel: str, now: datetime) -> bool:
    paused = contact.paused_until is not None and contact.paused_until > now
    elsewhere = contact.safe_channel is not None and contact.safe_channel != channel
    return contact.do_not_contact or paused or elsewhere


def _is_closed_to_form(session: Session, row: OptIn, now: datetime) -> bool:
    """Whether the address said no to the form lately, or somebody moved on from it."""
    no = and_(Suppression.channel == FORM, Suppression.since > now - CLOSED_AFTER_NO)
    left_behind = and_(Suppression.channel == row.channel, Suppression.reason == REPLACED)
    found = session.scalar(
        select(Suppression.channel)
        .where(
            Suppression.address_hash == row.address_hash,
            Suppression.lifted_at.is_(None),
            or_(no, left_behind),
        )
        .limit(1)
    )
    return found is not None


def _who_agreed_before(
    session: Session, people: Sequence[Contact], row: OptIn, now: datetime
) -> int | None:
    """The one person at the address, if all that is asked was expressly agreed to before.

    Nobody whom nothing reaches there, be it that it is closed or that another address is theirs.
    """
    if len(people) != 1 or (row.channel == "sms" and people[0].sms_confirmed_at is None):
        return None
    own = people[0].email_hash if row.channel == "email" else people[0].phone_hash
    if own != row.address_hash or is_closed(session, channel=row.channel, address_hash=own):
        return None
    standing = session.execute(
        select(Consent.organization, Consent.topic)
        .join(ConsentEvent, ConsentEvent.id == Consent.event_id)
        .where(
            Consent.contact_id == people[0].id,
            Consent.channel == row.channel,
            Consent.granted,
            ConsentEvent.basis == "express",
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
        )
    )
    agreed = {(organization, topic) for organization, topic in standing}
    asked = {(one["organization"], one["topic"]) for one in row.grants}
    return people[0].id if asked <= agreed else None

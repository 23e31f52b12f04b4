"""A sign-up is confirmed from its address: the person is taken up, and the ledger says so.

Where they had left, the address is opened again with it, in the same transaction: never before, and
never where something else than their own will closed it.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts import joining
from mobilize.contacts.consent_models import Consent, OptIn
from mobilize.contacts.exchanging import answered_from
from mobilize.contacts.identity import compared_name
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.opt_ins import name_of, open_at, people_at
from mobilize.contacts.suppression import REPLACED, closed_by, open_again
from mobilize.contacts.whereabouts import NOWHERE, Whereabouts
from mobilize.core.errors import Conflict
from mobilize.core.i18n import is_language

SUPPORTER = "supporter"


def confirm(session: Session, *, opt_in_id: int, proof: str, now: datetime) -> OptIn:
    """Take a sign-up as confirmed; again changes nothing.

    Args:
        session: The session of the transaction.
        opt_in_id: Which.
        proof: How the answer came from the address, for the ledger.
        now: When.

    Raises:
        Conflict: Its time is over, or nothing may go to that address.
    """
    row = session.get_one(OptIn, opt_in_id, with_for_update=True)
    if row.state == "confirmed":
        return row
    if row.state != "asked" or row.expires_at <= now:
        raise Conflict("This can no longer be confirmed.", hint="Please sign up again.")
    closed = closed_by(session, channel=row.channel, address_hash=row.address_hash)
    people = people_at(session, row.channel, row.address_hash)
    if (
        any(one.do_not_contact for one in people)
        # Somebody moved on from this address: whoever reads there now may be somebody else.
        or closed == REPLACED
        or not open_again(session, channel=row.channel, address_hash=row.address_hash, now=now)
    ):
        raise Conflict("Nothing is sent to this address any more.", hint="Please write to us.")
    contact = _person(session, row, people, now)
    _fill_in(session, contact, row, now)
    record(session, events=_events(session, row, contact, proof, now), now=now)
    row.state, row.confirmed_at, row.contact_id = "confirmed", now, contact.id
    row.address = row.answers = None
    audit.record(
        session,
        now=now,
        actor=SUPPORTER,
        action="contact.sign_up",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={
            "channel": row.channel,
            "opt_in": row.public_id,
            **({"lifted": closed} if closed else {}),
        },
    )
    return row


def open_for_number(session: Session, *, phone_hash: bytes, now: datetime) -> list[int]:
    """The sign-ups that wait for a YES from a number: more than one where a family shares it.

    Whether their texts went is for the caller to say.
    """
    return list(
        session.scalars(
            select(OptIn.id)
            .where(OptIn.channel == "sms", OptIn.address_hash == phone_hash, open_at(now))
            .order_by(OptIn.id)
        )
    )


def number_of_form(session: Session, row: OptIn) -> str | None:
    """The number that came with an email on the same form, confirmed by now or not."""
    other = _other_of_form(session, row) if row.channel == "email" else None
    if other is None or other.address is not None:
        return other.address if other else None
    contact = session.get(Contact, other.contact_id) if other.contact_id is not None else None
    return contact.phone if contact is not None else None


def _person(session: Session, row: OptIn, known: Sequence[Contact], now: datetime) -> Contact:
    companion = _companion(session, row)
    if row.channel == "email":
        if known:
            return known[0]
        if companion is not None and companion.email is None:
            companion.email, companion.email_hash = row.address, row.address_hash
            return companion
        return _new(session, row, now)
    if companion is not None and companion.phone_hash in {None, row.address_hash}:
        companion.phone, companion.phone_hash = row.address, row.address_hash
        return companion
    name = name_of(row)
    named = [one for one in known if compared_name(one.given_name, "") in {name, ""} or not name]
    return named[0] if len(named) == 1 else _new(session, row, now)


def _companion(session: Session, row: OptIn) -> Contact | None:
    """Who confirmed the other address of the same form.

    The page on which an email is confirmed shows that a number came with it, so that both ends of
    the form have been seen by whoever holds the mailbox.
    """
    other = _other_of_form(session, row)
    if other is None or other.contact_id is None or other.state != "confirmed":
        return None
    contact = session.get(Contact, other.contact_id)
    return contact if contact is not None and contact.state == "active" else None


def _other_of_form(session: Session, row: OptIn) -> OptIn | None:
    return session.scalar(
        select(OptIn).where(OptIn.form_ref == row.form_ref, OptIn.channel != row.channel).limit(1)
    )


def _new(session: Session, row: OptIn, now: datetime) -> Contact:
    return joining.create(
        session,
        email=row.address or "" if row.channel == "email" else "",
        phone=row.address or "" if row.channel == "sms" else "",
        source=row.source,
        actor=SUPPORTER,
        now=now,
    )


def _fill_in(session: Session, contact: Contact, row: OptIn, now: datetime) -> None:
    """Take over what the form says and the record does not; what is on file stays."""
    answers = json.loads(row.answers or "{}")
    contact.given_name = contact.given_name or answers.get("given_name", "")
    if contact.language is None and is_language(row.language):
        contact.language = row.language
    place = Whereabouts(*answers.get("place", NOWHERE))
    if contact.fsa is None and contact.riding_id is None and place.fsa is not None:
        joining.settle(session, contact, place)
    answered_from(
        session,
        contact=contact,
        channel=row.channel,
        address_hash=row.address_hash,
        agreed={(grant["organization"], grant["topic"]) for grant in row.grants},
        now=now,
    )
    contact.updated_at = now


def _events(
    session: Session, row: OptIn, contact: Contact, proof: str, now: datetime
) -> list[NewConsent]:
    standing = session.execute(
        select(Consent.organization, Consent.topic).where(
            Consent.contact_id == contact.id,
            Consent.channel == row.channel,
            Consent.granted,
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
        )
    )
    holds = {(organization, topic) for organization, topic in standing}
    return [
        NewConsent(
            contact_id=contact.id,
            channel=row.channel,
            organization=grant["organization"],
            topic=grant["topic"],
            action=("renewed" if (grant["organization"], grant["topic"]) in holds else "granted"),
            basis="express",
            wording_id=grant["wording_id"],
            source=row.source,
            evidence=f"asked {row.created_at:%Y-%m-%d %H:%M} UTC, {proof}; sign-up {row.public_id}",
            actor=SUPPORTER,
            address_hash=row.address_hash,
            occurred_at=now,
        )
        for grant in row.grants
    ]

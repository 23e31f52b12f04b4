"""Erasing a person: name, addresses and area go; counts and the proof of consent stay.

The addresses' keyed hashes stay as suppressions, so that no later import brings them back; a number
that others on the list share stays open for them. The ledger keeps what the law asks the sender to
prove (CASL s. 13), without an address.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import ConsentEvent, OptIn, Suppression
from mobilize.contacts.histories import records_of
from mobilize.contacts.identity import compared_name
from mobilize.contacts.identity_models import DuplicatePair, MatchKey, Merge
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.leftovers import forget_leftovers
from mobilize.contacts.models import Contact, ContactTag, ImportChange
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.queries import by_id
from mobilize.contacts.record_models import ContactNote, CustomValue
from mobilize.contacts.suppression import ERASED, HOME, WHO, Closing, suppress_all, who_hash
from mobilize.core.columns import keyring_of_session
from mobilize.core.personal_data import erase_person

_NOTHING: Final = dict.fromkeys(
    ("email", "email_hash", "phone", "phone_hash", "sms_confirmed_at", "language", "province",
     "fsa", "riding_id", "riding_certainty", "riding_source", "time_zone", "safe_channel",
     "safe_from", "safe_until", "paused_until", "row_hash", "import_id", "first_import_id")
)  # fmt: skip
_ADDED: Final = (
    ContactTag, CustomValue, ContactNote, ImportChange, ImportAnswer, AddressCode, MatchKey,
)  # fmt: skip
_BLANK: Final = {
    "state": "tombstoned",
    "given_name": "",
    "family_name": "",
    "source": "",
    "discreet": False,
    "no_voicemail": False,
}
BLANKED: Final = {**_NOTHING, **_BLANK}
"""What a record that stands for nobody any more says."""


def erase(session: Session, *, contact: Contact, actor: str, now: datetime) -> None:
    """Erase a person from every feature, with the records that were found to be theirs too.

    Args:
        session: The session of the transaction.
        contact: Any of the person's records.
        actor: Who does it; `supporter` for the person themself.
        now: When.
    """
    for contact_id in whole_person(session, contact):
        erase_person(session, contact_id, actor=actor, now=now)


def whole_person(session: Session, contact: Contact) -> list[int]:
    """All records of the person behind one: those that were merged first, the standing one last."""
    standing = contact
    while standing.merged_into_id is not None:
        standing = by_id(session, standing.merged_into_id)
    return records_of(session, standing.id)[::-1]


def tombstone(session: Session, *, contact_id: int, actor: str, now: datetime) -> None:
    """Erase what contacts hold of one record, and close its addresses; again changes nothing."""
    contact = by_id(session, contact_id)
    if contact.state == "tombstoned":
        return
    _forget_traces(session, contact, now)
    _close_addresses(session, contact, actor, now)
    session.execute(
        update(Contact).where(Contact.id == contact_id).values(**BLANKED, updated_at=now)
    )
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.erase",
        subject_kind="contact",
        subject_id=contact.public_id,
    )


def all_addresses(session: Session, contact: Contact) -> set[bytes]:
    """The keyed hashes of every address that a person has or had, shared with others or not."""
    named = session.scalars(
        select(ConsentEvent.address_hash)
        .where(ConsentEvent.contact_id == contact.id, ConsentEvent.address_hash.is_not(None))
        .distinct()
    )
    return {one for one in (*named, contact.email_hash, contact.phone_hash) if one is not None}


def own_addresses(session: Session, contact: Contact) -> set[tuple[str, bytes]]:
    """The addresses that were this person's, today's and earlier ones, as channels and hashes.

    What is somebody else's too is not among them: a family's number, an address that was corrected
    to its owner.
    """
    named = session.execute(
        select(ConsentEvent.channel, ConsentEvent.address_hash)
        .where(ConsentEvent.contact_id == contact.id, ConsentEvent.address_hash.is_not(None))
        .distinct()
    ).all()
    emails = {address for channel, address in named if channel == "email"} | {contact.email_hash}
    phones = {address for channel, address in named if channel != "email"} | {contact.phone_hash}
    others = session.execute(
        select(Contact.email_hash, Contact.phone_hash).where(
            Contact.id != contact.id,
            Contact.state == "active",
            or_(Contact.email_hash.in_(emails - {None}), Contact.phone_hash.in_(phones - {None})),
        )
    ).all()
    emails -= {None, *(email for email, _ in others)}
    phones -= {None, *(phone for _, phone in others)}
    return {
        *(("email", one) for one in emails if one),
        *((channel, one) for channel in ("sms", "voice") for one in phones if one),
    }


def _close_addresses(session: Session, contact: Contact, actor: str, now: datetime) -> None:
    closed = own_addresses(session, contact)
    if contact.phone_hash is not None:
        # Where a home shares the number, nothing else would keep a file from bringing them back.
        name = compared_name(contact.given_name, contact.family_name)
        who = who_hash(keyring_of_session(session), contact.phone_hash, name)
        closed |= {(HOME, contact.phone_hash), (WHO, who)}
    suppress_all(
        session, closings=[Closing(channel, one, ERASED) for channel, one in closed], now=now
    )
    # Erasure outranks every reason: such a row of a file is not kept at all.
    session.execute(
        update(Suppression)
        .where(tuple_(Suppression.channel, Suppression.address_hash).in_(closed))
        .values(reason=ERASED)
        .execution_options(synchronize_session=False)
    )
    addresses = {
        channel: contact.email_hash if channel == "email" else contact.phone_hash
        for channel in CHANNELS
    }
    events = [
        NewConsent(
            contact_id=contact.id,
            channel=channel,
            action="withdrawn",
            source=ERASED,
            actor=actor,
            address_hash=address,
            occurred_at=now,
        )
        for channel, address in addresses.items()
        if address is not None
    ]
    record(session, events=events, now=now)


def _forget_traces(session: Session, contact: Contact, now: datetime) -> None:
    for added in _ADDED:
        session.execute(delete(added).where(added.contact_id == contact.id))
    session.execute(
        delete(DuplicatePair).where(
            or_(DuplicatePair.first_id == contact.id, DuplicatePair.second_id == contact.id)
        )
    )
    session.execute(
        update(Merge)
        .where(or_(Merge.kept_id == contact.id, Merge.merged_id == contact.id))
        .values(before=None)
    )
    forget_leftovers(session, all_addresses(session, contact), now=now)
    own = OptIn.contact_id == contact.id
    if addresses := {address for _, address in own_addresses(session, contact)}:
        # Asked for and never confirmed: it is nobody else's yet.
        own = or_(own, OptIn.contact_id.is_(None) & OptIn.address_hash.in_(addresses))
    session.execute(update(OptIn).where(own, OptIn.state == "asked").values(state="lapsed"))
    session.execute(update(OptIn).where(own).values(address=None, answers=None))

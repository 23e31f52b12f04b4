"""What a supporter proves with a code: that an address is theirs, before their data moves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.contacts import codes
from mobilize.contacts.identity import normalise_email, normalise_phone
from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.core.tokens import Links
from mobilize.messaging.gate import gate
from mobilize.messaging.models import CODE, Mailing, Message
from mobilize.messaging.policy import Channel, policy_from
from mobilize.messaging.queueing import queue_code
from mobilize.mps.postal import PostalCode, read_postal_code
from mobilize.settings import Settings

Part = Literal["email", "phone", "postal_code"]
_ADDRESS_FOR: Final = timedelta(days=1)
"""How long a message with a code keeps where it went, while the provider may still report."""
CODE_TEMPLATE: Final = "address-code"
NEW_ADDRESS_TEMPLATE: Final = "new-address-code"
CHANGED_TEMPLATE: Final = "address-changed"


@dataclass(frozen=True)
class NewDetail:
    """What a person wants to change into what.

    Attributes:
        part: Which detail.
        value: As it is kept, in its normal form.
    """

    part: Part
    value: str

    @property
    def channel(self) -> Channel | None:
        """How a code reaches it; None where nothing is sent there."""
        channels: dict[Part, Channel] = {"email": "email", "phone": "sms"}
        return channels.get(self.part)


def read_detail(part: str, typed: str) -> NewDetail:
    """What was typed, in its normal form.

    Raises:
        InvalidInput: It is no address, number or postal code.
    """
    if part == "email":
        return NewDetail("email", normalise_email(typed))
    if part == "phone":
        return NewDetail("phone", normalise_phone(typed))
    if part == "postal_code":
        found = read_postal_code(typed)
        if isinstance(found, PostalCode):
            return NewDetail("postal_code", found.code)
        raise InvalidInput("This is no Canadian postal code.", hint="Write it like K1A 0A6.")
    raise InvalidInput("Choose what changes.", fields={"part": "missing"})


def ask_code(
    session: Session,
    *,
    contact: Contact,
    purpose: Literal["copy", "erase", "change"],
    channel: Channel,
    language: Language,
    links: Links,
    settings: Settings,
    now: datetime,
    new: NewDetail | None = None,
) -> AddressCode:
    """Make a code, and send it where that is safe at this moment.

    Whether one went out does not show: the row is the same, and whoever asked sees the same page.

    Args:
        session: The session of the transaction.
        contact: Whose.
        purpose: What it opens.
        channel: Where they want it.
        language: The language of the page.
        links: Makes the digits.
        settings: The installation's.
        now: When.
        new: For a change: into what.

    Raises:
        TooMany: The person, or somebody with their link, asked too often.
    """
    limits = settings.self_service
    row = codes.issue(
        session,
        contact_id=contact.id,
        purpose=purpose,
        channel=channel,
        links=links,
        limits=limits,
        now=now,
        new_address=f"{new.part}:{new.value}" if new else None,
    )
    if _may_get(session, contact, channel, settings, now):
        _send(session, row, CODE_TEMPLATE, language, limits.code_digits, now, contact=contact)
    if new is not None and new.channel is not None:
        confirm = codes.issue(
            session,
            contact_id=contact.id,
            purpose="confirm",
            channel=new.channel,
            links=links,
            limits=limits,
            now=now,
            new_address=new.value,
        )
        _send(
            session, confirm, NEW_ADDRESS_TEMPLATE, language, limits.code_digits, now, to=new.value
        )
    return row


def detail_of(row: AddressCode) -> NewDetail | None:
    """What a code's owner wanted to change into what."""
    part, _, value = (row.new_address or "").partition(":")
    if part not in {"email", "phone", "postal_code"}:
        return None
    return read_detail(part, value)


def tell_old_address(
    session: Session,
    *,
    row: AddressCode,
    channel: Channel,
    address: str,
    language: Language,
    until: datetime,
    now: datetime,
) -> None:
    """Tell the address that was given up that the contact details changed."""
    queue_code(
        session,
        template_key=CHANGED_TEMPLATE,
        channel=channel,
        language=language,
        dedupe_key=f"changed:{row.public_id}",
        until=until,
        now=now,
        address=address,
    )


def forget_unproven(session: Session, *, now: datetime) -> None:
    """Remove the addresses that changes asked for and codes did not prove.

    They may be somebody else's, who was told that they are not kept.
    """
    session.execute(
        update(AddressCode)
        .where(AddressCode.expires_at <= now, AddressCode.new_address.is_not(None))
        .values(new_address=None)
        .execution_options(synchronize_session=False)
    )
    codes_of = select(Mailing.id).where(Mailing.kind == CODE)
    session.execute(
        update(Message)
        .where(
            Message.mailing_id.in_(codes_of),
            Message.address.is_not(None),
            Message.state != "queued",
            Message.created_at <= now - _ADDRESS_FOR,
        )
        .values(address=None)
        .execution_options(synchronize_session=False)
    )


def _may_get(
    session: Session, contact: Contact, channel: Channel, settings: Settings, now: datetime
) -> bool:
    """Whether a code may go to a person now: the gate is asked, as it will be at the sending."""
    policy = policy_from(settings)
    rules = gate(channel=channel, kind=CODE, topic="", now=now, policy=policy, recent=())
    statement = select(rules.refusal).select_from(Contact)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    return session.scalars(statement.where(Contact.id == contact.id)).one() is None


def _send(
    session: Session,
    row: AddressCode,
    template_key: str,
    language: Language,
    digits: int,
    now: datetime,
    *,
    contact: Contact | None = None,
    to: str = "",
) -> None:
    queue_code(
        session,
        template_key=template_key,
        channel="email" if row.channel == "email" else "sms",
        language=language,
        dedupe_key=f"code:{row.public_id}",
        until=row.expires_at,
        now=now,
        contact_id=contact.id if contact else None,
        address=to,
        code_ref=row.public_id,
        digits=digits,
    )

"""A person moves to another address: it is changed, and the old one is told where that is safe."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.contacts.preferences import SUPPORTER
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.rectifying import Correction, rectify
from mobilize.contacts.service import confirm_sms
from mobilize.core.i18n import Language
from mobilize.messaging.proving import NewDetail, tell_old_address

_NEWS_FOR: Final = timedelta(days=1)


def move(
    session: Session,
    *,
    row: AddressCode,
    contact: Contact,
    detail: NewDetail,
    quietly: bool,
    language: Language,
    now: datetime,
) -> None:
    """Change what the codes have proven.

    Args:
        session: The session of the transaction.
        row: The code that opened it.
        contact: The person.
        detail: What changes into what.
        quietly: The person does not want the old address to hear of it.
        language: In which language the old address is told.
        now: When.

    Raises:
        Conflict: The address stands on another record.
    """
    # Whether it is safe is asked of the person as they were: the wish was about the old address.
    may_tell = not quietly and _is_safe_to_tell(contact, detail)
    old = {"email": contact.email, "phone": contact.phone}.get(detail.part)
    changed = rectify(
        session,
        contact=contact,
        correction=Correction(**{detail.part: detail.value}),
        reason="asked",
        actor=SUPPORTER,
        evidence=f"own link, and codes from both addresses ({row.public_id})",
        now=now,
    )
    if detail.part == "phone":
        # The code was read from a text to that number.
        confirm_sms(session, contact_id=contact.id, now=now)
    if changed and old is not None and detail.channel is not None and may_tell:
        tell_old_address(
            session,
            row=row,
            channel=detail.channel,
            address=old,
            language=language,
            until=now + _NEWS_FOR,
            now=now,
        )


def _is_safe_to_tell(contact: Contact, detail: NewDetail) -> bool:
    """Whether the old address may hear that something changed.

    Word of it protects from somebody who stole the link and the code. It endangers somebody who
    left a mailbox that another person reads, so whoever asked for discretion, for another channel
    or for certain hours is not told.
    """
    elsewhere = contact.safe_channel is not None and contact.safe_channel != detail.channel
    if detail.channel == "sms" and contact.sms_confirmed_at is None:
        return False
    return not (
        contact.discreet or elsewhere or contact.safe_from is not None or contact.do_not_contact
    )

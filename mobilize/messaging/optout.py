"""Leaving: by the link in a mail, by one click in a mail program, by a word in a text.

What the page or the answer says is true at that moment: the row that stops the next message is
committed with it, also for a mailing that is going out right now.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts import ledger
from mobilize.contacts.consent_models import EVERY_TOPIC
from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.starting import BY_TEXT, lift_stop
from mobilize.contacts.suppression import CARRIER, STOP, Closing, is_closed, suppress_all
from mobilize.core.columns import keyring_of_session
from mobilize.core.tokens import Links
from mobilize.messaging.claims import claimed
from mobilize.messaging.keywords import keyword_of
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import InboundText, Mailing, Message
from mobilize.messaging.opting_in import awaiting_yes, confirm_by_text, said_no
from mobilize.settings import Settings

# Both languages in one text, in the GSM alphabet; neither says what the list is about.
_ANSWERS: Final = {
    "stop": "You will get no more texts from us. Vous ne recevrez plus de textos de notre part.",
    "start": "You will get our texts again. Vous recevrez de nouveau nos textos.",
    "start_alone": "Our texts can reach you again. To sign up for them: {join} "
    "Nos textos peuvent de nouveau vous parvenir. Pour vous inscrire: {join}",
    "start_waits": "Our texts can reach you again. To confirm your sign-up: YES. "
    "Nos textos peuvent de nouveau vous parvenir. Pour confirmer votre inscription: OUI.",
    "start_first": "You texted STOP. To get texts from us again, text START first. "
    "Vous avez envoyé ARRET. Pour recevoir de nouveau nos textos, envoyez d'abord START.",
    "confirmed": "Confirmed: you will get our texts. STOP ends them. "
    "C'est noté: vous recevrez nos textos. ARRET y met fin.",
    "nothing": "Nothing waits for an answer from this number. To sign up: {join} "
    "Aucune demande n'attend de réponse de ce numéro. Pour vous inscrire: {join}",
    "help": "Questions? {contact} To get no more texts: STOP. "
    "Des questions? {contact} Pour ne plus recevoir de textos: ARRET.",
}


def leave_by_link(session: Session, *, token: str, links: Links, topic: str, now: datetime) -> bool:
    """Take a person off the list, or off one topic, by the link of a message they got.

    Idempotent, and good for as long as the link key lives: CASL s. 11 asks for 60 days.

    Returns:
        Whether the link was one of ours.
    """
    message_id = links.open(LEAVE, token, now=now)
    if message_id is None:
        return False
    row = session.execute(
        select(Message.contact_id, Message.address_hash, Mailing.channel)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.id == message_id)
    ).one_or_none()
    if row is None:
        return False
    if topic == EVERY_TOPIC:
        address = row.address_hash or _went_to(session, message_id)
        if address is not None:
            closing = Closing(row.channel, address, "unsubscribed")
            suppress_all(session, closings=[closing], now=now)
            said_no(session, message_id=message_id, address_hash=address, now=now)
    if row.contact_id is not None:
        _withdraw(session, [row.contact_id], row.channel, topic, "leave link", now)
    return True


def _went_to(session: Session, message_id: int) -> bytes | None:
    on_record = claimed(session, [message_id]).get(message_id)
    return on_record.address_hash if on_record else None


def take_text(
    session: Session,
    *,
    sender: str,
    body: str,
    provider_ref: str,
    settings: Settings,
    now: datetime,
) -> str | None:
    """Keep a text that came in, and act on STOP, START and HELP.

    Returns:
        The answer, or None where none is due: the text was known already, or is for a person.
    """
    keyring = keyring_of_session(session)
    sender_hash = phone_hash(keyring, sender)
    known = session.scalar(select(InboundText.id).where(InboundText.provider_ref == provider_ref))
    if known is not None:
        return None
    keyword = keyword_of(body)
    session.add(
        InboundText(
            provider_ref=provider_ref,
            sender=sender,
            sender_hash=sender_hash,
            body=body[:1600],
            keyword=keyword,
            received_at=now,
        )
    )
    if keyword == "stop":
        suppress_all(session, closings=[Closing("sms", sender_hash, STOP)], now=now)
        people = session.scalars(select(Contact.id).where(Contact.phone_hash == sender_hash)).all()
        _withdraw(session, list(people), "sms", EVERY_TOPIC, BY_TEXT, now)
    if keyword is None:
        return None
    answer: str = keyword
    if keyword in {"start", "yes"}:
        answer = _begin(session, keyword, sender_hash, provider_ref, now)
    site = settings.site
    return _ANSWERS[answer].format(
        contact=site.contact_email, join=f"{site.public_url.rstrip('/')}/join"
    )


def _begin(
    session: Session, keyword: str, sender_hash: bytes, provider_ref: str, now: datetime
) -> str:
    """Confirm what a number signed up for, or open again what its STOP had closed.

    The carrier keeps a STOP until START comes (Twilio: YES does not undo it), so that no YES can
    mean that texts arrive again.
    """
    if keyword == "start":
        renewed = lift_stop(session, address_hash=sender_hash, now=now)
        if awaiting_yes(session, phone_hash=sender_hash, now=now):
            return "start_waits"
        if renewed is None:
            return "nothing"
        return "start" if renewed else "start_alone"
    if is_closed(session, channel=CARRIER, address_hash=sender_hash):
        return "start_first"
    confirmed = confirm_by_text(session, phone_hash=sender_hash, provider_ref=provider_ref, now=now)
    return "confirmed" if confirmed else "nothing"


def _withdraw(
    session: Session, people: list[int], channel: str, topic: str, source: str, now: datetime
) -> None:
    if not people:
        return
    ledger.record(
        session,
        events=[
            ledger.NewConsent(
                contact_id=contact_id,
                channel=channel,
                topic=topic,
                action="withdrawn",
                source=source,
                actor="supporter",
                occurred_at=now,
            )
            for contact_id in people
        ],
        now=now,
    )

"""A text that came in: a keyword is acted upon, what needs care goes apart, the rest to the inbox.

Each is stored once, however often the provider brings it: known by its own name and by that of the
call that brought it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.contacts.starting import BY_TEXT, lift_stop
from mobilize.contacts.suppression import CARRIER, STOP, Closing, is_closed, suppress_all
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import alone
from mobilize.messaging.care import cases
from mobilize.messaging.care.models import CareText
from mobilize.messaging.care.recognizing import needs_care
from mobilize.messaging.inbox import threads
from mobilize.messaging.keywords import Keyword, keyword_of, may_ask_to_stop, says_more, word_of
from mobilize.messaging.models import InboundText
from mobilize.messaging.opting_in import awaiting_yes, confirm_by_text
from mobilize.messaging.optout import withdraw_all
from mobilize.settings import Settings

_LONGEST: Final = 1600
_STILL_TALKING: Final = timedelta(days=3)
"""For so long after our answer a YES answers it, where no sign-up waits for one."""
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
    # HELP is also what somebody writes who needs it.
    "help_and_hotline": "Questions? {contact} No more texts: STOP. "
    "Free support, day and night: {hotline}. "
    "Des questions? {contact} Fin des textos: ARRET. "
    "Soutien gratuit, jour et nuit: {hotline}.",
}


def take_text(
    session: Session,
    *,
    sender: str,
    body: str,
    provider_ref: str,
    settings: Settings,
    now: datetime,
    retry_token: str | None = None,
) -> str | None:
    """Keep a text that came in, and act on STOP, START, YES and HELP.

    Args:
        session: The transaction.
        sender: The number that it came from, in E.164.
        body: What it says.
        provider_ref: Twilio's name of the text (MessageSid).
        settings: The installation's.
        now: When.
        retry_token: Twilio's name of the call that brought it (I-Twilio-Idempotency-Token).

    Returns:
        The answer, or None where none is due: the text was known already, or is for a person.
    """
    number = phone_hash(keyring_of_session(session), sender)
    # Of one number one at a time: a thread is begun once, and nothing is answered twice.
    alone(session, f"text from {number.hex()}")
    if _is_known(session, provider_ref, retry_token):
        return None
    text = InboundText(
        provider_ref=provider_ref,
        retry_token=retry_token,
        sender=sender,
        sender_hash=number,
        body=body[:_LONGEST],
        keyword=keyword_of(body),
        received_at=now,
    )
    if not threads.can_be_answered(sender):
        # A machine's: its STOP is nobody's, and an answer would set two machines talking.
        text.keyword = None
        session.add(text)
        session.flush()
        threads.take_in(session, text=text, now=now)
        return None
    if _is_answer_to_us(session, text, now):
        text.keyword = None
    if text.keyword == "stop":
        _stop(session, number, now)
    is_sentence = text.keyword is None or says_more(body)
    if is_sentence and needs_care(body):
        return _with_care(session, text, settings=settings, now=now, tells=True)
    if is_sentence and cases.is_open(session, number):
        return _with_care(session, text, settings=settings, now=now, tells=False)
    session.add(text)
    session.flush()
    if is_sentence:
        threads.take_in(session, text=text, now=now)
        if text.keyword is None and may_ask_to_stop(body):
            threads.hold(session, sender_hash=number, now=now)
    elif (thread := threads.thread_of(session, number)) is not None:
        text.thread_id = thread.id
    if text.keyword is None:
        return None
    return _answer(session, text, settings, now)


def _is_known(session: Session, provider_ref: str, retry_token: str | None) -> bool:
    for kept in (InboundText, CareText):
        same = [kept.provider_ref == provider_ref]
        same += [kept.retry_token == retry_token] if retry_token else []
        if session.scalar(select(kept.id).where(or_(*same)).limit(1)) is not None:
            return True
    return False


def _is_answer_to_us(session: Session, text: InboundText, now: datetime) -> bool:
    """Whether a YES answers an organizer: no sign-up waits, and somebody asked a while ago."""
    if text.keyword != "yes" or awaiting_yes(session, phone_hash=text.sender_hash, now=now):
        return False
    thread = threads.thread_of(session, text.sender_hash)
    return (
        thread is not None
        and thread.state == "answered"
        and thread.last_text_at >= now - _STILL_TALKING
    )


def _stop(session: Session, number: bytes, now: datetime) -> None:
    suppress_all(session, closings=[Closing("sms", number, STOP)], now=now)
    people: Sequence[int] = session.scalars(
        select(Contact.id).where(Contact.phone_hash == number)
    ).all()
    withdraw_all(session, people, "sms", source=BY_TEXT, now=now)
    threads.let_go_on(session, sender_hash=number)


def _with_care(
    session: Session, text: InboundText, *, settings: Settings, now: datetime, tells: bool
) -> str | None:
    """Keep a text apart; where it also says STOP, that alone is on record, and nothing answers."""
    if text.keyword is None and may_ask_to_stop(text.body):
        threads.hold(session, sender_hash=text.sender_hash, now=now)
    answer = cases.take_in(session, text=text, tells=tells, settings=settings, now=now)
    if text.keyword == "stop":
        # As if that word had come alone: an empty text would say that there was another.
        text.body = word_of(text.keyword)
        session.add(text)
        session.flush()
    return answer


def _answer(session: Session, text: InboundText, settings: Settings, now: datetime) -> str:
    answer: str = text.keyword or ""
    if text.keyword in {"start", "yes"}:
        answer = _begin(session, text.keyword, text.sender_hash, text.provider_ref, now)
    if text.keyword == "start":
        threads.let_go_on(session, sender_hash=text.sender_hash)
    if text.keyword == "help" and not cases.is_unsafe(session, text.sender_hash, now):
        answer = "help_and_hotline"
    site = settings.site
    return _ANSWERS[answer].format(
        contact=site.contact_email,
        hotline=site.hotline_number,
        join=f"{site.public_url.rstrip('/')}/join",
    )


def _begin(
    session: Session, keyword: Keyword | str, number: bytes, provider_ref: str, now: datetime
) -> str:
    """Confirm what a number signed up for, or open again what its STOP had closed.

    The carrier keeps a STOP until START comes (Twilio: YES does not undo it), so that no YES can
    mean that texts arrive again.
    """
    if keyword == "start":
        renewed = lift_stop(session, address_hash=number, now=now)
        if awaiting_yes(session, phone_hash=number, now=now):
            return "start_waits"
        if renewed is None:
            return "nothing"
        return "start" if renewed else "start_alone"
    if is_closed(session, channel=CARRIER, address_hash=number):
        return "start_first"
    confirmed = confirm_by_text(session, phone_hash=number, provider_ref=provider_ref, now=now)
    return "confirmed" if confirmed else "nothing"

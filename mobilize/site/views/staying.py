"""Staying on the list: whoever is on it by an implied consent says yes once, and for good.

The link is that of leaving, under another address: it came with a message to the person's own
mailbox or number, which is what proves the answer.
"""

from typing import NamedTuple

from flask import render_template
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.contacts.renewing import person_behind, renew, topics_to_renew
from mobilize.core.errors import Conflict, NotFound
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Mailing, Message
from mobilize.runtime import runtime
from mobilize.site import consent_words
from mobilize.site.consent_words import Asking, Question
from mobilize.site.pages import blueprint
from mobilize.strategy.queries import adopted_versions


class _Offer(NamedTuple):
    contact: Contact
    mailing: Mailing
    asking: Asking
    question: Question


@blueprint.get("/stay/<token>")
def stay(token: str) -> str:
    """Ask in exact words; nothing happens until the button is pressed: scanners open links."""
    return _page(token)


@blueprint.post("/stay/<token>")
def say_yes(token: str) -> str | tuple[str, int]:
    """Keep the yes."""
    now = runtime().clock.now()
    try:
        with runtime().db.transaction() as session:
            offer = _offer(session, token)
            renew(
                session,
                contact=offer.contact,
                channel=offer.mailing.channel,
                wording_id=consent_words.keep(session, offer.asking, offer.question, now=now),
                source="stay page",
                proof=f"the link of a message of mailing {offer.mailing.public_id} to this address",
                now=now,
            )
    except Conflict:
        return _page(token), Conflict.status
    return render_template("site/stay.html", done=True)


def _page(token: str) -> str:
    with runtime().db.read() as session:
        offer = _offer(session, token)
        topics = topics_to_renew(session, contact=offer.contact, channel=offer.mailing.channel)
        titles = {
            demand.slug: consent_words.title(version)
            for demand, version in adopted_versions(session)
        }
    return render_template(
        "site/stay.html",
        done=False,
        may_say_yes=bool(topics),
        words=offer.asking.words(offer.question),
        topics=[titles.get(topic, topic) for topic in topics if topic],
        contact_email=runtime().settings.site.contact_email,
    )


def _offer(session: Session, token: str) -> _Offer:
    message_id = runtime().links.open(LEAVE, token, now=runtime().clock.now())
    message = None if message_id is None else session.get(Message, message_id)
    contact = (
        person_behind(session, message.contact_id)
        if message is not None and message.contact_id is not None
        else None
    )
    if message is None or contact is None:
        raise NotFound("There is nothing at this address.")
    mailing = session.get_one(Mailing, message.mailing_id)
    asking = consent_words.ours(runtime().settings.site)
    [question] = [one for one in asking.questions if one.channel == mailing.channel]
    return _Offer(contact, mailing, asking, question)

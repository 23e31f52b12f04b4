"""Leaving the list from a message's link: a page with one button, and out at once."""

from typing import Final

from flask import render_template, request
from sqlalchemy.orm import Session

from mobilize.contacts.service import withdraw
from mobilize.core.errors import NotFound
from mobilize.core.http import page_language
from mobilize.messaging.lettering import LEAVE, PREFERENCES
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.optout import leave_by_link
from mobilize.messaging.own_links import holder_of
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint
from mobilize.strategy.queries import adopted_version

_CHANNELS: Final = ("email", "sms")


@blueprint.get("/leave/<token>")
def leave(token: str) -> str:
    """Show the way off the list; nothing happens until the button is pressed.

    Mail scanners open links: a page that unsubscribed by itself would be pressed by them.
    """
    with runtime().db.read() as session:
        message, mailing = _named_by(session, token)
        # A bare address has no topics to choose from: it is left alone altogether.
        topic = _topic_title(session, mailing) if message.contact_id is not None else ""
        choices = _own_page(session, message)
    return render_template("site/leave.html", topic=topic, choices=choices)


@blueprint.post("/leave/<token>")
def leave_list(token: str) -> str:
    """Take a person off the list, or out of one topic; pressing again changes nothing."""
    parts = runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        message, mailing = _named_by(session, token)
        only_topic = request.form.get("what") == "topic" and message.contact_id is not None
        topic = mailing.topic if only_topic else ""
        leave_by_link(session, token=token, links=parts.links, topic=topic, now=now)
        if message.contact_id is not None:
            # The page promises both: whoever leaves by a mail's link gets no text either.
            for channel in _CHANNELS:
                if channel != mailing.channel:
                    withdraw(
                        session,
                        contact_id=message.contact_id,
                        channel=channel,
                        topic=topic,
                        source="leave page",
                        actor="supporter",
                        now=now,
                    )
        title = _topic_title(session, mailing) if topic else ""
    return render_template("site/left.html", topic=title)


def _named_by(session: Session, token: str) -> tuple[Message, Mailing]:
    """The message that a link came with, and its mailing; forged and stale answer alike."""
    message_id = runtime().links.open(LEAVE, token, now=runtime().clock.now())
    message = None if message_id is None else session.get(Message, message_id)
    if message is None:
        raise NotFound("There is nothing at this address.")
    return message, session.get_one(Mailing, message.mailing_id)


def _own_page(session: Session, message: Message) -> str:
    """The link to the person's own page; none where it would open nothing, as at a bare address."""
    parts = runtime()
    token = parts.links.seal(PREFERENCES, message.id)
    holder = holder_of(session, token=token, links=parts.links, now=parts.clock.now())
    return token if holder else ""


def _topic_title(session: Session, mailing: Mailing) -> str:
    version = adopted_version(session, mailing.topic) if mailing.topic else None
    if version is None:
        return ""
    return version.title_fr if page_language() == "fr" else version.title_en

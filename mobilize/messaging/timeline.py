"""What messaging shows on a person's timeline: messages to them, words that they texted."""

from collections.abc import Iterable, Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.core.timeline import Entry, Part, Window, register
from mobilize.core.tokens import Links
from mobilize.messaging.history import PURPOSE
from mobilize.messaging.models import InboundText, Mailing, Message, Template


def messages(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """Every message to the person, also those that did not go, with why."""
    at = func.coalesce(Message.accepted_at, Message.created_at)
    rows = session.execute(
        select(
            at, Message.id, Mailing.kind, Mailing.channel, Mailing.topic, Template.name,
            Message.language, Message.state, Message.reason, Message.delivered_at,
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Template, Template.id == Mailing.template_id)
        .where(Message.contact_id.in_(records), *window.older(at, Message.id))
        .order_by(at.desc(), Message.id.desc())
        .limit(window.limit)
    ).all()  # fmt: skip
    refs = Links(keyring_of_session(session)).seal_many(PURPOSE, [row.id for row in rows])
    return [
        Entry(
            at=instant,
            id=row_id,
            kind="message",
            facts={
                "kind": kind,
                "channel": channel,
                "topic": topic,
                "template": template,
                "language": language,
                "state": state,
                "reason": reason,
                "delivered_at": delivered_at.isoformat() if delivered_at else None,
                # Under this name its whole history is found.
                "message": ref,
            },
        )
        for ref, (
            instant, row_id, kind, channel, topic, template, language, state, reason, delivered_at,
        ) in zip(refs, rows, strict=True)
    ]  # fmt: skip


def words_texted(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """STOP, START and HELP from a number that is the person's alone.

    Whatever else somebody texts is not shown: it may tell of something that nobody should come
    across while looking a person up.
    """
    other = aliased(Contact)
    shared = exists().where(
        other.phone_hash == Contact.phone_hash,
        other.state == "active",
        other.id.not_in(records),
    )
    numbers = select(Contact.phone_hash).where(
        Contact.id.in_(records), Contact.phone_hash.is_not(None), ~shared
    )
    rows = session.execute(
        select(InboundText.received_at, InboundText.id, InboundText.keyword)
        .where(
            InboundText.sender_hash.in_(numbers),
            InboundText.keyword.is_not(None),
            *window.older(InboundText.received_at, InboundText.id),
        )
        .order_by(InboundText.received_at.desc(), InboundText.id.desc())
        .limit(window.limit)
    )
    return [Entry(at=at, id=row_id, kind=f"text.{word}") for at, row_id, word in rows]


register(Part(name="messages", kinds=frozenset({"message"}), read=messages))
register(
    Part(
        name="texts",
        kinds=frozenset({"text.stop", "text.start", "text.help"}),
        read=words_texted,
    )
)

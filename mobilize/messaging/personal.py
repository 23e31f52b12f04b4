"""How messaging shows, and erases, what it holds of a person: messages to them, texts from them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.erasing import own_addresses
from mobilize.contacts.histories import records_of
from mobilize.contacts.queries import by_id
from mobilize.core.i18n import Label
from mobilize.core.personal_data import Holding, register
from mobilize.messaging import merge_holdings
from mobilize.messaging.models import InboundText, Mailing, Message, Template
from mobilize.messaging.reasons import REASONS
from mobilize.messaging.taking_back import take_back

_WORDS: Final = {
    "messaging": Label("Messages", "Messages"),
    "messages": Label("Messages to you", "Messages qui vous sont destinés"),
    "texts_from_your_number": Label("Texts from your number", "Textos venus de votre numéro"),
    "template": Label("Template", "Modèle"),
    "reason": Label("Why not", "Pourquoi pas"),
    "sent_at": Label("Sent", "Envoyé"),
    "delivered_at": Label("Delivered", "Remis"),
    "text": Label("Text", "Texte"),
}
_CODES: Final = {
    "alert": Label("call to action", "appel à l’action"),
    "followup": Label("follow-up", "suivi"),
    "transactional": Label("on your own action", "à la suite de votre geste"),
    "letter": Label("letter", "lettre"),
    "opt_in": Label("to confirm your sign-up", "pour confirmer votre inscription"),
    "queued": Label("waiting to go", "en attente d’envoi"),
    "skipped": Label("not sent", "non envoyé"),
    "accepted": Label("taken by the provider", "accepté par le fournisseur"),
    "deferred": Label("tried again by the provider", "nouvel essai du fournisseur"),
    "delivered": Label("delivered", "remis"),
    "dropped": Label("dropped by the provider", "écarté par le fournisseur"),
    "complained": Label("reported as spam", "signalé comme indésirable"),
    "refused": Label("refused by the provider", "refusé par le fournisseur"),
    "failed": Label("given up", "abandonné"),
    "cancelled": Label("cancelled", "annulé"),
    "unknown": Label("no answer from the provider", "sans réponse du fournisseur"),
    **{code: Label(words["en"], words["fr"]) for code, words in REASONS.items()},
}


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """What was sent or is to be sent to a person, and the texts that came from their number."""
    sent = session.execute(
        select(
            Mailing.kind, Mailing.channel, Mailing.topic, Template.name, Message.language,
            Message.state, Message.reason, Message.created_at, Message.accepted_at,
            Message.delivered_at,
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Template, Template.id == Mailing.template_id)
        .where(Message.contact_id.in_(records_of(session, contact_id)))
        .order_by(Message.id)
    )  # fmt: skip
    received = session.scalars(
        select(InboundText)
        .where(InboundText.sender_hash.in_(_own_numbers(session, contact_id)))
        .order_by(InboundText.id)
    )
    return {
        "messages": [
            {
                "kind": kind,
                "channel": channel,
                "topic": topic,
                "template": template,
                "language": language,
                "state": state,
                "reason": reason,
                "at": created_at.isoformat(),
                "sent_at": accepted_at.isoformat() if accepted_at else None,
                "delivered_at": delivered_at.isoformat() if delivered_at else None,
            }
            for (
                kind, channel, topic, template, language, state, reason, created_at, accepted_at,
                delivered_at,
            ) in sent
        ],
        "texts_from_your_number": [
            {"text": one.body, "at": one.received_at.isoformat()} for one in received
        ],
    }  # fmt: skip


def erase(session: Session, contact_id: int, _actor: str, now: datetime) -> None:
    """Stop what waits, forget addresses, values and texts; that a message went stays counted."""
    addresses = {address for _, address in own_addresses(session, by_id(session, contact_id))}
    # Of a message to a bare address nothing but the address says whose it is.
    theirs = or_(Message.contact_id == contact_id, Message.address_hash.in_(addresses))
    take_back(session, theirs, state="skipped", reason="erased", now=now)
    session.execute(
        update(Message)
        .where(theirs)
        .values(address=None, variables={})
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(InboundText).where(InboundText.sender_hash.in_(addresses)).values(sender="", body="")
    )


def _own_numbers(session: Session, contact_id: int) -> set[bytes]:
    # Of a number that others share nobody knows who texted: it is shown to none of them.
    owned = own_addresses(session, by_id(session, contact_id))
    return {address for channel, address in owned if channel == "sms"}


register(
    Holding(
        name="messaging",
        tables=frozenset({"messages", "inbound_texts"}),
        show=show,
        erase=erase,
        merge=merge_holdings.merge,
        part=merge_holdings.part,
        words=_WORDS,
        codes=_CODES,
    )
)

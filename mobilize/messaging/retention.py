"""What messaging lets go of in time: providers' events, details of messages."""

from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, delete, func, select, text, update
from sqlalchemy.orm import Session

from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, register, removed
from mobilize.messaging.models import Message, ProviderEvent


def count_events(session: Session, before: datetime) -> int:
    """How many events of providers came before an instant."""
    statement = select(func.count(ProviderEvent.id)).where(ProviderEvent.received_at < before)
    return session.scalar(statement) or 0


def remove_events(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Remove the oldest of them.

    They come in the order of time, so that the lowest ids are the oldest: no index is needed for
    what is asked a few times a day.
    """
    oldest = session.execute(
        select(ProviderEvent.id, ProviderEvent.received_at).order_by(ProviderEvent.id).limit(limit)
    )
    past = [event_id for event_id, at in oldest if at < before]
    if not past:
        return 0
    statement = delete(ProviderEvent).where(
        ProviderEvent.id.between(past[0], past[-1]), ProviderEvent.received_at < before
    )
    return removed(session, statement)


def count_details(session: Session, before: datetime) -> int:
    """How many messages from before an instant keep values of their own or an address."""
    return session.scalar(select(func.count(Message.id)).where(*_with_details(before))) or 0


def remove_details(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Forget what only one message said and where a single one went; who got what stays provable.

    A message never held its rendered text: that is its template's version with these values.
    """
    past = select(Message.id).where(*_with_details(before)).limit(limit).scalar_subquery()
    statement = update(Message).where(Message.id.in_(past)).values(variables={}, address=None)
    return removed(session, statement)


def _with_details(before: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    # In the words of the index, which SQLite compares.
    kept = text("(variables <> '{}' or address is not null)")
    return Message.created_at < before, Message.state != "queued", kept


register(
    Rule(
        name="provider_events",
        setting="provider_events_days",
        what=Label(
            "What the providers told about single messages",
            "Ce que les fournisseurs ont dit de chaque message",
        ),
        stays=Label("the message’s state", "l’état du message"),
        count=count_events,
        remove=remove_events,
    )
)
register(
    Rule(
        name="message_details",
        setting="message_details_days",
        what=Label(
            "Values and addresses of single messages", "Valeurs et adresses de messages isolés"
        ),
        stays=Label(
            "to whom, which version of which words, on which consent, when",
            "à qui, quelle version de quels mots, sur quel consentement, quand",
        ),
        count=count_details,
        remove=remove_details,
    )
)

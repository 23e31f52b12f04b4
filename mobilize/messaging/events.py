"""What providers tell us, in our own words: read, stored once, and applied forward only.

The order of events is not promised, nor that each comes once: an event's key is what it says about
which message and when, so that the same event under a new id is still the same. Sources: SendGrid's
Event Webhook reference; Twilio's message status callbacks.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from mobilize.contacts import ledger
from mobilize.contacts.suppression import Closing, strength, suppress_all
from mobilize.core.db import insert_new
from mobilize.core.tokens import Links
from mobilize.messaging import outbox
from mobilize.messaging.claims import attach, claimed
from mobilize.messaging.lettering import PROVIDER
from mobilize.messaging.models import Mailing, Message, ProviderEvent, Submission
from mobilize.messaging.states import State, may_become


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that a provider says about one message.

    Attributes:
        provider: `sendgrid` or `twilio`.
        key: What makes it this event, however often it comes.
        message_id: Our row; None where it names none of ours.
        kind: The provider's word.
        state: The state that it moves the message to, if any.
        suppress: The reason for which the address must not be written to again, if any.
        occurred_at: When it happened, as far as the provider says.
        facts: What else it says, without addresses.
    """

    provider: str
    key: str
    message_id: int | None
    kind: str
    state: State | None
    suppress: str | None
    occurred_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


_SENDGRID_STATES: Final[dict[str, State]] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "blocked": "bounced",
    "dropped": "dropped",
    "spamreport": "complained",
}
_SENDGRID_SUPPRESSES: Final = {
    "bounce": "bounced",
    "spamreport": "complaint",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
# Tracking is off; what a mail program fetches by itself is nobody's business.
_IGNORED: Final = {"open", "click", "group_resubscribe"}
_FACTS: Final = ("reason", "status", "attempt", "response", "bounce_classification")

_TWILIO_STATES: Final[dict[str, State]] = {
    "sent": "accepted",
    "delivered": "delivered",
    "undelivered": "bounced",
    "failed": "bounced",
}
_OPTED_OUT: Final = "21610"
_NO_SUCH_NUMBER: Final = {"30005", "30006"}


def from_sendgrid(
    items: Iterable[Mapping[str, Any]], *, links: Links, now: datetime
) -> list[Event]:
    """Read the events of one webhook call; what is not ours to know is passed over."""
    events = []
    for item in items:
        kind = str(item.get("event", ""))
        if kind == "bounce" and item.get("type") == "blocked":
            kind = "blocked"
        if not kind or kind in _IGNORED:
            continue
        token = str(item.get("m", ""))
        message_id = links.open(PROVIDER, token, now=now) if token else None
        stamp = _seconds(item.get("timestamp"))
        detail = str(item.get("attempt", ""))
        own = str(message_id) if message_id is not None else str(item.get("sg_event_id", ""))
        events.append(
            Event(
                provider="sendgrid",
                key=_key("sendgrid", own, kind, str(stamp), detail),
                message_id=message_id,
                kind=kind,
                state=_SENDGRID_STATES.get(kind),
                suppress=_SENDGRID_SUPPRESSES.get(kind),
                occurred_at=_instant(stamp, now),
                facts={name: _without_address(item[name]) for name in _FACTS if name in item},
            )
        )
    return events


def from_twilio(form: Mapping[str, str], *, token: str, links: Links, now: datetime) -> list[Event]:
    """Read one status callback."""
    kind = form.get("MessageStatus", "") or form.get("SmsStatus", "")
    state = _TWILIO_STATES.get(kind)
    if state is None:
        return []
    code = form.get("ErrorCode", "")
    suppress = None
    if code == _OPTED_OUT:
        suppress = "stop"
    elif code in _NO_SUCH_NUMBER:
        suppress = "invalid"
    return [
        Event(
            provider="twilio",
            key=_key("twilio", form.get("MessageSid", ""), kind),
            message_id=links.open(PROVIDER, token, now=now),
            kind=kind,
            state=state,
            suppress=suppress,
            # These callbacks carry no time.
            occurred_at=now,
            facts={"error": code} if code else {},
        )
    ]


def apply(session: Session, events: Sequence[Event], *, now: datetime) -> int:
    """Store what is new, move the messages forward, and close the addresses that ask for it.

    A handful of statements for a whole webhook call. An event may come before our own commit of
    the send: the message then moves on, and that commit leaves it there.

    Returns:
        How many events were new.
    """
    fresh = _store(session, events, now)
    by_state: defaultdict[State, list[int]] = defaultdict(list)
    for event in fresh:
        if event.state is not None and event.message_id is not None:
            by_state[event.state].append(event.message_id)
    attach(session, [event.message_id for event in fresh if event.message_id is not None])
    _prove_requests(session, [event for event in fresh if event.provider == "sendgrid"], now)
    for state in ("accepted", "deferred", "delivered", "bounced", "dropped", "complained"):
        if by_state[state]:
            _forward(session, state, by_state[state], now)
    _close_addresses(session, fresh, now)
    return len(fresh)


def _store(session: Session, events: Sequence[Event], now: datetime) -> list[Event]:
    by_key = {event.key: event for event in events}
    table = ProviderEvent.__table__
    assert isinstance(table, Table)
    new = insert_new(
        session,
        table,
        [
            {
                "provider": event.provider,
                "event_key": event.key,
                "message_id": event.message_id,
                "kind": event.kind,
                "facts": dict(event.facts),
                "occurred_at": event.occurred_at,
                "received_at": now,
            }
            for event in by_key.values()
        ],
        key="event_key",
    )
    return [event for key, event in by_key.items() if key in new]


def _forward(session: Session, state: State, ids: list[int], now: datetime) -> None:
    values: dict[str, Any] = {"state": state, "state_at": now}
    if state == "delivered":
        values["delivered_at"] = now
    if state in {"accepted", "delivered"}:
        values["reason"] = None
    session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.state.in_(may_become(state)))
        .values(**values)
    )


def _prove_requests(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Any event for one recipient proves that the whole request was taken."""
    ids = [event.message_id for event in events if event.message_id is not None]
    if not ids:
        return
    proven = session.execute(
        update(Submission)
        .where(
            Submission.state == "unknown",
            Submission.id.in_(select(Message.submission_id).where(Message.id.in_(ids))),
        )
        .values(state="accepted", error=None)
        .returning(Submission.id, Submission.mailing_id, Submission.language, Submission.chunk_no)
    ).all()
    for submission_id, mailing_id, language, chunk_no in proven:
        session.execute(
            update(Message)
            .where(
                Message.mailing_id == mailing_id,
                Message.language == language,
                Message.chunk_no == chunk_no,
                Message.submission_id == submission_id,
                Message.state == "unknown",
            )
            .values(state="accepted", reason=None, accepted_at=now, state_at=now)
            .execution_options(synchronize_session=False)
        )
    if proven:
        outbox.end_later(session, {row.mailing_id for row in proven}, now=now)


def note_opted_out(session: Session, message_ids: Sequence[int], *, now: datetime) -> None:
    """Close the numbers that the provider refused since they opted out there (its error 21610).

    It says so in its answer instead of a callback; it is the same withdrawal.
    """
    said = [
        Event(
            provider="twilio",
            key="",
            message_id=message_id,
            kind="refused",
            state=None,
            suppress="stop",
            occurred_at=now,
        )
        for message_id in message_ids
    ]
    _close_addresses(session, said, now)


def _close_addresses(session: Session, events: Sequence[Event], now: datetime) -> None:
    reasons: defaultdict[int, set[str]] = defaultdict(set)
    for event in events:
        if event.suppress is not None and event.message_id is not None:
            reasons[event.message_id].add(event.suppress)
    if not reasons:
        return
    rows = session.execute(
        select(Message.id, Message.contact_id, Message.address_hash, Mailing.channel)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.id.in_(reasons))
    ).all()
    went_to = {one: on.address_hash for one, on in claimed(session, reasons).items()}
    went_to |= {row.id: row.address_hash for row in rows if row.address_hash is not None}
    # The strongest comes last, so that of one instant it is what the ledger says in the end.
    said = [
        (row, reason)
        for row in rows
        if row.id in went_to
        for reason in sorted(reasons[row.id], key=lambda one: (strength(one), one))
    ]
    suppress_all(
        session,
        closings=[Closing(row.channel, went_to[row.id], reason) for row, reason in said],
        now=now,
    )
    ledger.record(
        session,
        events=[
            ledger.NewConsent(
                contact_id=row.contact_id,
                channel=row.channel,
                action=_LEDGER_ACTIONS[reason],
                source="provider",
                actor="provider",
                occurred_at=now,
                address_hash=went_to[row.id],
            )
            for row, reason in said
            if row.contact_id is not None
        ],
        now=now,
    )


_LEDGER_ACTIONS: Final = {
    "bounced": "bounced",
    "invalid": "bounced",
    "complaint": "complaint",
    "unsubscribed": "withdrawn",
    "stop": "withdrawn",
}


def _key(*parts: str) -> str:
    return f"{parts[0]}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:40]}"


def _seconds(stamp: Any) -> int | None:
    try:
        return int(stamp)
    except (TypeError, ValueError):
        return None


def _instant(seconds: int | None, now: datetime) -> datetime:
    if seconds is None:
        return now
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return now


def _without_address(value: Any) -> str:
    # Mail servers like to repeat the address in their answer.
    return " ".join(word for word in str(value)[:200].split() if "@" not in word)

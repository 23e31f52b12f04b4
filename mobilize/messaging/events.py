"""What providers tell us, in our own words: read, stored once, and applied forward only.

The order of events is not promised, nor that each comes once: an event's key is what it says about
which message and when, so that the same event under a new id is still the same. Sources: SendGrid's
Event Webhook reference; Twilio's message status callbacks.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Table, and_, case, or_, select, update
from sqlalchemy.orm import Session

from mobilize.contacts import ledger
from mobilize.contacts.suppression import Closing, strength, suppress_all
from mobilize.core.bulk import any_id, insert_new, rows_as_table
from mobilize.core.tokens import Links
from mobilize.messaging import outbox
from mobilize.messaging.claims import attach, claimed
from mobilize.messaging.deciding import close_requests
from mobilize.messaging.lettering import PROVIDER
from mobilize.messaging.models import Mailing, Message, ProviderEvent, Submission
from mobilize.messaging.states import State, may_become

_EVENTS: Final = cast("Table", ProviderEvent.__table__)
_MESSAGES: Final = cast("Table", Message.__table__)


class Event(NamedTuple):
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
    facts: dict[str, str]


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

_ORDER: Final[tuple[State, ...]] = ("delivered", "bounced", "dropped", "complained")
"""In which what one call says of one message happened, whatever the order in which it stands."""
_PASSING: Final[set[State]] = {"accepted", "deferred"}

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
    told = [(kind, item) for item in items if (kind := _kind(item)) and kind not in _IGNORED]
    # Thousands come in a second while a blast goes out: what can be done for all at once, is.
    ids = links.open_many(PROVIDER, [str(item.get("m", "")) for _, item in told], now=now)
    events = []
    for (kind, item), message_id in zip(told, ids, strict=True):
        stamp = _seconds(item.get("timestamp"))
        own = str(message_id) if message_id is not None else str(item.get("sg_event_id", ""))
        events.append(
            Event(
                provider="sendgrid",
                key=_key("sendgrid", own, kind, str(stamp), str(item.get("attempt", ""))),
                message_id=message_id,
                kind=kind,
                state=_SENDGRID_STATES.get(kind),
                suppress=_SENDGRID_SUPPRESSES.get(kind),
                occurred_at=_instant(stamp, now),
                facts={name: _without_address(item[name]) for name in _FACTS if name in item},
            )
        )
    return events


def _kind(item: Mapping[str, Any]) -> str:
    kind = str(item.get("event", ""))
    return "blocked" if kind == "bounce" and item.get("type") == "blocked" else kind


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
    attach(session, _ids(fresh))
    _prove_requests(session, [event for event in fresh if event.provider == "sendgrid"], now)
    for moves in _moves(fresh):
        _forward(session, moves, now)
    _answer_requests(session, [event for event in fresh if event.provider == "twilio"])
    _close_addresses(session, fresh, now)
    return len(fresh)


def _store(session: Session, events: Sequence[Event], now: datetime) -> list[Event]:
    by_key = {event.key: event for event in events}
    new = insert_new(
        session,
        _EVENTS,
        ("event_key", "provider", "message_id", "kind", "facts", "occurred_at", "received_at"),
        [
            (one.key, one.provider, one.message_id, one.kind, one.facts, one.occurred_at, now)
            for one in by_key.values()
        ],
        key="event_key",
    )
    return [event for key, event in by_key.items() if key in new]


def _ids(events: Iterable[Event]) -> set[int]:
    return {event.message_id for event in events if event.message_id is not None}


def _moves(events: Sequence[Event]) -> list[dict[int, State]]:
    """Where messages go, in steps where several events of a call tell of one message.

    That it was taken or waits is a step that whatever came after makes needless. All others count
    each, such as a delivery and a bounce behind it.
    """
    told: defaultdict[int, set[State]] = defaultdict(set)
    for event in events:
        if event.message_id is not None and event.state is not None:
            told[event.message_id].add(event.state)
    rounds: defaultdict[int, dict[int, State]] = defaultdict(dict)
    for message_id, states in told.items():
        final = states - _PASSING or states & {"deferred"} or states
        steps = sorted(final, key=_ORDER.index) if len(final) > 1 else final
        for number, state in enumerate(steps):
            rounds[number][message_id] = state
    return [rounds[number] for number in sorted(rounds)]


def _forward(session: Session, moves: Mapping[int, State], now: datetime) -> None:
    """Move each message to where it goes, if the way from where it stands leads there.

    One statement for all, in the order of messages: calls that come at the same time then wait for
    each other, and never each for the other.
    """
    new = rows_as_table(session, _MESSAGES, ("id", "state"), sorted(moves.items()))
    may_go = (
        and_(new.c.state == state, Message.state.in_(may_become(state)))
        for state in sorted(set(moves.values()))
    )
    arrived = case((new.c.state == "delivered", now), else_=Message.delivered_at)
    session.execute(
        update(Message)
        .where(Message.id == new.c.id, or_(*may_go))
        .values(state=new.c.state, state_at=now, delivered_at=arrived, reason=None)
        .execution_options(synchronize_session=False)
    )


def _prove_requests(session: Session, events: Sequence[Event], now: datetime) -> None:
    """Any event for one recipient proves that the whole request was taken."""
    ids = _ids(events)
    if not ids:
        return
    proven = session.execute(
        update(Submission)
        .where(
            Submission.state == "unknown",
            Submission.id.in_(
                select(Message.submission_id).where(any_id(session, Message.id, ids))
            ),
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


def _answer_requests(session: Session, events: Sequence[Event]) -> None:
    """A text's event proves that text alone; with the last one its request has no open question."""
    ids = _ids(events)
    if ids:
        close_requests(
            session,
            Submission.id.in_(
                select(Message.submission_id).where(any_id(session, Message.id, ids))
            ),
        )


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
            facts={},
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

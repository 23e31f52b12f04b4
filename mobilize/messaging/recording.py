"""Writing down what a call to a provider ended in, message by message and for the whole."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.core.bulk import update_rows
from mobilize.messaging import breaker, events, outbox
from mobilize.messaging.models import STANDING_KINDS, Chunk, Mailing, Message, Submission
from mobilize.messaging.preparing import Prepared
from mobilize.messaging.providers.outcomes import (
    OPTED_OUT,
    Accepted,
    Blocked,
    Halve,
    NotSent,
    NotTried,
    Outcome,
    Refused,
    Unknown,
)
from mobilize.messaging.service import HELD, pause_mailing

_MESSAGES: Final = cast("Table", Message.__table__)
# Every chunk ends by these: put together once, they take half as long to ask.
_MOVE: Final = update(_MESSAGES).where(
    _MESSAGES.c.mailing_id == bindparam("of_mailing"),
    _MESSAGES.c.language == bindparam("in_language"),
    _MESSAGES.c.chunk_no == bindparam("numbered"),
    or_(
        _MESSAGES.c.state == "queued",
        and_(_MESSAGES.c.state == "unknown", _MESSAGES.c.submission_id == bindparam("request")),
    ),
)
_SUBMISSIONS: Final = cast("Table", Submission.__table__)
_END_REQUEST: Final = update(_SUBMISSIONS).where(_SUBMISSIONS.c.id == bindparam("request"))
_HALVED: Final = "halved"
_HALVINGS: Final = 40
_HALVINGS_BY_ACCEPTED: Final = 4
"""One bad address among a thousand takes ten halvings and lets ten requests through; where far more
are refused than taken, it is the message itself that the provider does not like."""


@dataclass
class _Ended:
    """The outcomes of a call, sorted by what follows from them."""

    accepted: list[tuple[int, str]] = field(default_factory=list)
    before: list[tuple[int, float]] = field(default_factory=list)
    """Who was accepted a second or more before the call ended, and how many seconds."""
    refused: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    unknown: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    """Surely not with the provider: they go with another request."""
    blocked: Blocked | None = None
    not_sent: NotSent | None = None
    halve: Halve | None = None
    silence: Unknown | None = None

    @property
    def is_failure(self) -> bool:
        """Whether the provider did not work: nothing was answered as it should be."""
        answered = bool(self.accepted or self.refused or self.halve)
        return self.not_sent is not None or (self.silence is not None and not answered)


def record(
    session: Session,
    prepared: Prepared,
    outcomes: Mapping[int, Outcome],
    *,
    now: datetime,
    real_now: datetime,
    max_attempts: int,
) -> None:
    """Write down what a call ended in, message by message and for the whole.

    Rows are taken in one order by all who take several (docs/decisions/0014-sending.md): a mailing
    where it must be held, the chunk, messages, the request, the provider, and last the budget.

    Args:
        session: The transaction.
        prepared: What was sent.
        outcomes: What became of each message.
        now: The moment.
        real_now: The moment by the machine's clock, for how long a provider is left alone.
        max_attempts: After how many a request is given up.
    """
    ended = _sorted_out(outcomes)
    goes_on = bool(ended.back) or prepared.is_part
    if goes_on:
        _hold(session, prepared)
        is_ours = True
    else:
        is_ours = _release(session, prepared, state="done")
        if not is_ours:
            _hold(session, prepared)
    if ended.accepted:
        ids = [message_id for message_id, _ in ended.accepted]
        if prepared.channel == "sms":
            update_rows(session, _MESSAGES, ("id", "provider_ref"), ended.accepted, same={})
        # Who took the chunk over may have written why they know nothing of it.
        _move(session, prepared, ids, now, state="accepted", accepted_at=now, reason=None)
        own = [
            (one, max(prepared.at, now - timedelta(seconds=int(ago)))) for one, ago in ended.before
        ]
        update_rows(session, _MESSAGES, ("id", "accepted_at"), own, same={})
    for reason, ids in ended.refused.items():
        _move(session, prepared, ids, now, state="refused", reason=reason)
    if opted_out := ended.refused.get(OPTED_OUT):
        events.note_opted_out(session, opted_out, now=now)
    if ended.unknown:
        _move(session, prepared, ended.unknown, now, state="unknown", reason="no_answer")
    _close(session, prepared, ended, now)
    until = _note_provider(session, prepared, ended, now, real_now)
    if goes_on and ended.not_sent is not None and prepared.attempts >= max_attempts:
        is_ours = _give_up(session, prepared, ended, ended.not_sent, now)
    elif goes_on:
        is_ours = _put_back(session, prepared, ended, until, now)
    if not is_ours:
        # Whoever took the chunk over may have ended the mailing without our answer.
        outbox.end_later(session, [prepared.chunk[0]], now=now)


def _hold(session: Session, prepared: Prepared) -> None:
    """Hold the mailing and the chunk of which something goes with another request.

    Who is just cancelling it is waited for, so that nothing is put back into it after that.
    """
    mailing_id, language, number = prepared.chunk
    session.get_one(Mailing, mailing_id, with_for_update=HELD, populate_existing=True)
    own = select(Chunk.number).where(
        Chunk.mailing_id == mailing_id, Chunk.language == language, Chunk.number == number
    )
    session.execute(own.with_for_update())


def _sorted_out(outcomes: Mapping[int, Outcome]) -> _Ended:
    ended = _Ended()
    for message_id, outcome in outcomes.items():
        match outcome:
            case Accepted(ref, ago):
                ended.accepted.append((message_id, ref))
                if ago >= 1:
                    ended.before.append((message_id, ago))
            case Refused(reason):
                ended.refused[reason].append(message_id)
            case Unknown():
                ended.unknown.append(message_id)
                ended.silence = outcome
            case NotSent():
                ended.back.append(message_id)
                ended.not_sent = outcome
            case Blocked():
                ended.back.append(message_id)
                ended.blocked = outcome
            case Halve():
                ended.back.append(message_id)
                ended.halve = outcome
            case NotTried():
                ended.back.append(message_id)
    return ended


def _note_provider(
    session: Session, prepared: Prepared, ended: _Ended, now: datetime, real_now: datetime
) -> datetime | None:
    """Tell all workers how the provider stands; return until when it is left alone, if it is."""
    provider = outbox.PROVIDER_OF[prepared.channel]
    if ended.blocked is not None:
        breaker.block(
            session, provider=provider, reason=_said(ended.blocked), now=now, real_now=real_now
        )
    elif ended.is_failure:
        why = ended.not_sent or ended.silence
        assert why is not None
        return breaker.note_failure(
            session,
            provider=provider,
            reason=_said(why),
            now=now,
            real_now=real_now,
            asked=why.retry_after,
            at_once=ended.not_sent is not None or why.retry_after is not None,
        )
    elif prepared.is_troubled:
        breaker.note_success(session, provider=provider)
    return None


def _said(outcome: NotSent | Blocked | Unknown | Halve) -> str:
    return f"{outcome.reason} {outcome.detail}".strip()[:200]


def set_aside(session: Session, prepared: Prepared, error: Exception, *, now: datetime) -> None:
    """Put a chunk back whose letters could not be made, and pause its mailing: a person must look.

    The error's kind is told and not its words, in which a value of somebody's might stand.
    """
    put_back(session, prepared, f"not_ready {type(error).__name__}", now=now)


def put_back(session: Session, prepared: Prepared, reason: str, *, now: datetime) -> None:
    """Put a chunk back of which nothing went, and pause its mailing with the reason (`PAUSES`)."""
    _hold(session, prepared)
    mailing_id, _, _ = prepared.chunk
    if session.get_one(Mailing, mailing_id).state == "sending":
        pause_mailing(session, mailing_id=mailing_id, reason=reason)
    _release(session, prepared, state="ready", error=reason, uncounted=True)
    _end_request(session, prepared, "not_sent", reason, now)
    if prepared.is_troubled:
        breaker.give_probe_back(session, provider=outbox.PROVIDER_OF[prepared.channel])


def _move(
    session: Session,
    prepared: Prepared,
    ids: Sequence[int],
    now: datetime,
    **values: object,
) -> None:
    """Move messages of the request to where its end puts them.

    An event may have come before this commit: then the message is further on already, and stays.
    Who took the chunk over after our lease ran out has called it unknown; we know better.
    """
    mailing_id, language, number = prepared.chunk
    # Nearly always it is the whole chunk, which its number names as well as a thousand ids do.
    is_part = prepared.is_part or len(ids) < prepared.size
    session.execute(
        _MOVE.where(_MESSAGES.c.id.in_(ids)) if is_part else _MOVE,
        {
            "of_mailing": mailing_id,
            "in_language": language,
            "numbered": number,
            "request": prepared.submission_id,
            "submission_id": prepared.submission_id,
            "state_at": now,
            **values,
        },
    )


def _of_chunk(prepared: Prepared) -> tuple[Any, ...]:
    mailing_id, language, number = prepared.chunk
    return (
        Message.mailing_id == mailing_id,
        Message.language == language,
        Message.chunk_no == number,
    )


def _close(session: Session, prepared: Prepared, ended: _Ended, now: datetime) -> None:
    state, ref, error = "accepted", None, None
    if ended.unknown:
        state = "unknown"
    elif not ended.accepted:
        state = "refused" if ended.refused or ended.halve else "not_sent"
    if ended.accepted and prepared.channel == "email":
        ref = ended.accepted[0][1]
    if ended.halve is not None:
        error = _HALVED
    elif why := ended.blocked or ended.not_sent or ended.silence:
        error = _said(why)
    elif ended.refused:
        error = next(iter(ended.refused))
    _end_request(session, prepared, state, error, now, ref=ref)


def _end_request(
    session: Session,
    prepared: Prepared,
    state: str,
    error: str | None,
    now: datetime,
    *,
    ref: str | None = None,
) -> None:
    ended = {"state": state, "provider_ref": ref, "error": error, "finished_at": now}
    session.execute(_END_REQUEST, {"request": prepared.submission_id, **ended})


def _give_up(
    session: Session, prepared: Prepared, ended: _Ended, why: NotSent, now: datetime
) -> bool:
    """The last attempt was made: whoever is left in the chunk is given up, visibly.

    Where another holds the chunk by now, what is left in it may be with the provider through them.

    Returns:
        Whether it was ours still.
    """
    is_ours = _release(session, prepared, state="done", error=_said(why))
    if is_ours:
        _end(session, prepared, now, state="failed", reason="given_up")
    else:
        _know_better(session, prepared, ended.back, now)
    return is_ours


def _end(session: Session, prepared: Prepared, now: datetime, **values: object) -> None:
    """Move all of the chunk that surely has not gone."""
    session.execute(
        update(Message)
        .where(*_of_chunk(prepared), Message.state == "queued")
        .values(state_at=now, **values)
        .execution_options(synchronize_session=False)
    )


def _put_back(
    session: Session, prepared: Prepared, ended: _Ended, until: datetime | None, now: datetime
) -> bool:
    """Let what has not gone go with another request; only what was refused counts as an attempt.

    Returns:
        Whether the chunk was ours still.
    """
    mailing = session.get_one(Mailing, prepared.chunk[0])
    why = ended.blocked or ended.not_sent or ended.halve
    error = _said(why) if why else None
    if mailing.state == "cancelled":
        is_ours = _release(session, prepared, state="done", error=error)
        if is_ours:
            _end(session, prepared, now, state="cancelled", reason="cancelled")
        return is_ours
    is_ours = _release(
        session,
        prepared,
        state="ready",
        wait_until=until if ended.not_sent else None,
        error=error,
        uncounted=ended.not_sent is None,
    )
    if not is_ours:
        _know_better(session, prepared, ended.back, now)
    elif ended.halve is not None:
        if _is_the_message_itself(session, prepared, mailing):
            pause_mailing(session, mailing_id=mailing.id, reason=_said(Blocked("text_refused")))
        outbox.split(session, prepared.chunk, ended.back[len(ended.back) // 2 :], now=now)
    return is_ours


def _is_the_message_itself(session: Session, prepared: Prepared, mailing: Mailing) -> bool:
    if mailing.kind in STANDING_KINDS or mailing.state != "sending":
        return False
    counted = dict(
        session.execute(
            select(Submission.state, func.count())
            .where(
                Submission.mailing_id == prepared.chunk[0],
                Submission.language == prepared.chunk[1],
                or_(Submission.state == "accepted", Submission.error == _HALVED),
            )
            .group_by(Submission.state)
        ).all()
    )
    most = _HALVINGS + _HALVINGS_BY_ACCEPTED * counted.get("accepted", 0)
    return counted.get("refused", 0) >= most


def _know_better(session: Session, prepared: Prepared, ids: Sequence[int], now: datetime) -> None:
    """Who took over after our lease ran out has called these unknown: they have surely not gone."""
    session.execute(
        update(Message)
        .where(
            *_of_chunk(prepared),
            Message.id.in_(ids),
            Message.state == "unknown",
            Message.submission_id == prepared.submission_id,
        )
        .values(state="queued", reason=None, state_at=now, chunk_no=None, submission_id=None)
        .execution_options(synchronize_session=False)
    )


def _release(session: Session, prepared: Prepared, *, state: str, **how: Any) -> bool:
    """Give the chunk back where we hold it still; whether we did."""
    return outbox.release(session, prepared.chunk, holder=prepared.worker, state=state, **how)

"""Writing down what a call to a provider ended in, message by message and for the whole."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import Table, and_, or_, true, update
from sqlalchemy.orm import Session

from mobilize.core.bulk import update_rows
from mobilize.core.clock import SystemClock
from mobilize.core.db import upsert
from mobilize.messaging import outbox
from mobilize.messaging.models import Mailing, Message, ProviderPause, Submission
from mobilize.messaging.preparing import Prepared
from mobilize.messaging.providers.outcomes import (
    Accepted,
    Blocked,
    NotSent,
    Outcome,
    Refused,
    Unknown,
)
from mobilize.messaging.service import pause_mailing

_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 300.0
_MESSAGES: Final = cast("Table", Message.__table__)


def record(
    session: Session,
    prepared: Prepared,
    outcomes: Mapping[int, Outcome],
    *,
    now: datetime,
    max_attempts: int,
) -> None:
    """Write down what a call ended in, message by message and for the whole."""
    groups: defaultdict[Outcome, list[int]] = defaultdict(list)
    for message_id, outcome in outcomes.items():
        groups[outcome].append(message_id)
    refs: list[tuple[int, str]] = []
    stopped: NotSent | Blocked | None = None
    for outcome, ids in groups.items():
        match outcome:
            case Accepted() if prepared.channel == "email":
                _move(session, prepared, ids, now, state="accepted", accepted_at=now)
            case Accepted(ref):
                refs += [(message_id, ref) for message_id in ids]
            case Refused(reason):
                _move(session, prepared, ids, now, state="refused", reason=reason)
            case Unknown(reason):
                _move(session, prepared, ids, now, state="unknown", reason="no_answer")
            case NotSent() | Blocked():
                stopped = outcome
    if refs:
        update_rows(session, _MESSAGES, ("id", "provider_ref"), refs, same={})
        ids = [message_id for message_id, _ in refs]
        _move(session, prepared, ids, now, state="accepted", accepted_at=now)
    _close(session, prepared, groups, now)
    if stopped is None:
        _clear_pause(session, prepared)
        _release(session, prepared, now, state="done")
    else:
        _try_again(session, prepared, stopped, now=now, max_attempts=max_attempts)


def set_aside(session: Session, prepared: Prepared, error: Exception, *, now: datetime) -> None:
    """Put a chunk back whose letters could not be made, and pause its mailing: a person must look.

    The error's kind is told and not its words, in which a value of somebody's might stand.
    """
    reason = f"its messages could not be made ready ({type(error).__name__})"
    session.execute(
        update(Submission)
        .where(Submission.id == prepared.submission_id)
        .values(state="not_sent", error=reason, finished_at=now)
    )
    mailing_id, _, _ = prepared.chunk
    if session.get_one(Mailing, mailing_id, with_for_update=True).state == "sending":
        pause_mailing(session, mailing_id=mailing_id, reason=reason)
    outbox.release(
        session, prepared.chunk, holder=prepared.worker, state="ready", error=reason, uncounted=True
    )


def _move(
    session: Session,
    prepared: Prepared,
    ids: Sequence[int] | None,
    now: datetime,
    **values: object,
) -> None:
    """Move messages of the request to where its end puts them; without ids all that wait still.

    An event may have come before this commit: then the message is further on already, and stays.
    Who took the chunk over after our lease ran out has called it unknown; we know better.
    """
    mailing_id, language, number = prepared.chunk
    # Nearly always it is the whole batch, which the chunk names as well as a thousand ids do.
    is_part = ids is not None and len(ids) < prepared.size
    session.execute(
        update(Message)
        .where(
            Message.mailing_id == mailing_id,
            Message.language == language,
            Message.chunk_no == number,
            Message.id.in_(ids or ()) if is_part else true(),
            or_(
                Message.state == "queued",
                and_(Message.state == "unknown", Message.submission_id == prepared.submission_id),
            ),
        )
        .values(state_at=now, submission_id=prepared.submission_id, **values)
        .execution_options(synchronize_session=False)
    )


def _close(
    session: Session,
    prepared: Prepared,
    groups: Mapping[Outcome, list[int]],
    now: datetime,
) -> None:
    kinds = {type(outcome) for outcome in groups}
    state = "accepted"
    for kind, name in ((Unknown, "unknown"), (NotSent, "not_sent"), (Blocked, "not_sent")):
        if kind in kinds:
            state = name
            break
    else:
        state = "refused" if kinds == {Refused} else "accepted"
    ref = next((o.ref for o in groups if isinstance(o, Accepted)), None)
    error = next((o.reason for o in groups if not isinstance(o, Accepted)), None)
    session.execute(
        update(Submission)
        .where(Submission.id == prepared.submission_id)
        .values(
            state=state,
            provider_ref=ref if prepared.channel == "email" else None,
            error=error,
            finished_at=now,
        )
    )


def _try_again(
    session: Session,
    prepared: Prepared,
    stopped: NotSent | Blocked,
    *,
    now: datetime,
    max_attempts: int,
) -> None:
    """Leave queued what the provider surely did not take, or give it up after the last attempt."""
    if isinstance(stopped, NotSent) and prepared.attempts >= max_attempts:
        _move(session, prepared, None, now, state="failed", reason="given_up")
        _release(session, prepared, now, state="done", error=stopped.reason)
        return
    real_now = SystemClock().now()
    until = None
    if isinstance(stopped, NotSent):
        until = real_now + timedelta(seconds=_wait(prepared.attempts, stopped.retry_after))
    _pause(session, prepared, stopped.reason, real_now, until)
    if session.get_one(Mailing, prepared.chunk[0]).state == "cancelled":
        _move(session, prepared, None, now, state="cancelled", reason="cancelled")
        _release(session, prepared, now, state="done", error=stopped.reason)
        return
    # Who took over after our lease ran out has called these unknown: now they are known.
    session.execute(
        update(Message)
        .where(
            Message.mailing_id == prepared.chunk[0],
            Message.language == prepared.chunk[1],
            Message.chunk_no == prepared.chunk[2],
            Message.state == "unknown",
            Message.submission_id == prepared.submission_id,
        )
        .values(state="queued", reason=None, state_at=now, chunk_no=None, submission_id=None)
        .execution_options(synchronize_session=False)
    )
    # A blocked provider's refusals cost no attempt.
    _release(
        session,
        prepared,
        now,
        state="ready",
        wait_until=until,
        error=stopped.reason,
        uncounted=isinstance(stopped, Blocked),
    )


def _release(
    session: Session, prepared: Prepared, now: datetime, *, state: str, **how: Any
) -> None:
    if not outbox.release(session, prepared.chunk, holder=prepared.worker, state=state, **how):
        # Whoever took the chunk over may have ended the mailing without our answer.
        outbox.end_later(session, [prepared.chunk[0]], now=now)


def _wait(attempts: int, asked: float | None) -> float:
    """Seconds until the next attempt: what the provider asked for, else doubling with jitter."""
    if asked is not None:
        return min(asked, _LONGEST_WAIT)
    doubled = min(_FIRST_WAIT * 2.0 ** (attempts - 1), _LONGEST_WAIT)
    jitter = random.uniform(0.5, 1.0)  # noqa: S311 - to spread workers, not to hide
    return doubled * jitter


def _pause(
    session: Session, prepared: Prepared, reason: str, since: datetime, until: datetime | None
) -> None:
    # All workers keep away from a provider that is busy: the pause is a row, not a variable.
    table = ProviderPause.__table__
    assert isinstance(table, Table)
    row = {
        "provider": outbox.PROVIDER_OF[prepared.channel],
        "reason": reason,
        "since": since,
        "until": until,
    }
    upsert(session, table, [row], key=["provider"], update=["reason", "since", "until"])


def _clear_pause(session: Session, prepared: Prepared) -> None:
    standing = session.get(ProviderPause, outbox.PROVIDER_OF[prepared.channel])
    if standing is not None and standing.until is not None:
        session.delete(standing)

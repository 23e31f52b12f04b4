"""What people decide where the machine must not: messages without an answer, paused providers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from mobilize.core.errors import Conflict, NotFound
from mobilize.messaging.models import Mailing, Message, ProviderPause, Submission, Template

NOT_SENT_AGAIN: Final = "decided_not_sent_again"


@dataclass(frozen=True)
class UnknownGroup:
    """The messages of one mailing of which nobody knows whether the provider took them."""

    mailing_id: int
    mailing_public_id: str
    kind: str
    template: str
    channel: str
    count: int
    oldest: datetime


def unknown_by_mailing(
    session: Session, *, before: datetime | None = None
) -> Sequence[UnknownGroup]:
    """Messages without an answer by mailing, those that wait the longest first.

    Args:
        session: The session.
        before: Count only those that have been waiting since before this moment.
    """
    oldest = func.min(Message.state_at)
    statement = (
        select(
            Mailing.id,
            Mailing.public_id,
            Mailing.kind,
            Template.name,
            Mailing.channel,
            func.count(),
            oldest,
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Template, Template.id == Mailing.template_id)
        .where(*_without_answer())
        .group_by(Mailing.id, Mailing.public_id, Mailing.kind, Template.name, Mailing.channel)
        .order_by(oldest, Mailing.id)
    )
    if before is not None:
        statement = statement.where(Message.state_at < before)
    return [UnknownGroup(*row) for row in session.execute(statement)]


def mailing_by_public_id(session: Session, public_id: str) -> Mailing:
    """One mailing.

    Raises:
        NotFound: There is none with that id.
    """
    mailing = session.scalar(select(Mailing).where(Mailing.public_id == public_id))
    if mailing is None:
        raise NotFound("There is no such mailing.", hint="Look at the list of open questions.")
    return mailing


def give_up_unknown(
    session: Session, *, mailing_id: int, now: datetime, before: datetime | None = None
) -> int:
    """Settle that what has no answer is not sent again: nobody gets it twice.

    A late word of the provider no longer changes it: it stays among those given up.

    Args:
        session: The session.
        mailing_id: Whose messages.
        now: The moment of the decision.
        before: Only those that have been waiting since before this moment.

    Returns:
        How many messages it was about.
    """
    return _settle(session, mailing_id, now, before=before, state="failed", reason=NOT_SENT_AGAIN)


def send_unknown_again(session: Session, *, mailing_id: int, now: datetime) -> int:
    """Send once more what has no answer; whoever got it the first time gets it twice.

    Everybody is asked about at the gate again, and a mailing that was done goes on.

    Returns:
        How many messages it is about.

    Raises:
        NotFound: There is no such mailing.
        Conflict: It was cancelled, so that nothing of it may go.
    """
    mailing = session.get(Mailing, mailing_id, with_for_update=True)
    if mailing is None:
        raise NotFound("There is no such mailing.", hint="Look at the list of open questions.")
    if mailing.state == "cancelled":
        raise Conflict(
            "The mailing was cancelled; nothing of it is sent.",
            hint="Decide that its messages are not sent again.",
        )
    again = _settle(
        session, mailing_id, now, state="queued", reason=None, chunk_no=None, submission_id=None
    )
    if again and mailing.state == "done":
        mailing.state, mailing.finished_at = "sending", None
        session.flush()
    return again


def pauses(session: Session, *, real_now: datetime) -> Sequence[ProviderPause]:
    """The providers that are not called now, with the reason.

    Args:
        session: The session.
        real_now: The machine's time: providers' waits run on it, not on a virtual clock.
    """
    open_still = ProviderPause.until.is_(None) | (ProviderPause.until > real_now)
    return session.scalars(
        select(ProviderPause).where(open_still).order_by(ProviderPause.since)
    ).all()


def lift_pause(session: Session, *, provider: str) -> None:
    """Let a provider be called again, because somebody has looked.

    Raises:
        NotFound: It is not paused.
    """
    standing = session.get(ProviderPause, provider, with_for_update=True)
    if standing is None:
        raise NotFound(f"{provider} is not paused.", hint="Nothing needs to be done.")
    session.delete(standing)
    session.flush()


def _settle(
    session: Session,
    mailing_id: int,
    now: datetime,
    *,
    before: datetime | None = None,
    **values: object,
) -> int:
    meant = [Message.mailing_id == mailing_id, *_without_answer()]
    if before is not None:
        meant.append(Message.state_at < before)
    settled = session.scalars(
        update(Message)
        .where(*meant)
        .values(state_at=now, **values)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    close_requests(session, Submission.mailing_id == mailing_id)
    return len(settled)


def _without_answer() -> tuple[ColumnElement[bool], ...]:
    # Found through the few requests without an answer, not by looking at every message.
    return (
        Submission.state == "unknown",
        Message.mailing_id == Submission.mailing_id,
        Message.language == Submission.language,
        Message.chunk_no == Submission.chunk_no,
        Message.submission_id == Submission.id,
        Message.state == "unknown",
    )


def is_open_still() -> ColumnElement[bool]:
    """Whether a request has messages of which nobody knows yet whether they went."""
    return select(Message.id).where(*_without_answer()).correlate(Submission).exists()


def close_requests(session: Session, which: ColumnElement[bool]) -> None:
    """Note of requests that they leave no question open any more, where that is so."""
    session.execute(
        update(Submission)
        .where(which, Submission.state == "unknown", ~is_open_still())
        .values(state="settled")
        .execution_options(synchronize_session=False)
    )

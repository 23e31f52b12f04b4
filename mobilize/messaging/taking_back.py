"""Taking back messages that have not gone; what a worker holds is left to it."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from mobilize.messaging.models import Chunk, Message


def take_back(
    session: Session, which: ColumnElement[bool], *, state: str, reason: str, now: datetime
) -> None:
    """Let waiting messages never go.

    What a worker holds is with the provider already, or is stopped at the gate; its outcome is
    written down as it comes.

    Args:
        session: The session of the transaction.
        which: The messages.
        state: What they become.
        reason: Why, as organizers read it.
        now: The moment.
    """
    held = select(Chunk.number).where(
        Chunk.mailing_id == Message.mailing_id,
        Chunk.language == Message.language,
        Chunk.number == Message.chunk_no,
        Chunk.state == "leased",
    )
    session.execute(
        update(Message)
        .where(which, Message.state == "queued", ~held.exists())
        .values(
            state=state,
            reason=reason,
            state_at=now,
            chunk_no=func.coalesce(Message.chunk_no, 0),
        )
        .execution_options(synchronize_session=False)
    )

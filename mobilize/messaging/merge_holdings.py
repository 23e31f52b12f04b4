"""What becomes of messages when two records are found to be one person's: one of a mailing goes.

Messages are handed to the record that stands for the person, so that their links, the cap and the
audiences know the person as one. Of two messages of one mailing that both still wait, one stays
with the merged record, or is handed to it, where the gate refuses it at the moment of sending: no
message changes its state here, and parting the records puts all back.
"""

from typing import Final

from sqlalchemy import ColumnElement, String, and_, cast, or_, select, update
from sqlalchemy.orm import Session, aliased

from mobilize.core.moving import Rows
from mobilize.messaging.claims import unpack
from mobilize.messaging.models import Chunk, Mailing, Message, Submission
from mobilize.messaging.states import REACHED_PROVIDER

_MESSAGES: Final = Rows(Message.id, Message.contact_id)
_GONE: Final = (*REACHED_PROVIDER, "unknown")


def merge(session: Session, kept_id: int, merged_id: int) -> dict[str, list[int]]:
    """Hand over the messages of a record that is merged; no mailing goes twice to the person."""
    _hold_chunks(session, kept_id, merged_id)
    _name(session, kept_id, merged_id)
    with_provider = _with_provider(session, merged_id)
    other = aliased(Message)
    in_same = select(other.id).where(other.mailing_id == Message.mailing_id)
    went = or_(other.state.in_(_GONE), other.id.in_(with_provider))
    came_too_late = _waits() & in_same.where(other.contact_id == merged_id, went).exists()
    late = list(
        session.scalars(select(Message.id).where(Message.contact_id == kept_id, came_too_late))
    )
    twice = (
        _waits()
        & Message.id.not_in(with_provider)
        & in_same.where(other.contact_id == kept_id).exists()
    )
    given = _MESSAGES.hand_over(session, giver=merged_id, taker=kept_id, which=~twice)
    _MESSAGES.give(session, late, giver=kept_id, taker=merged_id)
    return {"given": given, "returned": late}


def part(session: Session, kept_id: int, merged_id: int, memo: dict[str, list[int]]) -> None:
    """Give the messages back."""
    _MESSAGES.give(session, memo["given"], giver=kept_id, taker=merged_id)
    _MESSAGES.give(session, memo["returned"], giver=merged_id, taker=kept_id)
    _unname(session, kept_id, merged_id)


def _name(session: Session, *contact_ids: int) -> None:
    """Note which record each message of a mailing to many is for: the person may have two of it."""
    session.execute(
        update(Message)
        .where(Message.contact_id.in_(contact_ids), Message.dedupe_key == "")
        .values(dedupe_key=cast(Message.contact_id, String))
        .execution_options(synchronize_session=False)
    )


def _unname(session: Session, *contact_ids: int) -> None:
    """Each record has its own messages again, one of a mailing, as far as no other was merged."""
    session.execute(
        update(Message)
        .where(
            Message.contact_id.in_(contact_ids),
            Message.dedupe_key == cast(Message.contact_id, String),
        )
        .values(dedupe_key="")
        .execution_options(synchronize_session=False)
    )


def _hold_chunks(session: Session, *contact_ids: int) -> None:
    """Wait for whoever is just taking a chunk with messages of theirs, and let nobody take one.

    A claim that is not committed yet is not seen: the one message would go, and the other too.
    """
    session.execute(
        select(Chunk.number)
        .join(
            Message,
            and_(
                Message.mailing_id == Chunk.mailing_id,
                Message.language == Chunk.language,
                Message.chunk_no == Chunk.number,
            ),
        )
        .where(
            Message.contact_id.in_(contact_ids),
            Message.state == "queued",
            Chunk.state == "ready",
        )
        .order_by(Chunk.mailing_id, Chunk.language, Chunk.number)
        .with_for_update(of=Chunk)
    )


def _waits() -> ColumnElement[bool]:
    """Whether a message of a mailing to many waits; of the others each is one of its own."""
    to_many = select(Mailing.id).where(
        Mailing.id == Message.mailing_id, Mailing.kind.in_(("alert", "followup"))
    )
    return (Message.state == "queued") & to_many.exists()


def _with_provider(session: Session, contact_id: int) -> list[int]:
    """The waiting messages of a record that a provider may have at this moment."""
    rows = session.execute(
        select(Message.id, Submission.claim)
        .join(
            Submission,
            and_(
                Submission.mailing_id == Message.mailing_id,
                Submission.language == Message.language,
                Submission.chunk_no == Message.chunk_no,
            ),
        )
        .where(
            Message.contact_id == contact_id,
            Message.state == "queued",
            Submission.state == "submitting",
        )
    )
    return sorted({one for one, claim in rows if one in {held[0] for held in unpack(claim)}})

"""Who a request to a provider is for: one packed record each, committed before the call is made.

A request for a thousand people is claimed by one row instead of a thousand: the row says who was
let through at the gate, on which consent, at which address. What was `queued` in the chunk and
stands in the claim of a `submitting` request is with the provider, or nobody knows; a crash finds
everything it needs here. Once the call has ended the messages themselves say how.
"""

import struct
from collections.abc import Collection
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from mobilize.core.bulk import any_id
from mobilize.messaging.models import Message, Submission

_RECORD: Final = struct.Struct(">QQ32s")
_NOTHING: Final = 0


class Claimed(NamedTuple):
    """One message of a request.

    Attributes:
        message_id: Our row.
        consent_event_id: The ledger's row on which it goes; none for an address being confirmed.
        address_hash: The keyed hash of the address that it goes to.
    """

    message_id: int
    consent_event_id: int | None
    address_hash: bytes


def pack(people: Collection[tuple[int, int | None, bytes]]) -> bytes:
    """The records as one value, 48 bytes each, in the order of `Claimed`."""
    numbers = chain.from_iterable((one, consent or _NOTHING, at) for one, consent, at in people)
    return _records(len(people)).pack(*numbers)


@lru_cache(maxsize=4)
def _records(count: int) -> struct.Struct:
    # Nearly every claim is of a thousand: one call for all takes half as long as one for each.
    return struct.Struct(">" + "QQ32s" * count)


def unpack(packed: bytes) -> list[Claimed]:
    """The records that `pack` made."""
    return [Claimed(one, consent or None, at) for one, consent, at in _RECORD.iter_unpack(packed)]


def attach(session: Session, message_ids: Collection[int]) -> None:
    """Give messages the request that they went with, where a provider was faster than our commit.

    A chunk that was tried several times has several requests; the last one is the one that went.
    """
    latest = (
        select(func.max(Submission.id))
        .where(
            Submission.mailing_id == Message.mailing_id,
            Submission.language == Message.language,
            Submission.chunk_no == Message.chunk_no,
        )
        .correlate(Message)
        .scalar_subquery()
    )
    session.execute(
        update(Message)
        .where(
            any_id(session, Message.id, message_ids),
            Message.submission_id.is_(None),
            Message.chunk_no.is_not(None),
        )
        .values(submission_id=latest)
        .execution_options(synchronize_session=False)
    )


def claimed(session: Session, message_ids: Collection[int]) -> dict[int, Claimed]:
    """What is on record of messages that went, by message; those that never went are missing."""
    attach(session, message_ids)
    return on_record(session, message_ids)


def on_record(session: Session, message_ids: Collection[int]) -> dict[int, Claimed]:
    """The same without writing anything, for those whose request is noted on them."""
    wanted = set(message_ids)
    packed = session.scalars(
        select(Submission.claim).where(
            Submission.id.in_(select(Message.submission_id).where(Message.id.in_(wanted)))
        )
    )
    return {one.message_id: one for claim in packed for one in unpack(claim) if one[0] in wanted}

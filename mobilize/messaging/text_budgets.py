"""A mailing's budget for text messages: what goes is counted before it goes, and not beyond a cap.

Each batch is counted as it is, with every recipient's own values in it, in a transaction of its own
right before the call: whatever changed since the launch, be it a name, a merge or a price of words,
the cap holds. What the provider surely did not take is given back; what has no answer stays
counted, since it may have cost.
"""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Table, or_, select, update
from sqlalchemy.orm import Session

from mobilize.core.db import upsert
from mobilize.messaging.models import TextBudget
from mobilize.messaging.providers.outcomes import Accepted, Batch, Letter, Outcome, Unknown
from mobilize.messaging.sms import cost_of

CAP_REACHED: Final = "cap_reached"
"""Why a mailing is paused whose next texts would pass the cap."""


def set_budget(session: Session, *, mailing_id: int, price_micros: int, most: int | None) -> None:
    """Say what a mailing's segments cost and how many there may be; what is counted stays."""
    row = {"mailing_id": mailing_id, "price_micros": price_micros, "most": most, "segments": 0}
    table = TextBudget.__table__
    assert isinstance(table, Table)
    upsert(session, table, [row], key=["mailing_id"], update=["price_micros", "most"])


def segments_of(batch: Batch, letters: Collection[Letter]) -> int:
    """In how many segments some letters of a batch go."""
    return sum(cost_of(batch.words_for(letter)).segments for letter in letters)


def reserve(session: Session, *, mailing_id: int, segments: int) -> bool:
    """Count segments that are about to go, where the budget allows them.

    Of several workers that ask at once each is told for itself: the row is asked and written in one
    statement. The caller commits before the call, and holds no other row until then.

    Returns:
        Whether they may go.
    """
    counted = session.execute(
        update(TextBudget)
        .where(
            TextBudget.mailing_id == mailing_id,
            or_(TextBudget.most.is_(None), TextBudget.segments + segments <= TextBudget.most),
        )
        .values(segments=TextBudget.segments + segments)
        .returning(TextBudget.mailing_id)
    )
    return counted.first() is not None


def has_budget(session: Session, mailing_id: int) -> bool:
    """Whether the texts of a mailing are counted: those of alerts are."""
    found = select(TextBudget.mailing_id).where(TextBudget.mailing_id == mailing_id)
    return session.scalar(found) is not None


def settle(
    session: Session, mailing_id: int, batch: Batch, outcomes: Mapping[int, Outcome]
) -> None:
    """Take off what the provider surely did not take."""
    may_cost = (Accepted, Unknown)
    back = [one for one in batch.letters if not isinstance(outcomes[one.message_id], may_cost)]
    if back:
        session.execute(
            update(TextBudget)
            .where(TextBudget.mailing_id == mailing_id)
            .values(segments=TextBudget.segments - segments_of(batch, back))
        )

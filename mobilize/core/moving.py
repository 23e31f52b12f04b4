"""Handing rows from one person's record to another's, and back: for merging and parting them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

_CHUNK: Final = 1000


@dataclass(frozen=True)
class Rows:
    """The rows of one table that belong to persons.

    Attributes:
        key: The table's key.
        owner: The column that says whose a row is.
    """

    key: InstrumentedAttribute[Any]
    owner: InstrumentedAttribute[Any]

    def hand_over(
        self,
        session: Session,
        *,
        giver: int,
        taker: int,
        which: ColumnElement[bool] | None = None,
    ) -> list[int]:
        """Let what belongs to one record belong to another.

        Args:
            session: The session of the transaction.
            giver: Whose the rows are.
            taker: Whose they become.
            which: Only these of them; all where not said.

        Returns:
            The keys of the rows, for handing them back.
        """
        wanted = select(self.key).where(self.owner == giver).order_by(self.key)
        ids = list(session.scalars(wanted if which is None else wanted.where(which)))
        self.give(session, ids, giver=giver, taker=taker)
        return ids

    def give(self, session: Session, ids: Iterable[int], *, giver: int, taker: int) -> None:
        """Let these rows belong to another record, as far as they still are the giver's."""
        keys = list(ids)
        for start in range(0, len(keys), _CHUNK):
            session.execute(
                update(self.key.class_)
                .where(self.key.in_(keys[start : start + _CHUNK]), self.owner == giver)
                .values({self.owner: taker})
                .execution_options(synchronize_session=False)
            )

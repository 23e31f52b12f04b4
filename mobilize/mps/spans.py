"""When something began and ended, where the sources may only bound the days.

A span is half open: it holds from its start up to, but not on, its end. Each end is kept as two
days, *not before* and *not after*; they are the same day where the date is known. So a question "on
this day?" has three answers: surely, possibly, no.
"""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Mapped


class Span:
    """The columns of a span, for a table to inherit."""

    start_not_before: Mapped[date]
    start_not_after: Mapped[date]
    end_not_before: Mapped[date | None]
    """None in both columns of the end: it has not ended, as far as is known."""
    end_not_after: Mapped[date | None]

    @property
    def start_on(self) -> date | None:
        """The day it began, where that is known exactly."""
        return self.start_not_before if self.start_not_before == self.start_not_after else None

    @property
    def end_on(self) -> date | None:
        """The first day it no longer held, where that is known exactly."""
        return self.end_not_before if self.end_not_before == self.end_not_after else None

    def surely_holds(self, on: date) -> bool:
        """Whether it held on a day, whatever the unknown dates turn out to be."""
        return self.start_not_after <= on and (
            self.end_not_before is None or on < self.end_not_before
        )

    @classmethod
    def surely_holding(cls, on: date) -> ColumnElement[bool]:
        """`surely_holds` as a question to the database."""
        return and_(
            cls.start_not_after <= on, or_(cls.end_not_before.is_(None), cls.end_not_before > on)
        )

    @classmethod
    def possibly_holding(cls, on: date) -> ColumnElement[bool]:
        """The rows that held on a day, surely or possibly."""
        return and_(
            cls.start_not_before <= on,
            or_(cls.end_not_after.is_(None), cls.end_not_after > on),
        )

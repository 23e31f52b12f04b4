"""Writing down when a Parliament was elected, first sat and was dissolved."""

from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.core.errors import InvalidInput
from mobilize.mps.seat_models import Parliament


def record_parliament(
    session: Session,
    *,
    number: int,
    elected_on: date | None = None,
    opened_on: date | None = None,
    dissolved_on: date | None = None,
    actor: str,
    now: datetime,
) -> Parliament:
    """Write down what became known of a Parliament; what is left out stays as it was.

    A new one has no members on file yet.

    Raises:
        InvalidInput: A new one has no day of election, or the days do not follow one another.
    """
    row = session.scalar(select(Parliament).where(Parliament.number == number))
    if row is None:
        if elected_on is None:
            raise InvalidInput(
                f"Parliament {number} is not on file.", hint="Say when it was elected."
            )
        row = Parliament(number=number, elected_on=elected_on, on_file=False)
        session.add(row)
    row.elected_on = elected_on or row.elected_on
    row.opened_on = opened_on or row.opened_on
    row.dissolved_on = dissolved_on or row.dissolved_on
    days = [day for day in (row.elected_on, row.opened_on, row.dissolved_on) if day is not None]
    if any(first >= second for first, second in pairwise(days)):
        raise InvalidInput(
            "These days do not follow one another.",
            hint="A Parliament is elected, then it first sits, then it is dissolved.",
        )
    session.flush()
    audit.record(
        session,
        now=now,
        actor=actor,
        action="parliament.record",
        subject_kind="parliament",
        subject_id=str(number),
        facts={
            name: day.isoformat()
            for name, day in (
                ("elected_on", elected_on),
                ("opened_on", opened_on),
                ("dissolved_on", dissolved_on),
            )
            if day is not None
        },
    )
    return row

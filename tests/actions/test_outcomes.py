"""The answers that a report offers."""

from datetime import date
from typing import cast

from sqlalchemy import CheckConstraint, Table

from mobilize.actions.models import MpContact
from mobilize.actions.outcomes import CHANNELS, HEARD, OUTCOMES, is_outcome_of, reply_due_on

TABLE = cast("Table", MpContact.__table__)


def test_an_outcome_belongs_to_its_channel() -> None:
    assert is_outcome_of("call", "voicemail")
    assert not is_outcome_of("write", "voicemail")
    assert not is_outcome_of("fax", "sent")


def test_a_promised_reply_is_due_after_two_weeks() -> None:
    assert reply_due_on(date(2026, 11, 22), promised=True) == date(2026, 12, 6)
    assert reply_due_on(date(2026, 11, 22), promised=False) is None


def test_the_table_takes_every_answer_that_the_page_offers() -> None:
    rules = " ".join(
        str(rule.sqltext) for rule in TABLE.constraints if isinstance(rule, CheckConstraint)
    )
    outcomes = [outcome for group in OUTCOMES.values() for outcome in group]
    assert all(f"'{word}'" in rules for word in [*CHANNELS, *outcomes, *HEARD])

"""Consents end by the calendar."""

from datetime import UTC, date, datetime

import pytest

from mobilize.contacts.bases import BASES, expiry, months_after
from mobilize.core.errors import InvalidInput


@pytest.mark.parametrize(
    ("basis", "counted_from", "ends"),
    [
        ("implied_donation", date(2024, 11, 22), datetime(2026, 11, 22, tzinfo=UTC)),
        ("implied_volunteer", date(2024, 2, 29), datetime(2026, 2, 28, tzinfo=UTC)),
        ("implied_member", date(2022, 2, 28), datetime(2024, 2, 28, tzinfo=UTC)),
        ("implied_ebr", date(2024, 12, 31), datetime(2026, 12, 31, tzinfo=UTC)),
        ("implied_inquiry", date(2026, 8, 31), datetime(2027, 2, 28, tzinfo=UTC)),
        ("implied_inquiry", date(2027, 8, 31), datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_implied_consent_ends_on_its_calendar_day(
    basis: str, counted_from: date, ends: datetime
) -> None:
    assert expiry(basis, counted_from) == ends


@pytest.mark.parametrize("basis", ["express", "published", "not_cem"])
def test_some_bases_have_no_end(basis: str) -> None:
    assert expiry(basis, date(2001, 1, 1)) is None


def test_a_basis_that_ends_needs_the_day_it_counts_from() -> None:
    with pytest.raises(InvalidInput, match="needs the date"):
        expiry("implied_donation", None)


def test_an_unknown_basis_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(InvalidInput) as refusal:
        expiry("legitimate_interest", date(2026, 1, 1))
    assert all(basis in refusal.value.hint for basis in BASES)


def test_months_run_over_the_year() -> None:
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)

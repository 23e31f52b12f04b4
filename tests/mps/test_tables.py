"""Our own tables say what the dated source files say."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

from mobilize.mps import dataset, postal_table
from mobilize.mps.postal_table import unit_slot
from mobilize.mps.provinces import PROVINCES, province_of_riding
from mobilize.mps.wording import PARTIES
from tests.support.shared import shared_file


def source(name: str) -> list[dict[str, str]]:
    with shared_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_order_has_its_seats_and_provinces() -> None:
    facts = dataset.ridings()
    assert Counter(fact.order for fact in facts) == {"2013": 338, "2023": 343}
    assert all(province_of_riding(fact.code) == fact.province for fact in facts)
    assert Counter(fact.province for fact in facts if fact.order == "2023") == {
        "NL": 7, "PE": 4, "NS": 11, "NB": 10, "QC": 78, "ON": 122, "MB": 14,
        "SK": 14, "AB": 37, "BC": 43, "YT": 1, "NT": 1, "NU": 1,
    }  # fmt: skip
    assert len(PROVINCES) == 13


def test_ridings_are_those_of_the_source() -> None:
    for order in ("2013", "2023"):
        ours = {fact[1:] for fact in dataset.ridings() if fact.order == order}
        assert ours == {
            (row["fed_code"], row["province"], row["name_en"], row["name_fr"])
            for row in source(f"ridings_{order}.csv")
        }


def test_a_code_alone_means_nothing() -> None:
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for fact in dataset.ridings():
        names[fact.code][fact.order] = fact.name_en
    in_both = [orders for orders in names.values() if len(orders) == 2]
    same = [orders for orders in in_both if orders["2013"] == orders["2023"]]
    assert len(in_both) == 338
    assert len(same) == 56
    assert len(in_both) - len(same) == 282


def test_renames_are_those_of_the_source() -> None:
    rows = source("riding_renames_2026.csv")
    agreed = {one.code: (one.name_en, one.name_fr) for one in dataset.renames() if one.agreed}
    assert agreed == {
        row["fed_code"]: (row["new_name_en_sourceA"], row["new_name_fr_sourceA"])
        for row in rows
        if row["sources"] == "agree"
    }
    assert len(agreed) == 15
    disputed = {one.code for one in dataset.renames() if not one.agreed}
    assert disputed == {"24041", "24061", "35040", "35090"}


def test_the_roster_is_that_of_the_source() -> None:
    people = json.loads(shared_file("mps_sample.json").read_text(encoding="utf-8"))["objects"]
    assert {
        (one.code, one.hoc_person_id, one.given_name, one.family_name, one.email)
        for one in dataset.members()
    } == {
        (
            one["fed_code"],
            int(one["hoc_person_id"]) if one["hoc_person_id"] else None,
            one["first_name"],
            one["last_name"],
            one["email"],
        )
        for one in people
    }
    assert len(dataset.offices()) == sum(len(one["offices"]) for one in people)
    assert {one.party for one in dataset.members()} <= PARTIES.keys()


def test_the_changes_are_those_of_the_source() -> None:
    kinds = {"vacancy_then_by_election": "by_election", "floor_crossing": "crossing"}
    changes = json.loads(shared_file("mp_changes.json").read_text(encoding="utf-8"))["objects"]
    assert {one.code: one.kind for one in dataset.changes()} == {
        one["fed_code"]: kinds[one["type"]] for one in changes
    }
    assert all(one.not_before < one.not_after for one in dataset.changes())


def test_the_postal_table_has_every_run_of_the_source() -> None:
    known = 0
    for row in source("postal_runs_2023.csv"):
        area = postal_table.area(row["first_code"][:3])
        assert area is not None
        first, last = unit_slot(row["first_code"][3:]), unit_slot(row["last_code"][3:])
        places = area.places[first : last + 1]
        assert {area.ridings[(place & 0x7F) - 1][0] for place in places} == {row["fed_code"]}
        assert not area.is_inferred(places[0])
        assert not area.is_inferred(places[-1])
        known += sum(not area.is_inferred(place) for place in places)
    # Two of the source's 891,910 codes have a point in no riding, yet lie inside a run.
    assert 891_906 <= known <= 891_910


def test_the_postal_table_has_every_share_of_the_source() -> None:
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row in source("fsa_ridings_2023.csv"):
        shares[row["fsa"]][row["fed_code"]] = float(row["share"])
    assert postal_table.areas() == sorted(shares)
    alone = 0
    for fsa, expected in shares.items():
        area = postal_table.area(fsa)
        assert area is not None
        assert {code: round(share, 4) for code, share in area.ridings} == expected
        alone += len(area.ridings) == 1
    assert (len(shares), alone) == (1_662, 433)


def test_no_line_of_the_postal_table_is_too_long_to_compare() -> None:
    table = Path(postal_table.__file__).with_name("data") / "postal_2023.txt"
    lines = [line for line in table.read_text(encoding="ascii").splitlines() if line[0] != "#"]
    assert max(map(len, lines)) < 1_200
    assert lines == sorted(lines, key=lambda line: line[:3])

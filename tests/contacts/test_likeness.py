"""Which records are shown as perhaps one person's, and which never are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.contacts.likeness import Traits, match, name_likeness
from mobilize.contacts.match_keys import keys_of, mailbox, most
from mobilize.contacts.name_forms import edits, sound
from mobilize.core.keys import Keyring

COMMON = {"mailbox": "mailboxes", "phone": "phones", "area": "areas", "riding_id": "ridings"}


def split(name: str) -> tuple[str, str]:
    given_name, _, family_name = name.partition(" / ")
    return given_name.strip(), family_name.strip()


def named(name: str, **more: object) -> Traits:
    said: dict[str, Any] = {
        COMMON[what]: frozenset({value}) for what, value in more.items() if value is not None
    }
    return Traits(names=frozenset({split(name)} - {("", "")}), **said)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Marie / Tremblay", "marie / TREMBLAY", "same"),
        ("Marie-Ève / Côté", "Marie Eve / Cote", "same"),
        ("Tremblay / Marie", "Marie / Tremblay", "same"),
        ("Bob / Roy", "Robert / Roy", "similar"),
        ("Katherine / Roy", "Catherine / Roy", "similar"),
        ("Sara / Roy", "Sarah / Roy", "similar"),
        ("Dennis / Roy", "Denis / Roy", "similar"),
        ("Robert / Tremblay", "Robert / Trembaly", "similar"),
        ("M. / Roy", "Marie / Roy", "partly"),
        ("Marie / Roy-Cardinal", "Marie / Roy", "partly"),
        ("Marie-Ève / Roy", "Marie / Roy", "partly"),
        ("Marie / ", "Marie / Roy", "partly"),
        (" / ", "Marie / Roy", "unknown"),
        # People of one home, and names that differ at their end.
        ("Ana / Roy", "Bo / Roy", "different"),
        ("Michel / Roy", "Michèle / Roy", "different"),
        ("Paul / Roy", "Pauline / Roy", "different"),
        ("Mario / Roy", "Maria / Roy", "different"),
        ("Lena / Roy", "Lina / Roy", "different"),
        ("Marie / Roy", "Marie / Cyr", "different"),
        ("Marie / ", " / Roy", "different"),
    ],
)
def test_names_are_compared_as_people_mean_them(one: str, other: str, likeness: str) -> None:
    assert name_likeness(split(one), split(other)) == likeness
    assert name_likeness(split(other), split(one)) == likeness


@pytest.mark.parametrize(
    ("one", "other", "common", "reasons"),
    [
        ("Ana / Roy", "Ana / Roy", {"phone": b"1"}, ("same_phone", "same_name")),
        ("Bob / Roy", "Robert / Roy", {"phone": b"1"}, ("same_phone", "similar_name")),
        ("A. / Roy", "Ana / Roy", {"phone": b"1"}, ("same_phone", "similar_name")),
        ("Ana / Roy", "Ana / Roy", {"area": "K1A"}, ("same_name", "same_area")),
        ("Bob / Roy", "Robert / Roy", {"area": "K1A"}, ("similar_name", "same_area")),
        ("Ana / Roy", "Ana / Roy", {"riding_id": 7}, ("same_name", "same_riding")),
        (" / ", "Ana / Roy", {"mailbox": b"m"}, ("same_mailbox",)),
        ("Bob / Roy", "Robert / Roy", {"riding_id": 7}, None),
        ("A. / Roy", "Ana / Roy", {"area": "K1A"}, None),
        (" / ", "Ana / Roy", {"phone": b"1", "area": "K1A"}, None),
        ("Ana / Roy", "Ana / Roy", {}, None),
        ("Ana / Roy", "Bo / Roy", {"phone": b"1", "mailbox": b"m", "area": "K1A"}, None),
    ],
)
def test_what_speaks_for_one_person_is_said(
    one: str, other: str, common: dict[str, object], reasons: tuple[str, ...] | None
) -> None:
    found = match(named(one, **common), named(other, **common))
    assert (found.reasons if found else None) == reasons


def test_more_reasons_speak_louder() -> None:
    weak, strong, best = (
        match(named("Ana / Roy", **common), named("Ana / Roy", **common))
        for common in ({"riding_id": 7}, {"phone": b"1"}, {"phone": b"1", "area": "K1A"})
    )
    scores = [one.score for one in (weak, strong, best) if one is not None]
    assert len(scores) == 3
    assert scores == sorted(set(scores))
    assert scores[-1] <= 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana.roy@gmail.com", "anaroy+list@googlemail.com"),
        ("ana+list@outlook.com", "ana@outlook.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(one: str, other: str) -> None:
    assert mailbox(one) == mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana.roy@example.org", "anaroy@example.org"),
        ("ana+roy@example.org", "ana@example.org"),
        ("ana.roy@outlook.com", "anaroy@outlook.com"),
    ],
)
def test_signs_that_may_tell_people_apart_do(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("thibault", "tibo"), ("stephen", "stefan"), ("philippe", "filip"), ("beaudoin", "bodoin"),
     ("tremblay", "tremble"), ("katherine", "catherine"), ("gauthier", "gautier")],
)  # fmt: skip
def test_words_that_are_said_alike_meet(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_counting_edits_is_a_distance(one: str, other: str) -> None:
    assert edits(one, other) == edits(other, one)
    assert (edits(one, other) == 0) == (one == other)


NAMES = st.sampled_from(
    ["Marie / Tremblay", "Tremblay / Marie", "MARIE / Trembláy", "Bob / Roy", "Robert / Roy",
     "Ana / Roy", "A / Roy", " / "]
)  # fmt: skip
ONE_OF = {"mailbox": st.sampled_from([None, b"m"]), "area": st.sampled_from([None, "K1A"]),
          "riding_id": st.sampled_from([None, 7])}  # fmt: skip


@given(st.data())
def test_who_would_match_without_a_number_meets_under_a_key(data: st.DataObject) -> None:
    """What share a number are compared anyway; all others must meet to be compared."""
    one, other = (
        named(data.draw(NAMES), **{name: data.draw(value) for name, value in ONE_OF.items()})
        for _ in range(2)
    )
    ring = Keyring(data_keys={1: b"d" * 32}, index_key=b"i" * 32, link_key=b"l" * 32)
    if match(one, other) is not None:
        common = keys_of(one, ring) & keys_of(other, ring)
        assert common
        assert all(most(key) > 1 for key in common)

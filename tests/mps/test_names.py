"""Names are compared without what differs from source to source."""

import pytest

from mobilize.mps.names import normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Île-des-Sœurs", "Île-des-Soeurs"),
        ("Halifax West—Peggy’s Cove", "Halifax West—Peggy's Cove"),
        ("Surrey—Newton", "Surrey Newton"),
        ("Québec\u00a0Centre", "quebec centre"),
        ("  St. John's  East ", "ST JOHN S EAST"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_different_names_stay_different() -> None:
    assert normalise("York Centre") != normalise("York South")


def test_normalising_twice_changes_nothing() -> None:
    once = normalise("Pierre-Boucher—Les Patriotes—Verchères")
    assert once == "pierre boucher les patriotes vercheres"
    assert normalise(once) == once

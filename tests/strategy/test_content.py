"""The campaign's own content: whole, in both languages, and refused by name when it is wrong."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from mobilize.core.errors import SetupError
from mobilize.core.files import packaged_path
from mobilize.strategy.content import read_content

ENGLISH_WORDS = re.compile(
    r"\b(the|and|of|with|their|people|trafficking|survivors)\b", re.IGNORECASE
)
UNSPACED_MARK = re.compile(r"[^\u00a0][:»]|\s[;?!]|«[^\u00a0]")


def pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Every English text with its French one."""
    if isinstance(value, dict):
        for name, text in value.items():
            if name.endswith("_en"):
                yield text, value[name.removesuffix("_en") + "_fr"]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from pairs(part)


def all_pairs() -> list[tuple[str, str]]:
    return list(pairs(asdict(read_content())))


def test_every_element_of_the_strategy_is_there() -> None:
    demands = read_content().demands
    assert [demand.slug for demand in demands] == [
        "root-causes",
        "protect-rights",
        "permanent-status",
        "access-to-justice",
        "access-to-services",
    ]
    kinds = ("goal", "condition", "change", "outcome")
    counts = [
        tuple(Counter(element.kind for element in demand.elements)[kind] for kind in kinds)
        for demand in demands
    ]
    assert counts == [(2, 3, 4, 1), (2, 4, 4, 2), (2, 5, 4, 2), (3, 6, 4, 3), (2, 4, 4, 1)]
    assert [sum(column) for column in zip(*counts, strict=True)] == [11, 22, 20, 9]


def test_six_principles_and_twenty_nine_milestones() -> None:
    content = read_content()
    assert len(content.principles) == 6
    assert len(content.milestones) == 29


def test_no_date_is_trusted_that_is_only_a_guess() -> None:
    for milestone in read_content().milestones:
        if milestone.kind in {"estimated", "awaited"}:
            assert milestone.needs_confirmation, milestone.slug


def test_french_is_french() -> None:
    texts = all_pairs()
    assert len(texts) > 200
    for english, french in texts:
        assert english != french
        assert not ENGLISH_WORDS.search(french), french
        assert not UNSPACED_MARK.search(french), french
    long_ones = [french for _, french in texts if len(french) > 80]
    accented = [text for text in long_ones if re.search("[àâçéèêëîïôùûœÉÀ]", text)]
    assert len(accented) > 0.9 * len(long_ones)


def test_english_has_no_french_left_in_it() -> None:
    for english, _ in all_pairs():
        assert not re.search(r"\b(les|des|une|pour|avec)\b|[éèàçê]", english), english


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('kind = "goal"', 'kind = "wish"', "element strategy-reform, `kind`"),
        ('title_fr = "Causes profondes"', "", "demand root-causes, `title_fr`"),
        ('slug = "protect-rights"', 'slug = "root-causes"', "it is there twice"),
        ('ask_fr = "Lever', 'ask_fr = "" # "', "demand protect-rights, `ask_fr`"),
    ],
)
def test_an_error_names_file_entry_and_field(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    write_copy(tmp_path, "demands.toml", old, new)
    with pytest.raises(SetupError, match=re.escape(complaint)) as refused:
        read_content(tmp_path)
    assert refused.value.message.startswith("demands.toml")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('rule = "02-22"', 'rule = "02-30"', "milestone awareness-day, `rule`"),
        ('rule = "last monday of january"', 'rule = "last moonday of january"', "names no day"),
        ('"America/Toronto"', '"America/Atlantis"', "`time_zone`"),
        ("days = -30", 'days = "soon"', "step sign-on-call, `days`"),
    ],
)
def test_a_wrong_calendar_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    write_copy(tmp_path, "milestones.toml", old, new)
    with pytest.raises(SetupError, match=re.escape(complaint)):
        read_content(tmp_path)


def write_copy(folder: Path, name: str, old: str, new: str) -> None:
    """A copy of the content with one thing changed in one of its files."""
    for path in (packaged_path("config") / "strategy").glob("*.toml"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")

"""What the phrases for disclosures find and miss, on texts that are made up and labelled by hand.

The phrases were made on `en.txt` and `fr.txt`; no phrase was ever changed for `*_held_out.txt`, nor
for `*_second.txt`, which another hand wrote and by which alone `ENOUGH` was chosen. What they
miss and wrongly find is pinned, so that a change of a phrase shows what it does to both. Run
with `-s` to read which texts these are.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from mobilize.console.views.care import WHY
from mobilize.messaging.care import rules_en, rules_fr
from mobilize.messaging.care.recognizing import ENOUGH, look_at, needs_care, plain_words

FOLDER: Final = Path(__file__).parent / "labelled"
DISCLOSURES: Final = {"explicit", "veiled", "third"}
OTHERS: Final = {"advocate", "angry", "spam", "keyword", "ordinary"}
DOCS: Final = Path(__file__).parents[2] / "docs" / "reference" / "texts.md"


@dataclass(frozen=True)
class Report:
    """How a set of labelled texts was judged."""

    disclosures: int
    missed: tuple[str, ...]
    others: int
    false_alarms: tuple[str, ...]


def labelled(name: str) -> list[tuple[str, str]]:
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [(kind, text) for kind, _, text in (line.partition(": ") for line in lines)]


def judged(name: str) -> Report:
    texts = labelled(name)
    told = [(text, needs_care(text)) for kind, text in texts if kind in DISCLOSURES]
    others = [(text, needs_care(text)) for kind, text in texts if kind in OTHERS]
    return Report(
        len(told),
        tuple(text for text, found in told if not found),
        len(others),
        tuple(text for text, found in others if found),
    )


@pytest.mark.parametrize(
    ("name", "disclosures", "missed", "others", "false_alarms"),
    [
        ("en", 135, 4, 134, 2),
        ("en_held_out", 24, 9, 16, 1),
        ("en_second", 16, 9, 12, 1),
        ("fr", 133, 0, 131, 1),
        ("fr_held_out", 24, 4, 16, 0),
        ("fr_second", 16, 9, 12, 1),
    ],
)
def test_misses_and_false_alarms_are_these(
    request: pytest.FixtureRequest,
    name: str,
    disclosures: int,
    missed: int,
    others: int,
    false_alarms: int,
) -> None:
    report = judged(name)
    tell = request.config.get_terminal_writer().line
    tell(f"\n{name}: missed {len(report.missed)} of {report.disclosures} disclosures,")
    tell(f"false alarms {len(report.false_alarms)} of {report.others} other texts")
    for text in report.missed:
        tell(f"  missed: {text}")
    for text in report.false_alarms:
        tell(f"  false alarm: {text}")
    counts = (disclosures, missed, others, false_alarms)
    found = (report.disclosures, len(report.missed), report.others, len(report.false_alarms))
    assert found == counts
    line = f"| `{name}` | {missed} of {disclosures} | {false_alarms} of {others} |"
    assert line in DOCS.read_text("utf-8"), "the reference says what holds"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_there_are_texts_of_every_kind_and_each_stands_once(language: str) -> None:
    made_on, held_out = labelled(language), labelled(f"{language}_held_out")
    assert {kind for kind, _ in made_on} == DISCLOSURES | OTHERS
    texts = [text for _, text in (*made_on, *held_out, *labelled(f"{language}_second"))]
    assert len(texts) == len(set(texts)) >= 150


@pytest.mark.parametrize(
    "text",
    [
        "He took my passport",
        "HE TOOK MY PASSPORT!!",
        "he took  my\npassport",
        "he’s got my passport",
    ],
)
def test_case_marks_and_apostrophes_make_no_difference(text: str) -> None:
    assert needs_care(text)


def test_accents_make_no_difference() -> None:
    for text in (
        "on me force a\u0300 travailler",
        "on me force à travailler",
        "ON ME FORCE A TRAVAILLER",
    ):
        assert needs_care(text)
    assert plain_words("J’ai  été « enfermée » !") == "j ai ete enfermee"


def test_here_is_a_word_of_its_own() -> None:
    assert plain_words("Im stuck here, hes there, were we?") == "i m stuck here he s there were we"
    assert needs_care("My uncle brought me here to marry a man I do not know")


def test_it_says_why() -> None:
    finding = look_at("He took my passport and says he will call immigration")
    assert finding.why == ("documents held", "threats")
    assert finding.score >= ENOUGH
    named = {rule.name for rule in (*rules_en.RULES, *rules_fr.RULES)}
    assert set(WHY) <= named


def test_hints_about_a_campaign_are_no_disclosure_but_plain_words_are() -> None:
    assert not needs_care("I am afraid for my friend, will the bill pass")
    assert needs_care("I called my MP about the bill because my boss took my passport")

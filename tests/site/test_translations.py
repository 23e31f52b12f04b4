"""Every text that people see exists in French, in Canadian typography, and is compiled."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import mobilize

PACKAGE = Path(mobilize.__file__).parent
CATALOGUE = PACKAGE / "translations" / "fr" / "LC_MESSAGES" / "messages.po"
NBSP = "\u00a0"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@lru_cache
def french() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fr")


def used_texts() -> dict[str, str]:
    """Each text that the code shows, with the file that shows it."""
    found: dict[str, str] = {}
    methods = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
    for name, _line, message, _comments, _context in extract_from_dir(
        PACKAGE, methods, keywords=KEYWORDS, options_map={"**.html": {"silent": "false"}}
    ):
        for part in message if isinstance(message, tuple) else (message,):
            found[part] = str(name)
    return found


def pairs() -> list[tuple[str, str]]:
    """Each English text with its French; of a plural the singular and the plural."""
    return [
        (str(english), text or "")
        for entry in french()
        if entry.id
        for english, text in zip(_forms(entry.id), _forms(entry.string), strict=True)
    ]


def _by_id(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {
        tuple(_forms(entry.id)): tuple(_forms(entry.string))
        for entry in catalogue
        if entry.id and not entry.fuzzy
    }


def _forms(texts: str | Sequence[str] | None) -> Sequence[str]:
    return (str(texts or ""),) if isinstance(texts, str | None) else texts


def test_every_text_has_its_french() -> None:
    there = {
        part: entry
        for entry in french()
        for part in (entry.id if isinstance(entry.id, tuple | list) else (entry.id,))
    }
    missing = {
        text: name
        for text, name in used_texts().items()
        if text not in there or not there[text].string or there[text].fuzzy
    }
    assert not missing


def test_the_same_facts_stand_in_both() -> None:
    for english, text in pairs():
        assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(text)), english


def test_typography_is_canadian_french() -> None:
    for _english, text in pairs():
        assert not re.search(rf"[^{NBSP}]:(?=\s|$)|«[^{NBSP}]|[^{NBSP}]»", text), text
        assert "'" not in text, f"{text}: the apostrophe is ’"


def test_what_is_compiled_is_what_is_written() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = _by_id(read_mo(file))
    written = _by_id(french())
    assert compiled == written, "compile the translations: pybabel compile -d mobilize/translations"

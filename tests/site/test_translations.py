"""Every text that people see exists in French, in Canadian typography, and is compiled."""

import re
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
    return [
        (str(entry.id), text or "")
        for entry in french()
        if entry.id
        for text in (entry.string if isinstance(entry.string, tuple | list) else (entry.string,))
    ]


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
        compiled = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    written = {entry.id: entry.string for entry in french() if entry.id and not entry.fuzzy}
    assert compiled == written, "compile the translations: pybabel compile -d mobilize/translations"

"""One row of a file of partners: the organization, and perhaps one person who speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from mobilize.contacts.columns import SUPPORTER_COLUMNS, Layout
from mobilize.contacts.identity import clean_text
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring
from mobilize.mps.names import normalise
from mobilize.mps.provinces import PROVINCES

PARTNER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name_en": ("organization", "organization name", "name", "english name"),
    "name_fr": ("organisme", "nom de l organisme", "nom francais", "french name"),
    "kind": ("type", "genre"),
    "province": ("province or territory", "province ou territoire"),
    "website": ("site web", "web", "url"),
    "title": ("role", "titre", "fonction"),
    "may_sign": ("peut signer", "signatory", "signataire"),
}
PERSON_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    name: others
    for name, others in SUPPORTER_COLUMNS.items()
    if name not in {"postal_code", "tags", "source"}
}
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "vrai"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non", "faux"})
_PROVINCES: Final = {
    normalise(word): code
    for code, province in PROVINCES.items()
    for word in (code, province.en, province.fr)
}
_LONGEST: Final = {"name_en": 200, "name_fr": 200, "kind": 40, "website": 200, "title": 100}


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """A row that can be kept."""

    line: int
    name_en: str
    name_fr: str
    name_norm: str
    kind: str
    province: str | None
    website: str
    person: SupporterRow | None
    title: str
    may_sign: bool


class PartnerRowReader:
    """Reads the rows of one file.

    Args:
        columns: Which column is which.
        keyring: For the keyed hashes.
        now: Nothing in a row may lie later.
    """

    def __init__(self, columns: Layout, *, keyring: Keyring, now: datetime) -> None:
        self._places = columns.places
        personal = {name: at for name, at in columns.places.items() if name in PERSON_COLUMNS}
        self._people = RowReader(replace(columns, places=personal), keyring=keyring, now=now)

    def read(self, line: int, cells: list[str]) -> PartnerRow:
        """Make a row of cells.

        Raises:
            InvalidInput: Something in it cannot be used; the message says what.
        """
        values = {
            name: clean_text(cells[place])
            for name, place in self._places.items()
            if name in PARTNER_COLUMNS
        }
        for name, most in _LONGEST.items():
            if len(values.get(name, "")) > most:
                raise InvalidInput(f"The {name} is longer than {most} characters.")
        name_en = values["name_en"] or values["name_fr"]
        if not name_en:
            raise InvalidInput("The organization has no name.")
        person = self._person(line, cells)
        may_sign = _yes(values.get("may_sign", ""))
        if may_sign and person is None:
            raise InvalidInput("Somebody may sign, but there is no email address of theirs.")
        return PartnerRow(
            line=line,
            name_en=name_en,
            name_fr=values["name_fr"] or name_en,
            name_norm=normalise(name_en),
            kind=values.get("kind", ""),
            province=_province(values.get("province", "")),
            website=_website(values.get("website", "")),
            person=person,
            title=values.get("title", ""),
            may_sign=may_sign,
        )

    def _person(self, line: int, cells: list[str]) -> SupporterRow | None:
        place = self._places.get("email")
        if place is None or not cells[place].strip():
            return None
        return self._people.read(line, cells)


def _yes(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise InvalidInput(f"“{text[:20]}” is neither yes nor no.", hint="Write yes or no.")
    return word in _YES


def _province(text: str) -> str | None:
    if not text:
        return None
    code = _PROVINCES.get(normalise(text))
    if code is None:
        raise InvalidInput(f"There is no province “{text[:40]}”.", hint="Write ON, QC, BC, ….")
    return code


def _website(text: str) -> str:
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or "." not in parts.netloc or "@" in parts.netloc:
        raise InvalidInput("The website is no web address.", hint="Write https://example.org.")
    return address

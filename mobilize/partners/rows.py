"""One row of a file of partners: the organization, and perhaps one person who speaks for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit

from mobilize.contacts.columns import SUPPORTER_COLUMNS, Layout
from mobilize.contacts.identity import clean_text
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring
from mobilize.mps.names import normalise
from mobilize.mps.provinces import PROVINCES
from mobilize.partners.kinds import kind_of, membership_of, role_of

PARTNER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name_en": ("organization", "organization name", "name", "english name"),
    "name_fr": ("organisme", "nom de l organisme", "nom francais", "french name"),
    "kind": ("type", "genre"),
    "province": ("province or territory", "province ou territoire"),
    "website": ("site web", "web", "url"),
    "membership": ("member", "membre", "statut de membre", "adhesion"),
    "member_since": ("membre depuis",),
    "ridings": ("ridings served", "circonscriptions", "circonscriptions desservies"),
    "offices": ("offices in ridings", "bureaux", "bureaux dans les circonscriptions"),
    "title": ("titre", "fonction", "job title", "poste"),
    "role": ("role in organization", "role dans l organisme"),
    "may_sign": ("peut signer", "signatory", "signataire"),
}
PERSON_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    name: others
    for name, others in SUPPORTER_COLUMNS.items()
    if name not in {"postal_code", "tags", "source"}
}
_ENDS: Final = re.compile(r"[;|]")
_YES: Final = frozenset({"yes", "y", "true", "1", "x", "oui", "o", "vrai"})
_NO: Final = frozenset({"", "no", "n", "false", "0", "non", "faux"})
_PROVINCES: Final = {
    normalise(word): code
    for code, province in PROVINCES.items()
    for word in (code, province.en, province.fr)
}
LONGEST: Final = {"name_en": 200, "name_fr": 200, "kind": 80, "website": 200, "title": 100}


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
    membership: str | None
    member_since: date | None
    ridings: Mapping[int, bool]
    """Which it serves; whether it has an office there."""
    kind_is_unknown: bool
    person: SupporterRow | None
    title: str
    role: str | None
    may_sign: bool


class PartnerRowReader:
    """Reads the rows of one file.

    Args:
        columns: Which column is which.
        keyring: For the keyed hashes.
        ridings: Riding ids by code and by `names.normalise`d name.
        now: Nothing in a row may lie later.
    """

    def __init__(
        self, columns: Layout, *, keyring: Keyring, ridings: Mapping[str, int], now: datetime
    ) -> None:
        self._places = columns.places
        self._ridings = ridings
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
        get = values.get
        for name, most in LONGEST.items():
            if len(get(name, "")) > most:
                raise InvalidInput(f"The {name} is longer than {most} characters.")
        name_en = get("name_en", "") or get("name_fr", "")
        if not name_en:
            raise InvalidInput("The organization has no name.")
        person = self._person(line, cells)
        may_sign = _yes(values.get("may_sign", ""))
        if may_sign and person is None:
            raise InvalidInput("Somebody may sign, but there is no email address of theirs.")
        return PartnerRow(
            line=line,
            name_en=name_en,
            name_fr=get("name_fr", ""),
            name_norm=normalise(name_en),
            kind=(kind_of(get("kind", "")) or "other") if get("kind") else "",
            kind_is_unknown=bool(get("kind")) and kind_of(get("kind", "")) is None,
            province=_province(get("province", "")),
            website=read_website(get("website", "")),
            membership=_membership(get("membership", "")),
            member_since=_day(get("member_since", "")),
            ridings=self._served(get("ridings", ""), get("offices", "")),
            person=person,
            # A file may say in one column what a person does and what they are called.
            title=get("title", "") or ("" if role_of(get("role", "")) else get("role", "")),
            role=role_of(get("role", "")) or role_of(get("title", "")),
            may_sign=may_sign,
        )

    def _served(self, ridings: str, offices: str) -> dict[int, bool]:
        served: dict[int, bool] = {}
        for text, has_office in ((ridings, False), (offices, True)):
            for one in _ENDS.split(text):
                if one.strip():
                    riding = self._ridings.get(one.strip()) or self._ridings.get(normalise(one))
                    if riding is None:
                        raise InvalidInput(
                            f"There is no riding “{one.strip()[:60]}”.",
                            hint="Write names or codes of 2023 ridings, between semicolons.",
                        )
                    served[riding] = has_office
        return served

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


def _membership(text: str) -> str | None:
    if not text:
        return None
    found = membership_of(text)
    if found is None:
        raise InvalidInput(f"“{text[:40]}” is no membership.", hint="Write member, ally or former.")
    return found


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"“{text[:30]}” is no date.", hint="Write dates like 2026-11-22."
        ) from None


def _province(text: str) -> str | None:
    if not text:
        return None
    code = _PROVINCES.get(normalise(text))
    if code is None:
        raise InvalidInput(f"There is no province “{text[:40]}”.", hint="Write ON, QC, BC, ….")
    return code


def read_website(text: str) -> str:
    """A web address as it is kept; empty where nothing is typed.

    Raises:
        InvalidInput: It is none.
    """
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

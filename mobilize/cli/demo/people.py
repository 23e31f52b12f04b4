"""Made-up people for the demo, plainly so: trees and birds at example.org, on 555-01xx numbers.

Every run writes the same files. Who lives where follows the postal table, so that the ridings are
real; who reads which language, and who consented to what, follows from the number alone.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mobilize.mps.lookup import resolve
from mobilize.mps.postal import UNIT_LETTERS
from mobilize.mps.postal_table import area, areas

SUPPORTERS: Final = 2_400
PARTNERS: Final = 48

_NAMES_EN: Final = (
    "Aspen", "Birch", "Cedar", "Clover", "Fern", "Hazel", "Heron", "Juniper", "Larch", "Linden",
    "Loon", "Maple", "Osprey", "Plover", "Poplar", "Robin", "Rowan", "Sage", "Sorrel", "Spruce",
    "Tamarack", "Tern", "Willow", "Wren",
)  # fmt: skip
_NAMES_FR: Final = (
    "Bouleau", "Bruant", "Cèdre", "Chêne", "Érable", "Frêne", "Geai", "Genévrier", "Grive",
    "Hêtre", "Héron", "Huard", "Lilas", "Mélèze", "Merle", "Mésange", "Noyer", "Orme", "Peuplier",
    "Pinson", "Sapin", "Saule", "Thuya", "Tilleul",
)  # fmt: skip
_TAGS: Final = ("newsletter", "vigil 2025", "webinar", "faith group", "student", "union")
_AREA_CODES: Final = (
    "204", "226", "236", "249", "250", "289", "306", "343", "365", "403", "416", "418", "431",
    "437", "438", "450", "506", "514", "519", "548", "579", "581", "587", "604", "613", "639",
    "647", "672", "705", "709", "778", "780", "782", "807", "819", "825", "867", "873", "902",
    "905",
)  # fmt: skip
# Some addresses meet with the fates of real lists; the sandbox knows these names.
_FATES: Final = {
    37: "bounce+511",
    211: "spam",
    307: "unsub",
    401: "deferred-then-delivered",
    503: "silent",
}
_FATE_EVERY: Final = 600

_CAUSES: Final = (
    ("Newcomer Centre", "Centre des nouveaux arrivants", "settlement"),
    ("Migrant Workers’ Table", "Table des travailleurs migrants", "labour"),
    ("Women’s Shelter Network", "Réseau des maisons d’hébergement", "shelter"),
    ("Legal Clinic", "Clinique juridique", "legal"),
    ("Faith Alliance", "Alliance des communautés de foi", "faith"),
    ("Community Health House", "Maison de santé communautaire", "health"),
)
_PLACES: Final = (
    ("Lakeside", "du Lac", "ON"),
    ("Riverbend", "de la Rivière", "QC"),
    ("Hilltop", "du Mont", "BC"),
    ("Prairie", "des Prairies", "SK"),
    ("Harbour", "du Port", "NS"),
    ("Foothills", "du Piémont", "AB"),
    ("Twin Rivers", "des Deux-Rivières", "MB"),
    ("Tidewater", "des Marées", "NB"),
)


@dataclass(frozen=True)
class Files:
    """The files of the demo."""

    supporters: Path
    partners: Path


def write_files(folder: Path) -> Files:
    """Write both files; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    files = Files(folder / "supporters.csv", folder / "partners.csv")
    _write(files.supporters, _SUPPORTER_HEADER, _supporters())
    _write(files.partners, _PARTNER_HEADER, _partners())
    return files


def _write(path: Path, header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


_SUPPORTER_HEADER: Final = (
    "email", "phone", "given_name", "family_name", "postal_code", "language", "tags", "source",
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence", "sms_confirmed_at",
)  # fmt: skip
_PARTNER_HEADER: Final = (
    "name_en", "name_fr", "kind", "province", "website",
    "given_name", "family_name", "email", "title", "language", "may_sign",
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
)  # fmt: skip


def _supporters() -> Iterator[tuple[str, ...]]:
    codes = _postal_codes()
    for number in range(SUPPORTERS):
        postal_code = next(codes)
        french = _reads_french(postal_code, number)
        name = (_NAMES_FR if french else _NAMES_EN)[number % 24]
        language = "" if number % 97 == 0 else ("fr" if french else "en")
        email_consent = _email_consent(number)
        texts = number % 4 == 0
        yield (
            _email(number),
            f"+1{_AREA_CODES[number % 40]}55501{number // 40 % 100:02}",
            name,
            f"{'Exemple' if french else 'Example'} {number + 1}",
            postal_code,
            language,
            _TAGS[number % 6] if number % 3 == 0 else "",
            "demo",
            *email_consent,
            "express" if texts else "",
            "2026-03-01" if texts else "",
            f"web form, entry {number + 1}" if texts else "",
            "2026-03-01T15:00:00Z" if texts and number % 8 == 0 else "",
        )
    yield from _bad_rows()


def _bad_rows() -> Iterator[tuple[str, ...]]:
    """What every real list holds: it goes to the rejects file with its line and the reason."""
    consent = ("express", "2026-03-01", "web form")
    empty = ("",) * 4
    yield ("not an address", "", "Wren", "Example", "K1A 0A6", "en", "", "demo", *consent, *empty)
    yield (
        "wren@example.org", "12", "Wren", "Example", "K1A 0A6", "en", "", "demo", *consent, *empty
    )  # fmt: skip
    yield (
        "loon@example.org", "", "Loon", "Example", "K1A 0A6", "en", "", "demo",
        "hearsay", "2026-03-01", "somebody said so", *empty,
    )  # fmt: skip


def _email(number: int) -> str:
    fate = _FATES.get(number % _FATE_EVERY)
    return f"{fate}-{number + 1}@example.org" if fate else f"supporter{number + 1}@example.org"


def _email_consent(number: int) -> tuple[str, str, str]:
    if number % 53 == 0:
        return ("", "", "")
    if number % 41 == 0:
        # Two years from that day pass between the import and the launch.
        return ("implied_donation", "2024-12-01", f"receipt {number + 1}")
    if number % 10 == 0:
        return ("implied_volunteer", "2026-02-22", f"vigil roster, line {number + 1}")
    return ("express", "2026-03-01", f"web form, entry {number + 1}")


def _reads_french(postal_code: str, number: int) -> bool:
    if postal_code[0] in "GHJ":
        return number % 8 != 0
    return number % (3 if postal_code[0] == "E" else 25) == 0


def _postal_codes() -> Iterator[str]:
    """Codes all over the country, by areas in turn; each lies in a run of the table."""
    names = areas()
    turn = 0
    while True:
        fsa = names[turn * 7 % len(names)]
        code = _known_code(fsa, turn // len(names))
        if code is not None and resolve(code).certainty != "unknown":
            yield code
        turn += 1


def _known_code(fsa: str, skip: int) -> str | None:
    found = area(fsa)
    if found is None:
        return None
    places = found.places
    start = skip * 170 % len(places)
    for slot in (*range(start, len(places)), *range(start)):
        if found.riding_of(places[slot]) is not None and not found.is_inferred(places[slot]):
            break
    else:
        return None
    return f"{fsa}{slot // 200}{UNIT_LETTERS[slot // 10 % 20]}{slot % 10}"


def _partners() -> Iterator[tuple[str, ...]]:
    for number in range(PARTNERS):
        place_en, place_fr, province = _PLACES[number % 8]
        cause_en, cause_fr, kind = _CAUSES[number // 8]
        french = province in {"QC", "NB"}
        yield (
            f"{place_en} {cause_en} (example)",
            f"{cause_fr} {place_fr} (exemple)",
            kind,
            province,
            "",
            (_NAMES_FR if french else _NAMES_EN)[number % 24],
            "Exemple" if french else "Example",
            f"partner{number + 1}@example.org",
            "Direction" if french else "Director",
            "fr" if french else "en",
            "yes",
            "published",
            "2026-03-01",
            "address on the organization’s own site",
        )

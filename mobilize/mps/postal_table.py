"""The offline postal table: what `data/postal_2023.txt` says of one area (FSA).

The file is mapped, not read: an area is found by bisection and only its own lines are parsed, so
that a first lookup is quick and memory stays flat. The form is described in the file's first lines.
"""

import mmap
from functools import cache, lru_cache
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from mobilize.mps.postal import UNIT_LETTERS

_FILE = Path(__file__).with_name("data") / "postal_2023.txt"
_UNITS = 2000
SLOTS: Final = {
    "".join(unit): slot
    for slot, unit in enumerate(product("0123456789", UNIT_LETTERS, "0123456789"))
}
"""Each unit (`0A6`) and its place among the 2,000 that an area can have."""
_UNITS_PER_BLOCK = 10
_NOT_KNOWN = 0x80


class Area(NamedTuple):
    """The ridings of one FSA and where each of its 2,000 possible codes lies.

    Attributes:
        ridings: (riding code of the 2023 order, share of the area's known codes), largest first.
        places: One byte per unit, in the order of `unit_slot`. The low seven bits are the place in
            `ridings`, counted from 1, or 0 outside every run; the high bit says that the code is
            not known, so that its riding is inferred from the known codes around it.
    """

    ridings: tuple[tuple[str, float], ...]
    places: bytes

    def riding_of(self, place: int) -> int | None:
        """The index in `ridings` that a byte of `places` stands for, if any."""
        return (place & ~_NOT_KNOWN) - 1 if place & ~_NOT_KNOWN else None

    @staticmethod
    def is_inferred(place: int) -> bool:
        """Whether a byte of `places` stands for a code that is not known."""
        return bool(place & _NOT_KNOWN)


def unit_slot(unit: str) -> int:
    """Where a unit (`0A6`) stands among the 2,000 that an area can have."""
    return SLOTS[unit[:3]]


@lru_cache(maxsize=4096)
def area(fsa: str) -> Area | None:
    """What the table says of an area, or None where it has no such area.

    Args:
        fsa: Three characters, upper case.
    """
    lines = _lines(fsa.encode("ascii"))
    if not lines:
        return None
    *riding_lines, known_line = (line.split()[1:] for line in lines)
    total = sum(int(words[1]) for words in riding_lines)
    places = bytearray(_UNITS)
    for number, (_, _, *runs) in enumerate(riding_lines, start=1):
        for run in runs:
            start = unit_slot(run)
            end = unit_slot(run[4:]) + 1 if len(run) > 3 else start + 1  # noqa: PLR2004 - `0A1-0A4`
            places[start:end] = bytes((number,)) * (end - start)
    ridings = tuple((words[0], int(words[1]) / total) for words in riding_lines)
    return Area(ridings, _mark_not_known(places, known_line[1:]))


def areas() -> list[str]:
    """Every FSA of the table, sorted."""
    lines = bytes(_table()).splitlines()
    return sorted({line[:3].decode("ascii") for line in lines if not line.startswith(b"#")})


def _mark_not_known(places: bytearray, changes: list[str]) -> bytes:
    marks = b""
    for change in changes:
        start = unit_slot(f"{change[:2]}0")
        marks = _stretch(marks, start) + _pattern(int(change[3:], 16))
    # One OR over all units at once: a loop over them would cost more than all the parsing.
    both = int.from_bytes(places) | int.from_bytes(_stretch(marks, _UNITS))
    return both.to_bytes(_UNITS)


def _stretch(marks: bytes, length: int) -> bytes:
    """Repeat the last block's marks up to a length."""
    missing = (length - len(marks)) // _UNITS_PER_BLOCK
    return marks + (marks[-_UNITS_PER_BLOCK:] or bytes(_UNITS_PER_BLOCK)) * missing


@cache
def _pattern(mask: int) -> bytes:
    return bytes(0 if mask >> digit & 1 else _NOT_KNOWN for digit in range(_UNITS_PER_BLOCK))


@cache
def _table() -> mmap.mmap:
    with _FILE.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _lines(fsa: bytes) -> list[str]:
    """The lines that start with an FSA."""
    table = _table()
    low, high = 0, len(table)
    while low < high:
        middle = (low + high) // 2
        start = table.rfind(b"\n", 0, middle) + 1
        if table[start : start + 3] < fsa:
            low = table.find(b"\n", middle) + 1
        else:
            high = start
    lines: list[str] = []
    while table[low : low + 3] == fsa:
        end = table.find(b"\n", low)
        lines.append(table[low:end].decode("ascii"))
        low = end + 1
    return lines

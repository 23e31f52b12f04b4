"""A file of made-up supporters such as lists really are: some rows bad, some people twice."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mobilize.mps.postal import UNIT_LETTERS
from mobilize.mps.postal_table import areas

HEADER: Final = (
    "email", "given_name", "family_name", "phone", "postal_code", "language",
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
)  # fmt: skip
_BAD: Final = 0.02
_TWICE: Final = 0.03
_FRENCH: Final = 0.3
_SEED: Final = 2012
_GIVEN: Final = ("Aspen", "Birch", "Cedar", "Érable", "Fern", "Frêne", "Hazel", "Mélèze", "Rowan")
_FAMILY: Final = ("Brook", "Delta", "Fleuve", "Harbour", "Lac", "Meadow", "Prairie", "Rivière")
_DOMAINS: Final = ("example.org", "example.com", "example.net", "Example.ca")
_AREA_CODES: Final = ("204", "306", "403", "416", "418", "506", "514", "604", "613", "709", "902")


def write_supporters(path: Path, rows: int, *, flaws: bool = True) -> None:
    """Write a CSV file; the same bytes every time.

    Args:
        path: Where to.
        rows: How many rows it has below its header.
        flaws: Whether 2 % of the rows cannot be used and 3 % repeat an earlier person.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(rows, random.Random(_SEED), flaws=flaws))


def _rows(rows: int, chance: random.Random, *, flaws: bool) -> Iterator[tuple[str, ...]]:
    places = areas()
    for number in range(rows):
        draw = chance.random() if flaws else 1.0
        person = chance.randrange(number) if number and draw < _TWICE else number
        is_bad = _TWICE <= draw < _TWICE + _BAD
        postal = f"{chance.choice(places)} {chance.randrange(10)}"
        postal += f"{chance.choice(UNIT_LETTERS)}{chance.randrange(10)}"
        at = " at " if is_bad and number % 2 else "@"
        yield (
            f"supporter.{person}{at}{_DOMAINS[person % len(_DOMAINS)]}",
            chance.choice(_GIVEN),
            chance.choice(_FAMILY),
            f"{chance.choice(_AREA_CODES)}-555-{number % 10_000:04}",
            postal if not is_bad or number % 2 else "D1Q 0O0",
            "fr" if chance.random() < _FRENCH else "en",
            "express",
            f"2026-0{1 + number % 9}-1{number % 10}",
            f"paper form, sheet {number // 20}",
        )

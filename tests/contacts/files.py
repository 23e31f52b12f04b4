"""Files of supporters for the tests, and the one thing they all need on file: the ridings."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.contacts.rejects import beside
from mobilize.contacts.report import ImportReport
from mobilize.core.db import Database
from mobilize.core.keys import Keyring

HEADER = (
    "email", "phone", "given_name", "family_name", "postal_code", "language", "tags",
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_sms_basis", "consent_sms_date", "consent_sms_evidence", "sms_confirmed_at",
)  # fmt: skip
EXPRESS = {
    "consent_email_basis": "express",
    "consent_email_date": "2026-10-01",
    "consent_email_evidence": "form of the fall rally, sheet 3",
}
EXPRESS_SMS = {
    "consent_sms_basis": "express",
    "consent_sms_date": "2026-10-01",
    "consent_sms_evidence": "form of the fall rally, sheet 3",
    "sms_confirmed_at": "2026-10-02T14:30:00Z",
}


@dataclass(frozen=True)
class StillClock:
    """A clock that stands."""

    instant: datetime

    def now(self) -> datetime:
        """The instant."""
        return self.instant


@dataclass(frozen=True)
class Importer:
    """Imports files into one database at one instant."""

    db: Database
    keyring: Keyring
    clock: StillClock

    def __call__(self, path: Path, **more: Any) -> ImportReport:
        """Import one file."""
        known: dict[str, Any] = {
            "table": open_table(path),
            "actor": "command",
            "clock": self.clock,
            "keyring": self.keyring,
            "rejects_path": beside(path),
        }
        return import_supporters(self.db, **known | more)


def importer(db: Database, keyring: Keyring, now: datetime) -> Importer:
    """An importer on a database that knows the ridings."""
    return Importer(db, keyring, StillClock(now))


def person(number: int, **more: str) -> dict[str, str]:
    """A row of somebody made up, with consent to email."""
    return {
        "email": f"person{number}@example.org",
        "given_name": f"Person{number}",
        "family_name": "Example",
        "postal_code": "M5V 2T6",
        "language": "en",
        **EXPRESS,
        **more,
    }


def write(
    path: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    header: Iterable[str] = HEADER,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """Write rows as a spreadsheet program would."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(header), restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a rejects file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))

"""Taking over a licensed table of postal codes, from a plain file that its licensee made.

Statistics Canada's tables (PCFRF, PCCF) may be used by who licensed them and not be passed on, so
none is part of this project. One file is one table: it takes the place of the one before as a
whole, or nothing changes.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.mps.models import RepresentationOrder
from mobilize.mps.postal import normalise_postal_code
from mobilize.mps.postal_models import LicensedCode
from mobilize.mps.queries import riding_ids

COLUMNS: Final = ("postal_code", "fed_code", "weight", "unique")
_CHUNK: Final = 1_000
_YES_NO: Final = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}


class LicensedReport(NamedTuple):
    """What a file holds, and how many rows there were before it."""

    rows: int
    codes: int
    unique: int
    before: int


class _LeaveAsItWas(Exception):
    """Ends a transaction whose work was only to be tried."""


def load_licensed(db: Database, path: Path, *, order: str, dry_run: bool = False) -> LicensedReport:
    """Put a file's rows in the place of the licensed table of an order, in one transaction.

    Args:
        db: The database.
        path: A CSV file in UTF-8 with the columns of `COLUMNS`; a weight is a share, 0 to 1.
        order: The representation order that the riding codes are of.
        dry_run: Undo it at the end.

    Raises:
        InvalidInput: A line is wrong, or a code that is unique has two ridings; nothing changed.
    """
    report = LicensedReport(0, 0, 0, 0)
    with suppress(_LeaveAsItWas), db.transaction() as session:
        report = _load(session, path, order)
        if dry_run:
            raise _LeaveAsItWas
    return report


def _load(session: Session, path: Path, order: str) -> LicensedReport:
    order_id = session.scalar(
        select(RepresentationOrder.id).where(RepresentationOrder.code == order)
    )
    if order_id is None:
        raise InvalidInput(f"There is no representation order `{order}`.", hint="Use 2023.")
    of_order = LicensedCode.order_id == order_id
    counted = select(func.count()).select_from(LicensedCode).where(of_order)
    before = session.scalar(counted) or 0
    session.execute(delete(LicensedCode).where(of_order))
    rows = _rows(path, riding_ids(session, order), order_id)
    try:
        while chunk := list(islice(rows, _CHUNK)):
            session.execute(insert(LicensedCode), chunk)
    except IntegrityError:
        raise InvalidInput(
            "A postal code has the same riding twice.", hint="Make the file anew."
        ) from None
    several = (
        select(LicensedCode.code)
        .where(of_order)
        .group_by(LicensedCode.code)
        .having(func.count() > 1)
    )
    unique = of_order & LicensedCode.is_unique.is_(True)
    if session.scalar(select(LicensedCode.code).where(unique, LicensedCode.code.in_(several))):
        raise InvalidInput(
            "A postal code is marked as unique and has more than one riding.",
            hint="Say `no` under `unique` on each of its lines.",
        )
    rows_now = session.scalar(counted) or 0
    if not rows_now:
        raise InvalidInput("The file has no rows.", hint="The table in use stays as it is.")
    return LicensedReport(
        rows_now,
        session.scalar(select(func.count(LicensedCode.code.distinct())).where(of_order)) or 0,
        session.scalar(select(func.count()).select_from(LicensedCode).where(unique)) or 0,
        before,
    )


def _rows(path: Path, ids: Mapping[str, int], order_id: int) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            missing = set(COLUMNS) - set(lines.fieldnames or ())
            if missing:
                raise InvalidInput(
                    f"Columns are missing: {', '.join(sorted(missing))}.",
                    hint=f"The first line is {','.join(COLUMNS)}.",
                )
            for line in lines:
                yield _row(line, lines.line_num, ids, order_id)
    except (UnicodeDecodeError, csv.Error):
        raise InvalidInput("This is no CSV file in UTF-8.", hint="Save it as CSV, UTF-8.") from None


def _row(
    line: Mapping[str, str | None], number: int, ids: Mapping[str, int], order_id: int
) -> dict[str, Any]:
    told = {name: (line[name] or "").strip() for name in COLUMNS}
    code, riding = normalise_postal_code(told["postal_code"]), ids.get(told["fed_code"])
    weight, is_unique = _share(told["weight"]), _YES_NO.get(told["unique"].lower())
    wrong = [
        name
        for name, value in zip(COLUMNS, (code, riding, weight, is_unique), strict=True)
        if value is None
    ]
    if wrong:
        raise InvalidInput(
            f"Line {number} cannot be used: {', '.join(wrong)}.",
            hint="A line looks like K1A 0A6,35079,1,yes; a weight is a share from 0 to 1.",
        )
    return {
        "order_id": order_id,
        "code": code,
        "riding_id": riding,
        "weight": weight,
        "is_unique": is_unique,
    }


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None

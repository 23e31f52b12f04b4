"""Taking an audience out as a file: asked for, where large approved by another, fetched once.

A list that leaves the installation leaves its protection too: consent, suppressions and erasure
reach it no more. So each export says what it is for, is written down, and does not lie anywhere: it
is read and handed over in one go, to the one who asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.alerts import audience
from mobilize.alerts.models import Audience
from mobilize.contacts.exporting import checked_columns, pages, people_meant
from mobilize.contacts.privacy_models import Export
from mobilize.core.db import Database, alone
from mobilize.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from mobilize.core.paging import PAGE_SIZE, Page
from mobilize.core.spreadsheet import csv_pieces
from mobilize.core.workbook import workbook
from mobilize.settings import Settings

Form = Literal["csv", "xlsx"]
FORMS: Final[tuple[Form, ...]] = ("csv", "xlsx")
MIME_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_IN_WORKBOOK: Final = 200_000
"""More than that no spreadsheet program opens with pleasure."""
LONGEST_PURPOSE: Final = 200
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the installation allows.

    Attributes:
        alone_up_to: How many people one may take out within a day without a second person; None
            for whoever holds the keys of the installation anyway.
        kept_for: How long it can be approved, and then fetched.
    """

    alone_up_to: int | None
    kept_for: timedelta


def limits_from(settings: Settings) -> Limits:
    """What the settings of an installation allow."""
    security = settings.security
    return Limits(
        alone_up_to=security.export_two_person_over,
        kept_for=timedelta(hours=security.export_hours),
    )


@dataclass(frozen=True)
class Taken:
    """An export that is being handed over: who is in it, in which columns and form."""

    ids: Sequence[int]
    columns: tuple[str, ...]
    form: str
    now: datetime

    @property
    def file_name(self) -> str:
        """A name for the file that tells nothing but the day."""
        return f"people-{self.now:%Y-%m-%d}.{self.form}"

    @property
    def mime_type(self) -> str:
        """What kind of file it is."""
        return MIME_TYPES[self.form]

    def pieces(self, db: Database) -> Iterator[bytes]:
        """The file, piece by piece; memory stays flat, and nothing is written to disk."""
        with db.read() as session:
            rows = pages(session, self.ids, self.columns, now=self.now)
            yield from (workbook if self.form == "xlsx" else csv_pieces)(rows)


def ask(
    session: Session,
    *,
    rules: audience.Rules,
    columns: Sequence[str],
    form: str,
    purpose: str,
    asked_by: str,
    actor: str,
    limits: Limits,
    now: datetime,
) -> Export:
    """Ask for an export; a small one may be fetched at once, a large one waits for approval.

    Args:
        session: The session of the transaction.
        rules: Who is taken out.
        columns: Which columns; all where none is named.
        form: `csv` or `xlsx`.
        purpose: What for; the audit log keeps it.
        asked_by: The account that asks, whatever key it uses; only it can fetch the file.
        actor: Who asks, as the audit log names it.
        limits: What one person may do alone.
        now: When.

    Raises:
        InvalidInput: The rules, the columns or the form cannot be, no purpose is given, or nobody
            is meant.
    """
    purpose = " ".join(purpose.split())
    wrong = {}
    if not purpose or len(purpose) > LONGEST_PURPOSE:
        wrong["purpose"] = "missing" if not purpose else "too_long"
    if form not in FORMS:
        wrong["format"] = "unknown"
    if wrong:
        raise InvalidInput(
            "An export needs a form, and a word on what it is for.",
            hint="Write at most 200 characters.",
            fields=wrong,
        )
    chosen = checked_columns(session, columns)
    people = audience.count(session, rules, now=now)
    if people == 0:
        raise InvalidInput("Nobody is meant, so there is nothing to take out.")
    _need_room(form, people)
    # Of two that ask at once, the second knows of the first.
    alone(session, f"export:{asked_by}")
    is_small = _is_small(session, people, asked_by, limits, now)
    export = Export(
        rules=dict(rules),
        columns=list(chosen),
        format=form,
        purpose=purpose,
        state="approved" if is_small else "asked",
        people=people,
        asked_by=asked_by,
        asked_at=now,
    )
    session.add(export)
    session.flush()
    _note(session, export, "ask", actor, now)
    return export


def approve(
    session: Session, *, export: Export, by: str, actor: str, limits: Limits, now: datetime
) -> Export:
    """Let a large export go, as another person than the one who asked.

    Raises:
        Forbidden: It is the same person.
        Conflict: It was decided before, or waited too long.
    """
    _need_open(export, limits, now)
    if by == export.asked_by:
        raise Forbidden(
            "Nobody approves an export of their own.", hint="Ask another approver to look at it."
        )
    export.state, export.decided_by, export.decided_at = "approved", by, now
    _note(session, export, "approve", actor, now)
    return export


def refuse(
    session: Session, *, export: Export, by: str, actor: str, limits: Limits, now: datetime
) -> Export:
    """Do not let an export go; whoever asked may take it back in the same way.

    Raises:
        Conflict: It was decided before, or waited too long.
    """
    _need_open(export, limits, now)
    export.state, export.decided_by, export.decided_at = "refused", by, now
    _note(session, export, "refuse", actor, now)
    return export


def take(
    session: Session, *, export: Export, by: str, actor: str, limits: Limits, now: datetime
) -> Taken:
    """Hand an export over, once.

    It counts as taken when this is committed, before the first byte goes: a line that breaks in the
    middle needs a new export, and no list leaves without a trace.

    Raises:
        Forbidden: Somebody else asked for it.
        Conflict: It waits for approval, was refused, fetched before or waited too long; or far more
            people are meant by now than when it was asked for.
    """
    if by != export.asked_by:
        raise Forbidden("Only who asked for an export can fetch it.")
    if export.state != "approved":
        raise Conflict(
            _NOT_NOW.get(export.state, _NOT_NOW["asked"]), hint="Ask for a new one if need be."
        )
    _need_time(export.decided_at or export.asked_at, limits, now)
    ids = people_meant(session, audience.select_contacts(session, export.rules, now=now))
    # A list grows a little every day; what was looked at was no other list.
    if len(ids) > export.people + max(10, export.people // 10):
        raise Conflict(
            "Far more people are meant by now than when this export was asked for.",
            hint="Ask for the export anew.",
        )
    _need_room(export.format, len(ids))
    export.state, export.taken_at, export.people = "taken", now, len(ids)
    _note(session, export, "take", actor, now)
    # A field may be gone since.
    known = set(checked_columns(session, ()))
    columns = tuple(name for name in export.columns if name in known)
    return Taken(ids, columns, export.format, now)


_NOT_NOW: Final = {
    "asked": "This export waits for a second person.",
    "refused": "This export was refused.",
    "taken": "This export was fetched already, and is handed over only once.",
}


def by_public_id(session: Session, public_id: str, *, lock: bool = False) -> Export:
    """The export that the outside knows by that id.

    Args:
        session: The session.
        public_id: The id.
        lock: Hold it until the transaction ends: of two who fetch at once, one gets it.

    Raises:
        NotFound: There is none.
    """
    statement = select(Export).where(Export.public_id == public_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    export = session.scalar(statement)
    if export is None:
        raise NotFound("There is no such export.")
    return export


def list_exports(session: Session, *, before: int | None = None) -> Page[Export]:
    """Exports, the newest first."""
    statement = select(Export).order_by(Export.id.desc()).limit(PAGE_SIZE + 1)
    if before is not None:
        statement = statement.where(Export.id < before)
    found = session.scalars(statement).all()
    shown = found[:PAGE_SIZE]
    return Page(shown, shown[-1].id if len(found) > PAGE_SIZE else None)


def rules_of_audience(session: Session, named: str) -> dict[str, Any]:
    """The rules of a saved audience, by its id or its name.

    Raises:
        NotFound: There is none.
    """
    found = session.scalar(
        select(Audience).where(
            (Audience.public_id == named) | (Audience.name == named), Audience.archived_at.is_(None)
        )
    )
    if found is None:
        raise NotFound("There is no such audience.", hint="List the saved ones first.")
    return found.rules


def is_over(export: Export, limits: Limits, now: datetime) -> bool:
    """Whether an export can be neither approved nor fetched any more."""
    if export.state not in {"asked", "approved"}:
        return True
    return (export.decided_at or export.asked_at) + limits.kept_for <= now


def _is_small(session: Session, people: int, asked_by: str, limits: Limits, now: datetime) -> bool:
    """Whether one person may take so many out alone, with what they took within a day."""
    if limits.alone_up_to is None:
        return True
    before = session.scalar(
        select(func.coalesce(func.sum(Export.people), 0)).where(
            Export.asked_by == asked_by,
            Export.decided_by.is_(None),
            Export.state.in_(("approved", "taken")),
            Export.asked_at > now - _DAY,
        )
    )
    return people + (before or 0) <= limits.alone_up_to


def _need_open(export: Export, limits: Limits, now: datetime) -> None:
    if export.state != "asked":
        raise Conflict("This export was decided already.", hint="Look at it again.")
    _need_time(export.asked_at, limits, now)


def _need_time(since: datetime, limits: Limits, now: datetime) -> None:
    if since + limits.kept_for <= now:
        raise Conflict("This export waited too long.", hint="Ask for it anew.")


def _need_room(form: str, people: int) -> None:
    if form == "xlsx" and people > MOST_IN_WORKBOOK:
        raise InvalidInput(
            "A workbook takes at most 200,000 people.",
            hint="Take them out as CSV.",
            fields={"format": "too_small"},
        )


def _note(session: Session, export: Export, step: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=f"export.{step}",
        subject_kind="export",
        subject_id=export.public_id,
        facts={
            "people": export.people,
            "columns": export.columns,
            "format": export.format,
            "rules": export.rules,
            "purpose": export.purpose,
        }
        if step in {"ask", "take"}
        else None,
    )

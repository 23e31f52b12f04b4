"""Looking at what an undo of a large import would do: by a worker, since it takes a minute or two.

Of a small one the page looks itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.import_models import UndoPreview
from mobilize.contacts.models import ImportRun

AT_ONCE: Final = 5000
"""People of a file whom a page looks at while somebody waits for it."""


def people_of(run: ImportRun) -> int:
    """How many people an import brought or changed."""
    return int(run.counts.get("created", 0)) + int(run.counts.get("updated", 0))


def ask_preview(session: Session, run: ImportRun, *, now: datetime) -> None:
    """Have a worker look at what an undo would do; what it saw before is let go of."""
    session.execute(delete(UndoPreview).where(UndoPreview.import_id == run.id))
    session.add(UndoPreview(import_id=run.id, people=people_of(run), asked_at=now))
    session.flush()


def preview_of(session: Session, run: ImportRun) -> UndoPreview | None:
    """What a worker saw, or looks at; none where nobody asked."""
    return session.get(UndoPreview, run.id)


def next_preview(session: Session) -> tuple[UndoPreview, ImportRun] | None:
    """What has waited longest to be looked at."""
    row = session.execute(
        select(UndoPreview, ImportRun)
        .join(ImportRun, ImportRun.id == UndoPreview.import_id)
        .where(UndoPreview.seen_at.is_(None))
        .order_by(UndoPreview.asked_at)
        .limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def note_looked_at(session: Session, preview: UndoPreview, people: int) -> None:
    """Note how far the look is."""
    session.execute(_this(preview).values(looked_at=min(people, preview.people)))


def note_seen(
    session: Session, preview: UndoPreview, result: Mapping[str, Any], *, now: datetime
) -> None:
    """Keep what was seen, or what went wrong (`uploads.trouble_with`), for a day."""
    session.execute(_this(preview).values(result=dict(result), seen_at=now))


def let_previews_go(session: Session, *, before: datetime) -> None:
    """Let go of what was asked for before an instant, and of what is undone meanwhile."""
    undone = select(ImportRun.id).where(ImportRun.undone_by.is_not(None))
    session.execute(
        delete(UndoPreview).where(
            (UndoPreview.asked_at < before) | UndoPreview.import_id.in_(undone)
        )
    )


def _this(preview: UndoPreview) -> Update:
    # Who asked anew meanwhile is answered anew.
    return update(UndoPreview).where(
        UndoPreview.import_id == preview.import_id, UndoPreview.asked_at == preview.asked_at
    )

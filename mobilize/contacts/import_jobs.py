"""What a worker does with files: dry runs, imports, undos and looks that organizers asked for."""

import os
import socket
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select

from mobilize.contacts.import_models import UndoPreview
from mobilize.contacts.importing import Progress, import_supporters
from mobilize.contacts.leftovers import HOLDS, forget_if_erased
from mobilize.contacts.models import ImportRun
from mobilize.contacts.rehearsing import rehearse
from mobilize.contacts.undo_previews import (
    let_previews_go,
    next_preview,
    note_looked_at,
    note_seen,
)
from mobilize.contacts.undoing import foresee_undo, import_called, undo
from mobilize.contacts.upload_models import ImportUpload
from mobilize.contacts.uploads import (
    layout_of,
    let_go,
    next_waiting,
    progressed,
    step_done,
    table_of,
    trouble_with,
)
from mobilize.core import leases
from mobilize.core.errors import MobilizeError
from mobilize.runtime import Runtime

log = structlog.stdlib.get_logger(__name__)

_LEASE: Final = "imports"
_LEASE_SECONDS: Final = 120
_KEPT_HOURS: Final = 24
_WENT_WRONG: Final = {"trouble": "Something went wrong with this file.", "hint": "Try it again."}


class _LeftOff(Exception):
    """It goes on later, or elsewhere: another process took the lead, or this one is to end."""


def bring_in_files(runtime: Runtime) -> None:
    """Do what organizers asked for with files, one after the other, until nothing waits.

    What a process had begun that died or was asked to end is begun again, and goes on where it was.
    """
    holder = f"{socket.gethostname()}-{os.getpid()}"
    try:
        with suppress(_LeftOff):
            while _goes_on(runtime, holder) and _next(runtime, holder):
                pass
    finally:
        # Also after a step that failed: it would keep for ever what goes after a day.
        with runtime.db.transaction() as session:
            before = runtime.clock.now() - timedelta(hours=_KEPT_HOURS)
            let_go(session, before=before)
            let_previews_go(session, before=before)
        # Whoever is to end lets another go on at once; a lease that was lost is somebody else's.
        leases.release(runtime.db, _LEASE, holder=holder)


def _next(runtime: Runtime, holder: str) -> bool:
    with runtime.db.read() as session:
        upload = next_waiting(session)
        run = session.scalar(
            select(ImportRun).where(ImportRun.undone_by.is_not(None), ImportRun.undone_at.is_(None))
        )
        asked = next_preview(session)
    if upload is not None:
        _go_on(runtime, upload, holder)
    elif run is not None:
        _take_back(runtime, run, holder)
    elif asked is not None:
        _foresee(runtime, *asked, holder)
    return upload is not None or run is not None or asked is not None


def _go_on(runtime: Runtime, upload: ImportUpload, holder: str) -> None:
    try:
        state, result, import_id = _step(runtime, upload, _told(runtime, upload, holder))
    except MobilizeError as error:
        state, result, import_id = "failed", trouble_with(error), None
    except _LeftOff:
        raise
    except Exception:
        log.exception("import_failed", upload=upload.public_id)
        state, import_id = "failed", None
        result = dict(_WENT_WRONG)
    with runtime.db.transaction() as session:
        now = runtime.clock.now()
        step_done(session, upload, state=state, result=result, now=now, import_id=import_id)
        forget_if_erased(session, upload, result.get(HOLDS, ()), now=now)


def _step(
    runtime: Runtime, upload: ImportUpload, on_progress: Progress
) -> tuple[str, dict[str, Any], int | None]:
    table = table_of(runtime.db, upload)
    columns = layout_of(runtime.db, upload, table)
    known: dict[str, Any] = {
        "table": table,
        "columns": columns,
        "clock": runtime.clock,
        "keyring": runtime.keyring,
        "on_progress": on_progress,
    }
    if upload.state == "rehearsing":
        rehearsal = rehearse(runtime.db, **known)
        holds = sorted(address.hex() for address in rehearsal.holds)
        return "rehearsed", rehearsal.as_dict() | {HOLDS: holds}, None
    report = import_supporters(runtime.db, actor=upload.actor, **known)
    with runtime.db.read() as session:
        run = import_called(session, report.run)
    facts = {"ignored_columns": list(report.ignored_columns), "encoding": report.encoding}
    return "done", facts, run.id


def _take_back(runtime: Runtime, run: ImportRun, holder: str) -> None:
    def told(_done: int) -> None:
        if not _goes_on(runtime, holder):
            raise _LeftOff

    actor = run.undone_by or "worker"
    undo(runtime.db, run=run, actor=actor, clock=runtime.clock, on_progress=told)


def _foresee(runtime: Runtime, preview: UndoPreview, run: ImportRun, holder: str) -> None:
    def told(people: int) -> None:
        if not _goes_on(runtime, holder):
            raise _LeftOff
        with runtime.db.transaction() as session:
            note_looked_at(session, preview, people)

    try:
        result = foresee_undo(runtime.db, run, on_progress=told).as_dict()
    except MobilizeError as error:
        result = trouble_with(error)
    except _LeftOff:
        raise
    except Exception:
        log.exception("undo_preview_failed", run=run.public_id)
        result = dict(_WENT_WRONG)
    with runtime.db.transaction() as session:
        note_seen(session, preview, result, now=runtime.clock.now())


def _told(runtime: Runtime, upload: ImportUpload, holder: str) -> Progress:
    def told(line: int, lines: int) -> None:
        if not _is_ours(runtime, holder):
            raise _LeftOff
        with runtime.db.transaction() as session:
            progressed(session, upload, line=line, lines=lines)
        if runtime.stopping.is_set():
            raise _LeftOff

    return told


def _goes_on(runtime: Runtime, holder: str) -> bool:
    return not runtime.stopping.is_set() and _is_ours(runtime, holder)


def _is_ours(runtime: Runtime, holder: str) -> bool:
    return leases.hold(runtime.db, _LEASE, holder=holder, seconds=_LEASE_SECONDS)

"""A file that was sent: kept sealed in pieces until it is brought in, read by any worker.

Nothing of it lies in a file of ours: whoever reads it opens one piece at a time.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, BinaryIO, Final

from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.columns import Layout
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.mapping import Choices, lay_out
from mobilize.contacts.models import ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.pieces import PIECE, open_pieces
from mobilize.contacts.tables import Table
from mobilize.contacts.upload_models import ImportChunk, ImportUpload
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput, MobilizeError, NotFound

WAITING: Final = ("rehearsing", "importing")
"""What a worker takes up."""


def receive(
    session: Session,
    *,
    stream: IO[bytes] | None,
    file_name: str,
    most_bytes: int,
    actor: str,
    now: datetime,
) -> ImportUpload:
    """Take a file in, sealed piece by piece.

    Args:
        session: The session of the transaction.
        stream: Its bytes.
        file_name: What people call it.
        most_bytes: How large it may be.
        actor: Who sends it.
        now: When.

    Raises:
        InvalidInput: There is none, it is empty or too large.
    """
    if stream is None or not file_name:
        raise InvalidInput(
            "There is no file.", hint="Choose one on your computer.", fields={"file": "missing"}
        )
    upload = ImportUpload(
        file_name=file_name[:200],
        size=0,
        actor=actor,
        created_at=now,
        updated_at=now,
    )
    session.add(upload)
    session.flush()
    number = 0
    while piece := stream.read(PIECE):
        upload.size += len(piece)
        if upload.size > most_bytes:
            raise InvalidInput(
                f"The file is larger than {most_bytes >> 20} MiB.",
                hint="Split it, or bring it in with `mobilize contacts import`.",
                fields={"file": "too_large"},
            )
        session.add(ImportChunk(upload_id=upload.id, number=number, data=b64encode(piece).decode()))
        session.flush()
        number += 1
    if not upload.size:
        raise InvalidInput("The file is empty.", fields={"file": "empty"})
    _note(session, upload, "import.upload", actor, now)
    return upload


def upload_called(session: Session, public_id: str) -> ImportUpload:
    """A file that waits, by its public id.

    Raises:
        NotFound: There is none, or its day is over.
    """
    upload = session.scalar(select(ImportUpload).where(ImportUpload.public_id == public_id))
    if upload is None:
        raise NotFound(
            "There is no such file.", hint="A file that is not brought in is kept for a day."
        )
    return upload


def waiting(session: Session) -> Sequence[ImportUpload]:
    """The files that are not brought in yet, the latest first."""
    return session.scalars(
        select(ImportUpload).where(ImportUpload.state != "done").order_by(ImportUpload.id.desc())
    ).all()


def run_of(session: Session, upload: ImportUpload) -> ImportRun:
    """The import that a file became."""
    return session.get_one(ImportRun, upload.import_id)


def table_of(db: Database, upload: ImportUpload) -> Table:
    """The file as a table.

    Raises:
        InvalidInput: It is neither CSV text nor an Excel workbook.
    """
    return open_table(SealedSource(db, upload.id, upload.file_name, upload.size))


def layout_of(db: Database, upload: ImportUpload, table: Table) -> Layout:
    """Which of its columns is which, as the organizer chose it.

    Raises:
        InvalidInput: The choices do not fit the file.
    """
    with db.read() as session:
        return lay_out(
            Choices.from_json(upload.choices),
            table.header,
            file_name=upload.file_name,
            fields=all_fields(session),
        )


def ask(
    session: Session,
    upload: ImportUpload,
    *,
    state: str,
    actor: str,
    now: datetime,
    choices: Choices | None = None,
) -> None:
    """Ask a worker for a dry run (`rehearsing`) or for the import (`importing`).

    Raises:
        Conflict: It is brought in already, or it was never looked at.
    """
    if upload.state in {"importing", "done"} or (
        state == "importing" and not (upload.choices or choices)
    ):
        raise Conflict("This file is past that.", hint="Look at the list of imports.")
    # What was seen before is no more shown, and an erasure need not look for anybody in it.
    upload.state, upload.updated_at, upload.lines_done, upload.result = state, now, 0, None
    if choices is not None:
        upload.choices = choices.as_json()
    if state == "importing":
        upload.actor = actor
        _note(session, upload, "import.start", actor, now)
    session.flush()


def step_done(
    session: Session,
    upload: ImportUpload,
    *,
    state: str,
    result: Mapping[str, Any],
    now: datetime,
    import_id: int | None = None,
) -> None:
    """Note how a step ended; a file that is brought in is let go of at once.

    What somebody asked for since the step was taken up stands: nothing is noted then.
    """
    noted = session.execute(
        _as_taken_up(upload)
        .values(
            state=state, result=json.dumps(result, default=str), updated_at=now, import_id=import_id
        )
        .returning(ImportUpload.id)
    ).all()
    if noted and state == "done":
        session.execute(delete(ImportChunk).where(ImportChunk.upload_id == upload.id))


def progressed(session: Session, upload: ImportUpload, *, line: int, lines: int) -> None:
    """Note how far a file is."""
    session.execute(_as_taken_up(upload).values(lines_done=line, lines=max(line, lines)))


def trouble_with(error: MobilizeError) -> dict[str, str]:
    """What went wrong, as a file's result holds it."""
    return {"trouble": error.message, "hint": error.hint}


def result_of(upload: ImportUpload) -> dict[str, Any]:
    """The dry run's report, or what went wrong; empty where there is neither."""
    result: dict[str, Any] = json.loads(upload.result) if upload.result else {}
    return result


def next_waiting(session: Session) -> ImportUpload | None:
    """The file that has waited longest for a worker."""
    return session.scalar(
        select(ImportUpload)
        .where(ImportUpload.state.in_(WAITING))
        .order_by(ImportUpload.updated_at)
        .limit(1)
    )


def let_go(session: Session, *, before: datetime) -> int:
    """Let go of files from before an instant that nobody works on; how many there were."""
    old = select(ImportUpload.id).where(
        ImportUpload.created_at < before, ImportUpload.state.not_in(WAITING)
    )
    ids = session.scalars(old).all()
    discard(session, ids)
    return len(ids)


def discard_file(session: Session, upload: ImportUpload, *, actor: str, now: datetime) -> None:
    """Let go of a file that somebody does not want to bring in after all.

    Raises:
        Conflict: It is being brought in.
    """
    if upload.state == "importing":
        raise Conflict("This file is being brought in.", hint="Wait, and take the import back.")
    _note(session, upload, "import.discard", actor, now)
    discard(session, [upload.id])


def discard(session: Session, ids: Sequence[int]) -> None:
    """Let go of files."""
    session.execute(delete(ImportChunk).where(ImportChunk.upload_id.in_(ids)))
    session.execute(delete(ImportUpload).where(ImportUpload.id.in_(ids)))


@dataclass(frozen=True)
class SealedSource:
    """The bytes of a file that waits.

    Attributes:
        db: Where it waits.
        upload_id: Its key.
        name: What people call it.
        size: In bytes.
    """

    db: Database
    upload_id: int
    name: str
    size: int

    def open(self) -> BinaryIO:
        """The bytes, from the first."""
        return open_pieces(self.piece, self.size)

    def piece(self, number: int) -> bytes:
        """One piece of it, opened."""
        with self.db.read() as session:
            data = session.scalar(
                select(ImportChunk.data).where(
                    ImportChunk.upload_id == self.upload_id, ImportChunk.number == number
                )
            )
        if data is None:
            raise InvalidInput("The file is no longer there.", hint="Send it again.")
        return b64decode(data)


def _as_taken_up(upload: ImportUpload) -> Update:
    return update(ImportUpload).where(
        ImportUpload.id == upload.id,
        ImportUpload.state == upload.state,
        ImportUpload.updated_at == upload.updated_at,
    )


def _note(session: Session, upload: ImportUpload, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="upload",
        subject_id=upload.public_id,
        facts={"bytes": upload.size},
    )

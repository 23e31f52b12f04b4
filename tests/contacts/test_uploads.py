"""A file that was sent: sealed while it waits, brought in by a worker, killed and gone on with."""

import io
import os
import random
import signal
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from json import JSONDecodeError
from pathlib import Path
from threading import Event
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select, update

from mobilize.contacts.import_jobs import bring_in_files
from mobilize.contacts.import_models import UndoPreview
from mobilize.contacts.mapping import propose
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.pieces import PIECE
from mobilize.contacts.queries import by_email
from mobilize.contacts.rejects import first_rejects
from mobilize.contacts.undo_previews import ask_preview, let_previews_go, preview_of
from mobilize.contacts.undoing import ask_undo, foresee_undo, import_called
from mobilize.contacts.upload_models import ImportChunk, ImportUpload
from mobilize.contacts.uploads import (
    SealedSource,
    ask,
    let_go,
    receive,
    result_of,
    table_of,
    upload_called,
)
from mobilize.core import leases
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.runtime import Runtime
from tests.contacts.files import HEADER, Importer, person, write
from tests.contacts.intake.test_lanes import readers
from tests.contacts.workbooks import save

ACTOR = "account:somebody"


class Killed(BaseException):
    """The worker's process ends, at once."""


class DyingClock:
    """A clock that ends the process when it was asked so often."""

    def __init__(self, instant: datetime, asked: int) -> None:
        self.instant = instant
        self.left = asked

    def now(self) -> datetime:
        """The instant, until the process ends."""
        self.left -= 1
        if self.left < 0:
            raise Killed
        return self.instant


class EveningClock:
    """A clock by which the process is asked to end when it was asked so often."""

    def __init__(self, runtime: Runtime, asked: int) -> None:
        self.instant = runtime.clock.now()
        self.stopping = runtime.stopping
        self.left = asked

    def now(self) -> datetime:
        """The instant."""
        self.left -= 1
        if not self.left:
            self.stopping.set()
        return self.instant


class Meanwhile:
    """A clock by which something happens when it is asked so often."""

    def __init__(self, instant: datetime, asked: int, do: Callable[[], object]) -> None:
        self.instant = instant
        self.left = asked
        self.do = do

    def now(self) -> datetime:
        """The instant."""
        self.left -= 1
        if not self.left:
            self.do()
        return self.instant


def asked_to_end(runtime: Runtime, asked: int) -> Runtime:
    """The installation in a process that is asked to end after so many looks at the clock."""
    ending = replace(runtime, stopping=Event())
    return replace(ending, clock=EveningClock(ending, asked))


def sent(db: Database, path: Path, now: datetime, *, most: int = 1 << 24) -> ImportUpload:
    with db.transaction() as session, path.open("rb") as stream:
        return receive(
            session, stream=stream, file_name=path.name, most_bytes=most, actor=ACTOR, now=now
        )


def asked(runtime: Runtime, upload: ImportUpload, state: str) -> None:
    table = table_of(runtime.db, upload)
    with runtime.db.transaction() as session:
        ask(
            session,
            upload_called(session, upload.public_id),
            state=state,
            actor=ACTOR,
            now=runtime.clock.now(),
            choices=propose(table.header, table.name),
        )


def standing(db: Database, upload: ImportUpload) -> ImportUpload:
    with db.read() as session:
        return upload_called(session, upload.public_id)


def count(db: Database, model: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_file_that_waits_is_read_as_if_it_lay_on_a_disk(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * (PIECE // 128))
    upload = sent(db, path, now)
    content = path.read_bytes()

    with SealedSource(db, upload.id, "a", upload.size).open() as file:
        assert file.read() == content
        file.seek(-5, io.SEEK_END)
        assert file.read() == content[-5:]
        file.seek(PIECE - 3)
        assert file.read(6) == content[PIECE - 3 : PIECE + 3]


def test_no_address_stands_in_the_database_while_a_file_waits(
    bare_db: Database, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(1, email="planted@example.org", phone="613-555-0177")])
    sent(bare_db, path, now)
    if bare_db.is_sqlite:
        file = Path(bare_db.engine.url.database or "")
        stolen = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
        assert b"import_chunks" in stolen
    else:
        with bare_db.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT data FROM import_chunks").scalars()
            stolen = b"".join(bytes(row) for row in rows)
    for address in (b"planted", b"555-0177", b"cGxhbnRlZE"):
        assert address not in stolen


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_worker_looks_at_a_file_and_then_brings_it_in(
    runtime: Runtime, tmp_path: Path, now: datetime, kind: str
) -> None:
    rows = [person(n) for n in range(5)] + [{"email": "broken"}]
    path = write(tmp_path / "a.csv", rows)
    if kind == "xlsx":
        path = save(tmp_path / "a.xlsx", ("People", list(_cells(path))))
    upload = sent(runtime.db, path, now)
    asked(runtime, upload, "rehearsing")
    bring_in_files(runtime)

    seen = standing(runtime.db, upload)
    assert (seen.state, seen.lines_done) == ("rehearsed", 7)
    assert result_of(seen)["created"] == 5
    assert count(runtime.db, Contact) == 0
    asked(runtime, upload, "importing")
    bring_in_files(runtime)

    done = standing(runtime.db, upload)
    assert (done.state, count(runtime.db, Contact)) == ("done", 5)
    assert count(runtime.db, ImportChunk) == 0, "what is brought in is let go of at once"
    with runtime.db.read() as session:
        run = session.get_one(ImportRun, done.import_id)
        assert (run.actor, run.counts["created"]) == (ACTOR, 5)
        assert [line for line, _ in first_rejects(session, run.id)] == [7]


def _cells(path: Path) -> Iterable[list[str]]:
    table = open_table(path)
    yield list(table.header)
    for record in table.records():
        yield record.cells


@pytest.mark.parametrize("asked_times", [1, 2, 3, 4])
def test_a_file_is_brought_in_once_though_its_worker_is_killed(
    runtime: Runtime, tmp_path: Path, now: datetime, asked_times: int
) -> None:
    rows = [person(n) for n in range(4500)] + [{"email": "broken"}]
    upload = sent(runtime.db, write(tmp_path / "a.csv", rows), now)
    asked(runtime, upload, "importing")
    with pytest.raises(Killed):
        bring_in_files(replace(runtime, clock=DyingClock(now, asked_times)))
    assert standing(runtime.db, upload).state == "importing"
    bring_in_files(runtime)

    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun)).one()
    assert count(runtime.db, Contact) == 4500
    assert (run.counts["created"], run.counts["rejected"]) == (4500, 1)


class WatchingClock:
    """A clock that does something with the processes that read, each time it is asked."""

    def __init__(self, instant: datetime, do: Callable[[list[int]], object]) -> None:
        self.instant = instant
        self.do = do

    def now(self) -> datetime:
        """The instant."""
        self.do(readers())
        return self.instant


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="it looks for the process there")
@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
def test_a_long_file_that_was_sent_is_read_by_a_process_of_its_own(
    runtime: Runtime, tmp_path: Path, now: datetime, dies: bool
) -> None:
    rows = [person(n) for n in range(10_100)] + [{"email": "broken"}]
    upload = sent(runtime.db, write(tmp_path / "a.csv", rows), now)
    assert upload.size > PIECE, "it waits in several pieces"
    asked(runtime, upload, "importing")
    seen: set[int] = set()

    def look(pids: list[int]) -> None:
        seen.update(pids)
        for pid in pids if dies else ():
            os.kill(pid, signal.SIGKILL)

    bring_in_files(replace(runtime, clock=WatchingClock(now, look)))
    assert (len(seen), readers()) == (1, [])
    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun)).one()
    assert (run.counts["created"], run.counts["rejected"]) == (10_100, 1)
    assert count(runtime.db, Contact) == 10_100


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_another_process_is_lent_the_pieces_of_a_file_that_waits(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime, kind: str
) -> None:
    dice = random.Random(1)  # noqa: S311 - repeatable, not secret
    rows = [person(n, remarks=dice.randbytes(10_000).hex()) for n in range(120)]
    path = write(tmp_path / "a.csv", rows, header=(*HEADER, "remarks"))
    if kind == "xlsx":
        path = save(tmp_path / "a.xlsx", ("People", list(_cells(path))))
    upload = sent(runtime.db, path, now)
    assert upload.size > 2 * PIECE
    report = bring_in(path, table=table_of(runtime.db, upload), apart=True, batch_rows=30)
    assert (report.rows, report.created, report.ignored_columns) == (120, 120, ("remarks",))


def test_a_file_that_is_gone_while_another_process_reads_it_says_so(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    rows = [person(n, remarks="x" * 20_000) for n in range(120)]
    path = write(tmp_path / "a.csv", rows, header=(*HEADER, "remarks"))
    upload = sent(runtime.db, path, now)
    table = table_of(runtime.db, upload)
    with runtime.db.transaction() as session:
        session.delete(session.get_one(ImportChunk, (upload.id, upload.size // PIECE)))
    with pytest.raises(InvalidInput, match="no longer there"):
        bring_in(path, table=table, apart=True, batch_rows=10)
    assert 0 < count(runtime.db, Contact) < 120, "what was read before stays"


def test_a_worker_that_is_asked_to_end_finishes_its_batch_and_another_goes_on(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(n) for n in range(4500)]), now)
    asked(runtime, upload, "importing")
    bring_in_files(asked_to_end(runtime, 2))

    left = standing(runtime.db, upload)
    assert (left.state, left.lines_done) == ("importing", 2001)
    assert count(runtime.db, Contact) == 2000
    with runtime.db.read() as session:
        assert session.scalars(select(ImportRun.last_line)).one() == 2001
    assert leases.hold(runtime.db, "imports", holder="another", seconds=0), "it waits for nobody"

    bring_in_files(runtime)
    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun)).one()
    assert (standing(runtime.db, upload).state, count(runtime.db, Contact)) == ("done", 4500)
    assert (run.counts["rows"], run.counts["created"]) == (4500, 4500)


def test_an_undo_and_a_dry_run_that_are_left_off_are_gone_on_with(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(n) for n in range(2500)]), now)
    asked(runtime, upload, "rehearsing")
    bring_in_files(asked_to_end(runtime, 1))
    assert standing(runtime.db, upload).state == "rehearsing"
    bring_in_files(runtime)
    assert result_of(standing(runtime.db, upload))["created"] == 2500

    asked(runtime, upload, "importing")
    bring_in_files(runtime)
    with runtime.db.transaction() as session:
        run = session.scalars(select(ImportRun)).one()
        ask_undo(session, run, actor=ACTOR, now=now)
    bring_in_files(asked_to_end(runtime, 1))
    assert 0 < people_on_file(runtime.db) < 2500
    bring_in_files(runtime)
    assert people_on_file(runtime.db) == 0


def test_an_import_that_is_asked_for_while_a_dry_run_is_under_way_happens(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(n) for n in range(2500)]), now)
    asked(runtime, upload, "rehearsing")
    clock = Meanwhile(now, 2, lambda: asked(runtime, upload, "importing"))
    bring_in_files(replace(runtime, clock=clock))

    assert standing(runtime.db, upload).state == "done"
    assert people_on_file(runtime.db) == 2500


def test_a_dry_run_shows_the_columns_as_they_were_chosen_last(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(n, tags="choir") for n in range(2500)])
    upload = sent(runtime.db, path, now)
    asked(runtime, upload, "rehearsing")

    def choose_anew() -> None:
        table = table_of(runtime.db, upload)
        choices = propose(table.header, table.name)
        with runtime.db.transaction() as session:
            ask(
                session,
                upload_called(session, upload.public_id),
                state="rehearsing",
                actor=ACTOR,
                now=now + timedelta(seconds=1),
                choices=replace(choices, tags=("rally",)),
            )

    bring_in_files(replace(runtime, clock=Meanwhile(now, 2, choose_anew)))
    seen = standing(runtime.db, upload)
    assert seen.state == "rehearsed"
    assert "rally" in result_of(seen)["first"][0]["tags"]


def people_on_file(db: Database) -> int:
    with db.read() as session:
        active = select(func.count()).where(Contact.state == "active")
        return session.scalar(active) or 0


def test_a_file_that_cannot_be_read_says_so_and_can_be_let_go_of(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(1)])
    upload = sent(runtime.db, path, now)
    asked(runtime, upload, "rehearsing")
    with runtime.db.transaction() as session:
        session.delete(session.get_one(ImportChunk, (upload.id, 0)))
    bring_in_files(runtime)

    failed = standing(runtime.db, upload)
    assert failed.state == "failed"
    assert "no longer there" in result_of(failed)["trouble"]


def test_a_file_is_kept_for_a_day(runtime: Runtime, tmp_path: Path, now: datetime) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(1)]), now)
    with runtime.db.transaction() as session:
        assert let_go(session, before=now) == 0
        assert let_go(session, before=now + timedelta(minutes=1)) == 1
        with pytest.raises(NotFound):
            upload_called(session, upload.public_id)
    assert count(runtime.db, ImportChunk) == 0


def test_what_is_too_large_or_nothing_is_not_kept(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    path = write(tmp_path / "a.csv", [person(n) for n in range(100)])
    with pytest.raises(InvalidInput, match="larger than"):
        sent(db, path, now, most=1000)
    path.write_bytes(b"")
    with pytest.raises(InvalidInput, match="empty"):
        sent(db, path, now)
    assert count(db, ImportUpload) == 0


def test_a_file_is_not_started_before_it_was_looked_at(
    runtime: Runtime, tmp_path: Path, now: datetime
) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(1)]), now)
    with runtime.db.transaction() as session:
        again = upload_called(session, upload.public_id)
        with pytest.raises(Conflict):
            ask(session, again, state="importing", actor=ACTOR, now=now)


def test_a_worker_takes_an_import_back(runtime: Runtime, tmp_path: Path, now: datetime) -> None:
    upload = sent(runtime.db, write(tmp_path / "a.csv", [person(1)]), now)
    asked(runtime, upload, "importing")
    bring_in_files(runtime)
    with runtime.db.transaction() as session:
        run = session.scalars(select(ImportRun)).one()
        ask_undo(session, run, actor=ACTOR, now=now)
    bring_in_files(runtime)

    with runtime.db.read() as session:
        assert by_email(session, "person1@example.org") is None
        run = import_called(session, run.public_id)
    assert (run.undone_by, run.undone_at is not None) == (ACTOR, True)


def test_a_broken_workbook_is_refused_when_it_is_opened(
    db: Database, tmp_path: Path, now: datetime
) -> None:
    path = tmp_path / "a.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "x")
    with pytest.raises(InvalidInput, match="no Excel workbook"):
        table_of(db, sent(db, path, now))


def test_a_worker_looks_at_what_an_undo_would_do_and_says_how_far_it_is(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(n) for n in range(2500)]))
    with runtime.db.transaction() as session:
        run = session.scalars(select(ImportRun)).one()
        ask_preview(session, run, now=now)
    ending = asked_to_end(runtime, 99)
    ending.stopping.set()
    bring_in_files(ending)
    assert looked_at(runtime.db, run).seen_at is None
    bring_in_files(runtime)

    seen = looked_at(runtime.db, run)
    assert (seen.seen_at, seen.looked_at, seen.people) == (now, 2500, 2500)
    assert seen.result == foresee_undo(runtime.db, run).as_dict()
    assert people_on_file(runtime.db) == 2500, "it is a look, and nothing else"
    with runtime.db.transaction() as session:
        ask_undo(session, run, actor=ACTOR, now=now)
    bring_in_files(runtime)
    assert count(runtime.db, UndoPreview) == 0, "nothing is left to foresee"


def looked_at(db: Database, run: ImportRun) -> UndoPreview:
    with db.read() as session:
        preview = preview_of(session, run)
    assert preview is not None
    return preview


def test_a_look_at_an_undo_is_kept_for_a_day(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1)]))
    with runtime.db.transaction() as session:
        run = session.scalars(select(ImportRun)).one()
        ask_preview(session, run, now=now)
        let_previews_go(session, before=now)
        assert preview_of(session, run) is not None
        let_previews_go(session, before=now + timedelta(minutes=1))
    assert count(runtime.db, UndoPreview) == 0


def test_a_look_that_fails_says_so_and_the_others_go_on(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    runs = two_imports(runtime.db, bring_in, tmp_path, now)
    spoil(runtime.db)
    with runtime.db.transaction() as session:
        for run in reversed(runs):
            ask_preview(session, run, now=now)
    bring_in_files(runtime)

    whole, spoiled = (looked_at(runtime.db, run) for run in runs)
    assert (spoiled.seen_at, spoiled.result["hint"]) == (now, "Try it again.")
    assert (whole.seen_at, whole.result) == (now, foresee_undo(runtime.db, runs[0]).as_dict())


def test_an_undo_that_fails_keeps_nothing_past_its_day(
    runtime: Runtime, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    _, run = two_imports(runtime.db, bring_in, tmp_path, now)
    sent(runtime.db, write(tmp_path / "old.csv", [person(3)]), now - timedelta(days=2))
    spoil(runtime.db)
    with runtime.db.transaction() as session:
        ask_undo(session, session.get_one(ImportRun, run.id), actor=ACTOR, now=now)
    with pytest.raises(JSONDecodeError):
        bring_in_files(runtime)

    assert count(runtime.db, ImportUpload) == 0
    assert leases.hold(runtime.db, "imports", holder="another", seconds=0), "it waits for nobody"


def two_imports(
    db: Database, bring_in: Importer, tmp_path: Path, now: datetime
) -> tuple[ImportRun, ImportRun]:
    """One that brought somebody, and one that changed somebody else."""
    bring_in(write(tmp_path / "first.csv", [person(1), person(2, given_name="")]))
    bring_in(write(tmp_path / "second.csv", [person(2, given_name="Rowan")]))
    with db.read() as session:
        first, second = session.scalars(select(ImportRun).order_by(ImportRun.id))
    return first, second


def spoil(db: Database) -> None:
    """Let nobody understand what people said before a file changed them."""
    with db.transaction() as session:
        session.execute(update(ImportChange).values(before="no JSON"))

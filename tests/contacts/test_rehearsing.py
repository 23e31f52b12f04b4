"""The dry run says what the import then does, and leaves everything as it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilize.contacts.columns import supporter_columns
from mobilize.contacts.opening import open_table
from mobilize.contacts.rehearsing import SAME_PHONE, Rehearsal, rehearse
from mobilize.core.db import Database
from tests.contacts.files import EXPRESS, Importer, person, write
from tests.contacts.test_importing import snapshot
from tests.contacts.test_opting_out import WIDE


def try_out(bring_in: Importer, path: Path, **more: Any) -> Rehearsal:
    table = open_table(path)
    return rehearse(
        bring_in.db,
        table=table,
        columns=supporter_columns(table.header),
        clock=bring_in.clock,
        keyring=bring_in.keyring,
        **more,
    )


def test_nothing_is_written_and_the_first_rows_are_shown_masked(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [person(1), person(9, phone="613-555-0109")]))
    before = snapshot(db)
    rows = [
        person(1, given_name="Ana"),
        person(2, phone="613-555-0109", tags="rally"),
        {"email": "broken"},
        person(2),
        person(3, opt_out_email="yes"),
    ]
    found = try_out(bring_in, write(tmp_path / "b.csv", rows, header=WIDE))

    assert snapshot(db) == before
    assert [one.outcome for one in found.first] == ["updated", "created", "repeated", "closed"]
    ana = found.first[0]
    assert (ana.email, ana.postal_area, ana.language) == ("p…@….org", "M5V", "en")
    assert found.first[1].phone == "…09"
    assert found.first[1].consents == (("email", "express", "2026-10-01"),)
    assert found.first[3].left == ("email",)
    assert "@example" not in str(found.as_dict())
    assert [line for line, _ in found.report.rejects] == [4, 5]
    assert (found.likely, found.likely_lines) == (1, [(3, SAME_PHONE)])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_record_that_the_file_changed_is_foreseen_by_what_it_says_then(
    bring_in: Importer, tmp_path: Path, size: int
) -> None:
    email = {"email": "a@example.org"}
    ana, bo = ({"phone": "613-555-0101", "given_name": name} for name in ("Ana", "Bo"))
    bring_in(write(tmp_path / "a.csv", [email | ana]))
    rows = [email | {"given_name": "Bo"}, email | ana, bo, ana]
    path = write(tmp_path / "b.csv", rows)
    foreseen = try_out(bring_in, path, batch_rows=size).report
    report = bring_in(path, batch_rows=size)

    assert (report.updated, report.repeated, report.created) == (1, 2, 1)
    assert foreseen.counts() == report.counts()
    assert foreseen.rejects == report.rejects


EMAILS = st.sampled_from(["", "a@example.org", "b@example.org", "c@example.org", "broken"])
PHONES = st.sampled_from(["", "613-555-0101", "613-555-0102"])
ROWS = st.lists(
    st.builds(
        lambda email, phone, name, tag, claims, left: {
            "email": email,
            "phone": phone,
            "given_name": name,
            "tags": tag,
            **(EXPRESS if claims else {}),
            "opt_out_email": left,
        },
        email=EMAILS,
        phone=PHONES,
        name=st.sampled_from(["Ana", "Bo", ""]),
        tag=st.sampled_from(["", "rally"]),
        claims=st.booleans(),
        left=st.sampled_from(["", "", "yes", "bounced"]),
    ),
    max_size=8,
)


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Path]:
    return iter(tmp_path / f"{number}.csv" for number in range(100_000))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(earlier=ROWS, rows=ROWS, size=st.integers(1, 8))
def test_a_dry_run_says_what_the_import_then_does(
    bring_in: Importer,
    paths: Iterator[Path],
    earlier: list[dict[str, str]],
    rows: list[dict[str, str]],
    size: int,
) -> None:
    bring_in(write(next(paths), earlier, header=WIDE))
    path = write(next(paths), rows, header=WIDE)
    for _ in ("the first time", "again"):
        foreseen = try_out(bring_in, path, batch_rows=size).report
        report = bring_in(path, batch_rows=size)

        assert foreseen.counts() == report.counts()
        assert foreseen.rejects == report.rejects

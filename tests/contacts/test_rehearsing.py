"""The dry run says what the import then does, and leaves everything as it was."""

from collections import Counter
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
from tests.contacts.files import EXPRESS, EXPRESS_SMS, Importer, person, write
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


AREAS = ("204", "250", "306", "403", "416", "418", "506", "514", "604", "613", "705", "819", "902")


def at_home(who: str, phone: int, *, agreed: str = "", left: str = "") -> dict[str, str]:
    """Somebody of a home, who agreed to texts on a day, or left them on one (or left, "yes")."""
    row = {"email": f"{who}@example.org", "phone": f"613-555-010{phone}"}
    if left:
        day = "" if left == "yes" else left
        return row | {"opt_out_sms": "yes", "opt_out_sms_date": day}
    return row | (EXPRESS_SMS | {"consent_sms_date": agreed} if agreed else {})


DAYS = st.sampled_from(["2026-09-01", "2026-10-01", "2026-11-01"])
HOMES = st.lists(
    st.one_of(
        st.builds(at_home, st.sampled_from("abcd"), st.integers(1, 2)),
        st.builds(at_home, st.sampled_from("abcd"), st.integers(1, 2), agreed=DAYS),
        st.builds(at_home, st.sampled_from("abcd"), st.integers(1, 2), left=DAYS | st.just("yes")),
    ),
    max_size=6,
)
"""People who share numbers, agree to texts there, leave elsewhere and come back."""


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


@pytest.mark.parametrize(
    ("earlier", "rows", "said"),
    [
        (
            [at_home("a", 1, agreed="2026-10-01")],
            [at_home("b", 1, left="2026-09-01"), at_home("c", 1, agreed="2026-10-01")],
            "agreed",
        ),
        (
            [],
            [
                at_home("a", 1, agreed="2026-10-01"),
                at_home("b", 1, left="2026-09-01"),
                at_home("c", 1, agreed="2026-10-01"),
            ],
            "agreed",
        ),
        (
            [at_home("a", 1, agreed="2026-10-01")],
            [at_home("a", 2, left="2026-09-01"), at_home("b", 2, agreed="2026-10-01")],
            "agreed",
        ),
        (
            [at_home("a", 1, agreed="2026-10-01")],
            [
                at_home("a", 2),
                at_home("b", 1, left="2026-09-01"),
                at_home("c", 1, agreed="2026-10-01"),
            ],
            "sms:suppressed",
        ),
        (
            [at_home("a", 1)],
            [at_home("b", 1, left="yes"), at_home("a", 2, agreed="2026-10-01")],
            "sms:withdrawn",
        ),
        (
            [at_home("a", 1, agreed="2026-10-01")],
            [
                at_home("b", 1, left="yes"),
                at_home("a", 2),
                at_home("c", 2, left="2026-09-01"),
                at_home("d", 2, agreed="2026-10-01"),
            ],
            "sms:suppressed",
        ),
        (
            [at_home("a", 1, agreed="2026-10-01")],
            [
                at_home("b", 1, left="yes"),
                at_home("c", 1, left="2026-09-01"),
                at_home("d", 1, agreed="2026-10-01"),
            ],
            "sms:suppressed",
        ),
    ],
    ids=[
        "on file",
        "by the file",
        "with the number",
        "without it",
        "gone",
        "gone elsewhere",
        "of two",
    ],
)
@pytest.mark.parametrize("size", [1, 2])
def test_who_came_back_to_a_number_is_foreseen(
    bring_in: Importer,
    tmp_path: Path,
    earlier: list[dict[str, str]],
    rows: list[dict[str, str]],
    said: str,
    size: int,
) -> None:
    bring_in(write(tmp_path / "a.csv", earlier, header=WIDE))
    path = write(tmp_path / "b.csv", rows, header=WIDE)
    foreseen = try_out(bring_in, path, batch_rows=size).report
    report = bring_in(path, batch_rows=3 - size)

    assert foreseen.counts() == report.counts()
    if size == 1:
        assert (foreseen.without_consent + Counter(agreed=report.consents["sms"]))[said] > 0


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(earlier=HOMES, rows=HOMES, size=st.integers(1, 6), other=st.integers(1, 6))
def test_it_knows_who_left_a_shared_number_and_who_came_back_wherever_batches_end(
    bring_in: Importer,
    paths: Iterator[Path],
    earlier: list[dict[str, str]],
    rows: list[dict[str, str]],
    size: int,
    other: int,
) -> None:
    path = next(paths)
    bring_in(write(path, _elsewhere(earlier, path), header=WIDE))
    path = write(next(paths), _elsewhere(rows, path), header=WIDE)
    foreseen = try_out(bring_in, path, batch_rows=size).report
    report = bring_in(path, batch_rows=other)

    assert foreseen.counts() == report.counts()
    assert foreseen.rejects == report.rejects


def _elsewhere(rows: list[dict[str, str]], path: Path) -> Iterator[dict[str, str]]:
    """The same people under addresses of their own: what others left is not theirs."""
    area = AREAS[int(path.stem) // 2 % len(AREAS)]
    line = 1 + int(path.stem) // 2 // len(AREAS) * 2
    for row in rows:
        yield row | {
            "email": f"{path.stem}{row['email']}",
            "phone": row["phone"] and f"{area}-555-01{line + int(row['phone'][-1]):02}",
        }

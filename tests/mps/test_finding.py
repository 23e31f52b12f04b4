"""Where a postal code lies, by all that is known of it; and Represent, asked with care."""

import io
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from mobilize.core.errors import InvalidInput
from mobilize.core.logs import configure_logs
from mobilize.mps.finding import find
from mobilize.mps.licensed import load_licensed
from mobilize.mps.lookup import resolve
from mobilize.mps.postal_models import LicensedCode, OutsideSource, PostalQuestion
from mobilize.mps.resting import FAILURES, REST, answered, failed, fresh, take
from mobilize.runtime import Runtime
from tests.mps import represent_stand_in
from tests.mps.represent_stand_in import SET, StandIn, boundary
from tests.support.campaigns import open_campaign

SHARED = "K1A0A6"
"""Parliament's own code, in an area of several ridings."""
NEW = "A2H9Z9"
"""A code that the table does not know, in an area of one riding."""
FAULTS = ("busy", "too_many", "html", "broken", "truncated", "hangs_up", "huge")


@pytest.fixture
def represent() -> Iterator[StandIn]:
    with represent_stand_in.running() as stand_in:
        yield stand_in


@pytest.fixture
def asking(runtime: Runtime, represent: StandIn) -> Runtime:
    """An installation that asks Represent."""
    lookup = replace(
        runtime.settings.lookup,
        represent=True,
        represent_url=represent.url,
        represent_seconds=0.5,
    )
    return replace(runtime, settings=replace(runtime.settings, lookup=lookup))


def table(folder: Path, *lines: str) -> Path:
    path = folder / "licensed.csv"
    path.write_text("\n".join(["postal_code,fed_code,weight,unique", *lines]) + "\n", "utf-8")
    return path


def codes(runtime: Runtime, typed: str) -> list[str]:
    return [one.code for one in find(runtime, typed).candidates]


def test_nobody_is_asked_unless_it_is_switched_on(runtime: Runtime, represent: StandIn) -> None:
    assert find(runtime, SHARED) == resolve(SHARED)
    assert runtime.settings.lookup.represent is False
    assert represent.asked == []


def test_a_supporters_own_choice_stands_above_all(asking: Runtime, represent: StandIn) -> None:
    answer = find(asking, SHARED, confirmed="35081")
    assert (answer.certainty, answer.reason) == ("confirmed", "own_choice")
    assert [one.code for one in answer.candidates] == ["35081"]
    assert represent.asked == []


def test_a_licensed_unique_link_confirms_and_several_are_asked_about(
    asking: Runtime, represent: StandIn, tmp_path: Path
) -> None:
    lines = ("K1A 0A6,35079,1,yes", "k1a0b1,35081,0.2,no", "K1A0B1,35079,0.8,no")
    report = load_licensed(asking.db, table(tmp_path, *lines), order="2023")
    assert report == (3, 2, 1, 0)
    assert (find(asking, SHARED).certainty, codes(asking, SHARED)) == ("confirmed", ["35079"])
    assert find(asking, "K1A 0B1").certainty == "tentative"
    assert codes(asking, "K1A 0B1") == ["35079", "35081"]
    assert represent.asked == []


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["K1A 0A6,35079,1,yes", "K1A 0A7,99999,1,yes"],
        ["K1A 0A6,35079,1,yes", "nonsense,35079,1,yes"],
        ["K1A 0A6,35079,nan,yes"],
        ["K1A 0A6,35079,1,perhaps"],
        ["K1A 0A6,35079,1"],
        ["K1A 0A6,35079,0.5,yes", "K1A 0A6,35081,0.5,no"],
        ["K1A 0A6,35079,0.5,no", "K1A0A6,35079,0.5,no"],
    ],
)
def test_a_wrong_licensed_table_leaves_the_one_in_use(
    runtime: Runtime, tmp_path: Path, lines: list[str]
) -> None:
    load_licensed(runtime.db, table(tmp_path, "A1A 1A1,10006,1,yes"), order="2023")
    with pytest.raises(InvalidInput) as refused:
        load_licensed(runtime.db, table(tmp_path, *lines), order="2023")
    assert refused.value.hint
    with runtime.db.read() as session:
        assert session.scalars(select(LicensedCode.code)).all() == ["A1A1A1"]


def test_trying_a_licensed_table_changes_nothing(runtime: Runtime, tmp_path: Path) -> None:
    file = table(tmp_path, "A1A 1A1,10006,1,yes")
    assert load_licensed(runtime.db, file, order="2023", dry_run=True).rows == 1
    with runtime.db.read() as session:
        assert session.scalars(select(LicensedCode.code)).all() == []


def test_both_lists_of_represent_count_and_other_sets_do_not(
    asking: Runtime, represent: StandIn
) -> None:
    represent.concordance[SHARED] = ["35080"]
    represent.centroid[SHARED] = ["35079", "35080"]
    represent.others = [boundary("35075", "federal-electoral-districts")]
    answer = find(asking, "k1a 0a6")
    assert [one.code for one in answer.candidates[:2]] == ["35079", "35080"]
    assert {one.code for one in answer.candidates} == {
        one.code for one in resolve(SHARED).candidates
    }
    assert answer.certainty == "tentative"
    assert represent.asked == [f"/postcodes/{SHARED}/?sets={SET}"]
    assert set(represent.headers[0]) <= {"Host", "Accept", "Accept-Encoding", "User-Agent"}


def test_represent_lifts_doubt_only_where_the_area_lies_in_one_riding(
    asking: Runtime, represent: StandIn
) -> None:
    assert resolve(NEW).certainty == "tentative"
    represent.centroid[NEW] = [resolve(NEW).candidates[0].code]
    assert (find(asking, NEW).certainty, find(asking, NEW).reason) == ("likely", "second_source")


def test_sources_that_differ_are_both_shown_and_asked_about(
    asking: Runtime, represent: StandIn
) -> None:
    represent.centroid[NEW] = ["10006"]
    answer = find(asking, NEW)
    assert (answer.certainty, answer.reason) == ("tentative", "sources_differ")
    assert [one.code for one in answer.candidates] == ["10006", "10005"]


def test_a_riding_of_another_province_or_of_none_is_no_candidate(
    asking: Runtime, represent: StandIn
) -> None:
    represent.centroid[NEW] = ["35079", "99999"]
    assert find(asking, NEW) == resolve(NEW)


def test_a_code_is_asked_about_once_also_where_represent_knows_none(
    asking: Runtime, represent: StandIn
) -> None:
    for _ in range(3):
        assert find(asking, SHARED) == resolve(SHARED)
    assert len(represent.asked) == 1


def test_many_at_once_ask_about_a_code_once(asking: Runtime, represent: StandIn) -> None:
    represent.centroid[SHARED] = ["35079"]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: find(asking, SHARED), range(8)))
    assert len(represent.asked) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_represent_answers_our_own_table_stands(
    asking: Runtime, represent: StandIn, fault: represent_stand_in.Fault
) -> None:
    represent.centroid[SHARED] = ["35080"]
    represent.fault = fault
    assert find(asking, SHARED) == resolve(SHARED)
    assert len(represent.asked) == 1


def test_an_answer_that_drips_is_cut_off(asking: Runtime, represent: StandIn) -> None:
    represent.fault = "drip"
    assert find(asking, SHARED) == resolve(SHARED)
    with asking.db.read() as session:
        assert session.scalars(select(OutsideSource.failures)).all() == [1]


def test_where_nobody_listens_our_own_table_stands(asking: Runtime, represent: StandIn) -> None:
    lookup = replace(asking.settings.lookup, represent_url="http://127.0.0.1:9")
    deaf = replace(asking, settings=replace(asking.settings, lookup=lookup))
    assert find(deaf, SHARED) == resolve(SHARED)
    assert represent.asked == []


def test_in_a_storm_of_refusals_it_is_left_alone_and_asked_again_later(
    asking: Runtime, represent: StandIn
) -> None:
    represent.fault = "busy"
    for number in range(9):
        find(asking, f"K1A 0A{number}")
        with asking.db.transaction() as session:
            # The pace is tested elsewhere.
            session.execute(update(OutsideSource).values(tokens=5))
    assert len(represent.asked) == FAILURES
    with asking.db.transaction() as session:
        session.execute(update(OutsideSource).values(rests_until=asking.machine.now()))
    represent.fault = ""
    represent.centroid["K1A0B1"] = ["35080"]
    assert codes(asking, "K1A 0B1")[0] == "35080"


def test_no_minute_has_more_than_fifty_calls(now: datetime) -> None:
    health, went = fresh(now), list[datetime]()
    for tenths in range(3_000):
        at = now + timedelta(seconds=tenths / 10)
        may, health = take(health, at)
        went += [at] if may else []
    assert max(
        sum(begin <= at < begin + timedelta(minutes=1) for at in went) for begin in went
    ) in range(45, 51)


def test_after_a_rest_one_call_tries_and_an_answer_ends_it(now: datetime) -> None:
    health = fresh(now)
    for _ in range(FAILURES):
        health = failed(health, now)
    assert take(health, now)[0] is False
    later = now + REST
    tries, health = take(health, later)
    assert tries
    assert take(health, later)[0] is False
    assert take(answered(health), later)[0] is True


def test_only_a_digest_of_a_code_is_kept(asking: Runtime, represent: StandIn) -> None:
    represent.centroid[SHARED] = ["35079"]
    find(asking, SHARED)
    with asking.db.read() as session:
        [kept] = session.scalars(select(PostalQuestion))
    assert kept.fetched_at is not None
    assert len(kept.code_hash) == 16
    assert SHARED.encode() not in kept.code_hash


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_no_log_and_no_address_of_ours_has_the_code(
    asking: Runtime,
    represent: StandIn,
    client: FlaskClient,
    now: datetime,
    fault: represent_stand_in.Fault,
) -> None:
    represent.centroid[SHARED] = ["35079"]
    represent.fault = fault
    with asking.db.transaction() as session:
        campaign = open_campaign(session, now)
    asking.attach(client.application)
    configure_logs(level="DEBUG", form="json")
    written = io.StringIO()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(written)
    answer = client.post(f"/en/c/{campaign.slug}/where", data={"postal_code": "K1A 0A6"})
    assert answer.status_code == 200
    assert 'value="35079"' in answer.text
    assert len(represent.asked) == 1
    lines = written.getvalue()
    assert '"event": "request"' in lines
    assert ("represent_failed" in lines) == bool(fault)
    for form in ("K1A0A6", "K1A 0A6", "K1A%200A6", "[masked]"):
        assert form.lower() not in lines.lower()

"""Where MPs stand: observations are added, the latest speaks, and organizers alone see them."""

from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from mobilize.accounts.models import AuditEntry
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.mps.models import Mp
from mobilize.mps.stances import current_stances, observations, record_stance
from mobilize.runtime import Runtime
from mobilize.strategy.models import DemandVersion
from tests.support.accounts import bearer, make_key
from tests.support.campaigns import adopted_demand

TODAY = date(2026, 11, 22)


def _mp(parts: Runtime | Database) -> Mp:
    db = parts.db if isinstance(parts, Runtime) else parts
    with db.read() as session:
        return session.scalars(select(Mp).order_by(Mp.id).limit(1)).one()


def test_the_latest_observation_speaks_and_the_last_written_of_a_day(
    mps_db: Database, now: datetime
) -> None:
    mp = _mp(mps_db)
    with mps_db.transaction() as session:
        versions = {slug: adopted_demand(session, now, slug) for slug in ("one", "two")}

        def observe(demand: str, stance: str, day: int) -> None:
            record_stance(
                session,
                mp=mp,
                version=versions[demand],
                stance=stance,
                observed_on=date(2026, 11, day),
                evidence=f"Speech of the {day}th",
                actor="command",
                now=now,
                today=TODAY,
            )

        observe("one", "silent", 20)
        observe("one", "leaning", 20)
        observe("one", "opposed", 3)
        observe("two", "champion", 1)

        assert current_stances(session, [mp.id]) == {
            (mp.id, "one"): "leaning",
            (mp.id, "two"): "champion",
        }
        assert current_stances(session, [mp.id + 1]) == {}
        seen = [(each.demand, each.stance.stance) for each in observations(session, mp.id)]
        assert seen == [
            ("one", "leaning"),
            ("one", "silent"),
            ("one", "opposed"),
            ("two", "champion"),
        ]


def test_the_database_itself_refuses_to_change_an_observation(
    mps_db: Database, now: datetime
) -> None:
    mp = _mp(mps_db)
    with mps_db.transaction() as session:
        record_stance(
            session,
            mp=mp,
            version=adopted_demand(session, now),
            stance="silent",
            observed_on=TODAY,
            evidence="Hansard",
            actor="command",
            now=now,
            today=TODAY,
        )
    for change in ("UPDATE stances SET stance = 'champion'", "DELETE FROM stances"):
        with pytest.raises(DBAPIError, match="only ever added"), mps_db.transaction() as session:
            session.execute(text(change))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"stance": "undecided"}, "stance"),
        ({"observed_on": date(2026, 11, 23)}, "observed_on"),
        ({"evidence": "  "}, "evidence"),
        ({"evidence": "x" * 301}, "evidence"),
    ],
)
def test_an_observation_needs_a_stance_a_day_that_was_and_evidence(
    mps_db: Database, now: datetime, wrong: dict[str, Any], field: str
) -> None:
    mp = _mp(mps_db)
    given = {"stance": "silent", "observed_on": TODAY, "evidence": "Hansard", **wrong}
    with mps_db.transaction() as session:
        version: DemandVersion = adopted_demand(session, now)
        with pytest.raises(InvalidInput) as refused:
            record_stance(
                session, mp=mp, version=version, **given, actor="command", now=now, today=TODAY
            )
    assert list(refused.value.fields) == [field]


def test_organizers_record_and_read_stances_and_nobody_else_does(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    mp, keys = _mp(runtime), {}
    for role in ("organizer", "viewer"):
        keys[role] = bearer(make_key(runtime, role=role))
    with runtime.db.transaction() as session:
        version = adopted_demand(session, now)
    path = f"/api/v1/mps/{mp.public_id}/stances"
    body = {
        "demand_version": version.public_id,
        "stance": "supportive",
        "observed_on": "2026-11-20",
        "evidence": "Met at the fair",
    }

    made = client.post(path, json=body, headers=keys["organizer"])
    assert made.status_code == 201, made.get_json()
    assert made.get_json()["demand"] == "permanent-status"
    shown = client.get(path, headers=keys["organizer"]).get_json()
    assert shown["current"] == {"permanent-status": "supportive"}
    assert shown["observations"] == [made.get_json()]

    assert client.get(path, headers=keys["viewer"]).status_code == 403
    assert client.post(path, json=body, headers=keys["viewer"]).status_code == 403
    unknown = client.post(
        "/api/v1/mps/none/stances", json={**body, "stance": "silent"}, headers=keys["organizer"]
    )
    assert unknown.status_code == 404

    with runtime.db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "mp.observe")).one()
        assert entry.subject_id == mp.public_id
        assert "fair" not in str(entry.facts)
        sealed = session.scalar(text("SELECT evidence FROM stances"))
        assert sealed is not None
        assert b"fair" not in bytes(sealed)

"""Messages that were put off overnight are not all looked at each second."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, func, insert, select, text

from mobilize.core.db import Database
from mobilize.messaging import outbox
from mobilize.messaging.models import Message
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd
from tests.messaging.test_sending import launch

_MANY = 3000


def plan_of(db: Database, now: datetime) -> str:
    """How the database finds what is to be grouped."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _k: Any, statement: str, values: Any, *_more: Any) -> None:
        if " UNION " in statement:
            asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with db.transaction() as session:
            assert outbox.group(session, now=now) == 0
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    explain = "EXPLAIN QUERY PLAN" if db.is_sqlite else "EXPLAIN"
    with db.engine.connect() as connection:
        return str(connection.exec_driver_sql(f"{explain} {statement}", values).all())


def test_what_waits_until_later_is_found_by_its_time(
    runtime: Runtime, now: datetime, db: Database
) -> None:
    with db.transaction() as session:
        add_crowd(session, 1, now=now)
    mailing_id = launch(runtime)
    later = now + timedelta(hours=8)
    with db.transaction() as session:
        first = session.scalars(select(Message)).one()
        rows = [
            {
                "mailing_id": mailing_id,
                "dedupe_key": f"n{number}",
                "language": "en",
                "contact_id": number + 1_000_000,
                "variables": {},
                "state": "queued",
                "not_before": later,
                "created_at": first.created_at,
                "state_at": first.created_at,
            }
            for number in range(_MANY)
        ]
        session.execute(insert(Message), rows)
    with db.transaction() as session:
        session.execute(text("ANALYZE"))

    assert "ix_messages_put_off" in plan_of(db, now)

    with db.transaction() as session:
        assert outbox.group(session, now=later) == 1
        assert session.scalar(select(func.count()).where(Message.chunk_no.is_(None))) == 2000

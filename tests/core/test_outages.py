"""What the database cannot do at the moment is told from what it will not do at all."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mobilize.core.db import Database
from mobilize.core.http import ErrorView, WebApp, install
from mobilize.core.logs import configure_logs
from mobilize.core.outages import is_outage

ON_POSTGRESQL = pytest.mark.parametrize("bare_db", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("bare_db", ["sqlite"], indirect=True)


def raised(db: Database, statement: str) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as caught, db.transaction() as session:
        session.execute(text(statement))
    return caught.value


@ON_POSTGRESQL
@pytest.mark.parametrize(
    "state",
    [
        "53100",  # disk_full
        "53300",  # too_many_connections
        "25006",  # read_only_sql_transaction
        "57P01",  # admin_shutdown
        "58030",  # io_error
        "40001",  # serialization_failure
        "55P03",  # lock_not_available
    ],
)
def test_what_the_server_cannot_do_now_can_be_asked_again(bare_db: Database, state: str) -> None:
    says_so = f"DO $$ BEGIN RAISE EXCEPTION 'as it says' USING ERRCODE = '{state}'; END $$"
    assert is_outage(raised(bare_db, says_so))


@ON_SQLITE
@pytest.mark.parametrize("order", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"])
def test_what_a_file_cannot_take_now_can_be_asked_again(bare_db: Database, order: str) -> None:
    with bare_db.engine.connect() as connection:
        connection.exec_driver_sql(order)
        with pytest.raises(SQLAlchemyError) as caught:
            connection.exec_driver_sql("CREATE TABLE t AS SELECT zeroblob(1000000)")
    assert is_outage(caught.value)


@pytest.mark.parametrize("wrong", ["SELECT * FROM no_such_table", "SELEC 1"])
def test_what_is_wrong_stays_wrong(bare_db: Database, wrong: str) -> None:
    assert not is_outage(raised(bare_db, wrong))


def test_a_server_that_nobody_reaches_can_be_asked_again() -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/nothing")
    assert is_outage(raised(db, "SELECT 1"))


@pytest.fixture
def plain_logs() -> Iterator[None]:
    """As in a process: a traceback is a few lines."""
    configure_logs(level="INFO", form="json")
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


def small_app(db: Database) -> Flask:
    app = WebApp("tests")

    def shown(view: ErrorView) -> str:
        return f"{view.code}: {view.message}"

    install(app, secure=False, render_page=shown)

    @app.route("/<statement>", methods=["GET", "POST"])
    def run(statement: str) -> str:
        with db.transaction() as session:
            session.execute(text(statement))
        return "done"

    return app


@pytest.mark.usefixtures("plain_logs")
def test_whoever_changes_something_hears_that_it_was_not_kept(bare_db: Database) -> None:
    lost = Database("postgresql://nobody@127.0.0.1:1/nothing")
    client = small_app(lost).test_client()

    looked, changed = client.get("/SELECT 1"), client.post("/SELECT 1")

    assert (looked.status_code, changed.status_code) == (503, 503)
    assert looked.text.startswith("not_ready: ")
    assert changed.text.startswith("not_saved: This was not saved")
    # A mistake of ours stays one: nobody is sent to try it again.
    assert small_app(bare_db).test_client().post("/SELEC 1").status_code == 500

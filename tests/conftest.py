"""What every test may ask for: a real database, the fixed present, keys, a running app."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from mobilize.accounts import passwords
from mobilize.app import create_app
from mobilize.core.clock import VirtualClock
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.core.tokens import Links
from mobilize.runtime import Runtime
from mobilize.settings import Settings
from tests.support import databases
from tests.support.installation import make_settings
from tests.support.safety import watched

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
BACKENDS = ("sqlite", "postgresql")


def pytest_report_header() -> str:
    """Say on which databases the suite runs."""
    answers = databases.postgres_answers()
    return f"databases: SQLite{', PostgreSQL' if answers else ' (no PostgreSQL answers)'}"


@pytest.fixture(scope="session")
def postgres_answers() -> bool:
    return databases.postgres_answers()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.make_sqlite_template(tmp_path_factory.mktemp("template") / "empty.db")


@pytest.fixture(scope="session")
def sqlite_country(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A migrated file with the ridings and MPs, for all tests that do not load them themselves."""
    path = tmp_path_factory.mktemp("country") / "country.db"
    return databases.with_country(sqlite_template, path, now=NOW)


@pytest.fixture(scope="session")
def postgres_url(postgres_answers: bool) -> Iterator[str]:
    databases.need_postgres(answers=postgres_answers)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    with databases.postgres_database(f"mobilize_test_{os.getpid()}_{worker}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_country(postgres_answers: bool) -> Iterator[str]:
    """The same on PostgreSQL: the ridings and MPs stay, all else is emptied after each test."""
    databases.need_postgres(answers=postgres_answers)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    with databases.postgres_database(f"mobilize_country_{os.getpid()}_{worker}") as url:
        databases.load_country(url, now=NOW)
        yield url


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring(data_keys={1: b"d" * 32}, index_key=b"i" * 32, link_key=b"l" * 32)


@pytest.fixture(params=BACKENDS)
def db(request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring) -> Iterator[Database]:
    """A database that holds the ridings and MPs and nothing else; once on each kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_country")
        with databases.sqlite_copy(template, tmp_path / "mobilize.db", keyring) as sqlite_db:
            yield sqlite_db
    else:
        url = request.getfixturevalue("postgres_country")
        with databases.emptied_after(url, keyring, country_at=NOW) as postgres_db:
            yield postgres_db


@pytest.fixture(params=BACKENDS)
def bare_db(request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring) -> Iterator[Database]:
    """A migrated database without a single row; once on each kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        with databases.sqlite_copy(template, tmp_path / "bare.db", keyring) as sqlite_db:
            yield sqlite_db
    else:
        url = request.getfixturevalue("postgres_url")
        with databases.emptied_after(url, keyring, country_at=None) as postgres_db:
            yield postgres_db


@pytest.fixture
def settings(tmp_path: Path, db: Database) -> Settings:
    return make_settings(tmp_path, database_url=db.engine.url.render_as_string(hide_password=False))


@pytest.fixture
def runtime(settings: Settings, db: Database, keyring: Keyring, now: datetime) -> Runtime:
    """An installation on the test's database, its virtual clock standing at `now`."""
    clock = VirtualClock(db)
    clock.set(now)
    return Runtime(settings=settings, db=db, clock=clock, keyring=keyring, links=Links(keyring))


@pytest.fixture(scope="session", autouse=True)
def light_passwords() -> None:
    """Hash passwords as lightly as the algorithm allows: the real cost is a third of a second."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # noqa: SLF001


@pytest.fixture(scope="session")
def built() -> list[Flask]:
    """The app of this process, once a test has asked for it."""
    return []


@pytest.fixture
def app(runtime: Runtime, built: list[Flask]) -> Flask:
    """The app on the test's installation; it is put together once, which takes a while."""
    if not built:
        built.append(watched(create_app(runtime)))
    app = built[0]
    runtime.attach(app)
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    return app


@pytest.fixture
def own_app(runtime: Runtime) -> Flask:
    """An app that the test may change."""
    return watched(create_app(runtime))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

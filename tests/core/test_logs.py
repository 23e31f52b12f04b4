"""The net under the rule that logs hold no personal data."""

import json
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Final

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mobilize.core.db import Database
from mobilize.core.logs import MASK, configure_logs, masked
from tests.support.sandbox import CHECKOUT

_ASKS: Final = """
import sys
from mobilize.core.logs import configure_logs
from tests.messaging.test_twilio import provider
configure_logs(level="DEBUG", form="json")
provider(sys.argv[1]).texts_to("+16135550123", sender="+16135550100")
"""


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers.clear()


@pytest.mark.parametrize(
    "private",
    [
        "ada.sample+news@mail.example.org",
        "ada%40example.org",
        "+16135550123",
        "%2B16135550123",
        "613-555-0123",
        "(613) 555-0123",
        "1 613 555 0123",
        "6135550123",
        "K1A 0A6",
        "k1a0a6",
    ],
)
def test_what_names_a_person_is_masked_wherever_it_stands(private: str) -> None:
    assert masked(f"refused: {private}.") == f"refused: {MASK}."
    assert masked({"deep": [private, {"deeper": (private,)}]}) == {
        "deep": [MASK, {"deeper": [MASK]}]
    }


def test_the_token_of_a_personal_link_is_masked() -> None:
    assert masked("GET /en/a/AbCdEfGhIjKlMnOpQrStUv?x=1") == f"GET /en/a/{MASK}?x=1"


@pytest.mark.parametrize(
    "harmless",
    ["2026-11-22T15:00:00Z", "message.sent", "kWkWkZ0-_kWkWkZ0", "200", "/en/a/<token>", "35075"],
)
def test_ids_times_and_routes_stay(harmless: str) -> None:
    assert masked(harmless) == harmless


def test_an_event_is_one_json_line_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="INFO", form="json")
    structlog.stdlib.get_logger("mobilize.tests").info("mailing_started", mailing="m1", people=20)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["mailing"], line["people"]) == ("mailing_started", "m1", 20)


def test_a_traceback_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="INFO", form="json")
    try:
        int("ada@example.org")
    except ValueError:
        structlog.stdlib.get_logger("mobilize.tests").exception("import_failed")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "ada@example.org" not in written


def test_libraries_speak_through_the_same_net(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(level="DEBUG", form="json")
    logging.getLogger("some.library").warning("no answer from %s", "ada@example.org")
    logging.getLogger("python_http_client").debug("the whole payload")
    logging.getLogger("werkzeug").info("GET /en/a/token")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == [f"no answer from {MASK}"]


def test_an_error_of_the_database_hides_what_was_written(db: Database) -> None:
    statement = text("INSERT INTO nowhere VALUES (:name)")
    with pytest.raises(DBAPIError) as error, db.transaction() as session:
        session.execute(statement, {"name": "Sam Placeholder"})
    assert "nowhere" in str(error.value)
    assert "Sam" not in str(error.value)


def test_the_servers_own_log_goes_through_the_net_too(capsys: pytest.CaptureFixture[str]) -> None:
    server = logging.getLogger("gunicorn.error")
    server.addHandler(logging.StreamHandler())
    configure_logs(level="INFO", form="json")
    server.error("Error handling request %s", "GET /fr/a/AbCdEfGhIjKlMnOpQrStUv?x=K1A0A6")
    line = json.loads(capsys.readouterr().err)
    assert line["event"] == f"Error handling request GET /fr/a/{MASK}?x={MASK}"


def test_no_log_has_a_number_that_was_asked_about_also_where_the_answer_is_garbled() -> None:
    with socket.create_server(("127.0.0.1", 0)) as garbling:

        def answer() -> None:
            connection, _ = garbling.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nno header at all\r\n\r\n{}")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{garbling.getsockname()[1]}"
        # In a process of its own, where no other test has told a library what to log.
        ended = subprocess.run(
            [sys.executable, "-c", _ASKS, url], cwd=CHECKOUT, check=True, capture_output=True
        )

    said = ended.stderr.decode()
    assert MASK in said, "urllib3 names the whole address of what it could not read"
    assert "6135550123" not in said

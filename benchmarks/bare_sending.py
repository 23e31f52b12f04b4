"""The yardstick of sending: the same durable loop in raw SQL, without gate, templates or links.

One `INSERT … SELECT` of all messages, numbered into chunks of a thousand. Then for each chunk, one
transaction that leases it and reads its recipients, one request, and one transaction that records
the outcome of each message. One thread, one connection to the server, kept alive.
"""

import json
import sqlite3
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any, Final

import psycopg

_CHUNK: Final = 1000
_BODY: Final = "Dear -name-, this is about as long as a message. " * 200 + "-link-"
_CREATE: Final = """
CREATE TABLE bare_people (id BIGINT PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE bare_chunks (number BIGINT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE bare_messages (
    person_id BIGINT PRIMARY KEY, chunk_no BIGINT NOT NULL, state TEXT NOT NULL, ref TEXT
);
CREATE INDEX bare_messages_chunk ON bare_messages (chunk_no)
"""
_LAUNCH: Final = """
INSERT INTO bare_messages (person_id, chunk_no, state)
    SELECT id, (row_number() OVER (ORDER BY id) - 1) / 1000, 'queued' FROM bare_people;
INSERT INTO bare_chunks SELECT DISTINCT chunk_no, 'ready' FROM bare_messages
"""
_NEXT: Final = "SELECT number FROM bare_chunks WHERE state = 'ready' ORDER BY number LIMIT 1"

Connection = sqlite3.Connection | psycopg.Connection


def add_people(connection: Connection, count: int) -> None:
    """Make the bare tables, and put recipients into them."""
    for statement in _CREATE.split(";"):
        connection.execute(statement)
    mark = _mark(connection)
    connection.execute("BEGIN")
    connection.cursor().executemany(
        f"INSERT INTO bare_people VALUES ({mark}, {mark}, {mark})",  # noqa: S608 - no input
        [(at, f"supporter.{at}@example.org", f"Name{at}") for at in range(count)],
    )
    connection.execute("COMMIT")


def send_all(connection: Connection, port: int) -> None:
    """Launch, and send until nothing is left."""
    is_sqlite = isinstance(connection, sqlite3.Connection)
    mark = _mark(connection)
    server = HTTPConnection("127.0.0.1", port)
    begin = "BEGIN IMMEDIATE" if is_sqlite else "BEGIN"
    lease = _NEXT if is_sqlite else f"{_NEXT} FOR UPDATE SKIP LOCKED"
    connection.execute(begin)
    for statement in _LAUNCH.split(";"):
        connection.execute(statement)
    connection.execute("COMMIT")
    while True:
        connection.execute(begin)
        chunk = connection.execute(lease).fetchone()
        if chunk is None:
            connection.execute("COMMIT")
            break
        connection.execute(
            f"UPDATE bare_chunks SET state = 'leased' WHERE number = {mark}",  # noqa: S608
            chunk,
        )
        people = connection.execute(
            "SELECT p.id, p.email, p.name FROM bare_messages m"  # noqa: S608 - no input
            f" JOIN bare_people p ON p.id = m.person_id WHERE m.chunk_no = {mark}",
            chunk,
        ).fetchall()
        connection.execute("COMMIT")
        ref = _post(server, people)
        connection.execute(begin)
        connection.execute(
            "UPDATE bare_messages SET state = 'accepted',"  # noqa: S608 - no input
            f" ref = {mark} WHERE chunk_no = {mark}",
            (ref, *chunk),
        )
        connection.execute(
            f"UPDATE bare_chunks SET state = 'done' WHERE number = {mark}",  # noqa: S608
            chunk,
        )
        connection.execute("COMMIT")
    server.close()


def _mark(connection: Connection) -> str:
    return "?" if isinstance(connection, sqlite3.Connection) else "%s"


def _post(server: HTTPConnection, people: Sequence[tuple[Any, ...]]) -> str:
    body = {
        "from": {"email": "alerts@example.org"},
        "subject": "A word, -name-",
        "content": [{"type": "text/html", "value": _BODY}],
        "personalizations": [
            {
                "to": [{"email": email}],
                "substitutions": {"-name-": name, "-link-": f"https://act.example.org/a/{key}"},
            }
            for key, email, name in people
        ],
    }
    server.request("POST", "/v3/mail/send", json.dumps(body), {"Authorization": "Bearer bare"})
    answer = server.getresponse()
    answer.read()
    return answer.headers["X-Message-Id"]

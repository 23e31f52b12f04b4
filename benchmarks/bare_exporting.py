"""The yardstick of export: the same columns of the same people, sealed as they lie in the tables.

On PostgreSQL `COPY … TO STDOUT`; on SQLite a bare cursor into a CSV writer.
"""

import csv
import sqlite3
from pathlib import Path
from typing import Final, LiteralString

import psycopg

_PROOFS: Final[LiteralString] = ", ".join(
    f"CASE WHEN {name}.granted THEN {name}_event.basis END,"
    f" CASE WHEN {name}.granted"
    f" THEN coalesce({name}_event.basis_date, date({name}_event.occurred_at)) END,"
    f" CASE WHEN {name}.granted THEN {name}_event.evidence END,"
    f" CASE WHEN NOT {name}.granted THEN {name}_event.occurred_at END"
    for name in ("email", "sms")
)
_CONSENTS: Final[LiteralString] = " ".join(
    f"LEFT JOIN consents {name} ON {name}.contact_id = contacts.id AND {name}.channel = '{name}'"
    f" AND {name}.organization = 'us' AND {name}.topic = ''"
    f" LEFT JOIN consent_events {name}_event ON {name}_event.id = {name}.event_id"
    f" LEFT JOIN suppressions {name}_stop ON {name}_stop.channel = '{name}'"
    f" AND {name}_stop.address_hash = contacts.{address}_hash"
    for name, address in (("email", "email"), ("sms", "phone"))
)
_TOPICS: Final[LiteralString] = (
    "LEFT JOIN (SELECT contact_id, count(*) AS topics FROM consents"
    " WHERE topic <> '' OR organization <> 'us' OR channel = 'voice' GROUP BY contact_id) others"
    " ON others.contact_id = contacts.id LEFT JOIN ridings ON ridings.id = contacts.riding_id"
)
_WORN: Final[LiteralString] = (
    "FROM contact_tags JOIN tags ON tags.id = contact_tags.tag_id"
    " WHERE contact_tags.contact_id = contacts.id"
)
_POSTGRESQL_TAGS: Final[LiteralString] = f"SELECT string_agg(name, ';' ORDER BY name) {_WORN}"
_SQLITE_TAGS: Final[LiteralString] = (
    f"SELECT group_concat(name, ';') FROM (SELECT name {_WORN} ORDER BY name)"  # noqa: S608 - our own names
)


def take_out(connection: sqlite3.Connection | psycopg.Connection, path: Path) -> None:
    """Write everybody into a file."""
    if isinstance(connection, psycopg.Connection):
        order: LiteralString = f"COPY ({_select(_POSTGRESQL_TAGS)}) TO STDOUT (FORMAT csv, HEADER)"
        with path.open("wb") as file, connection.cursor().copy(order) as copy:
            file.writelines(copy)
    else:
        with path.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text).writerows(connection.execute(_select(_SQLITE_TAGS)))


def _select(tags: LiteralString) -> LiteralString:
    return (
        "SELECT email, phone, given_name, family_name, language, kind,"  # noqa: S608 - our own names
        f" ({tags}), contacts.source, fsa, contacts.province, ridings.code, riding_certainty,"
        f" riding_source, time_zone, {_PROOFS}, sms_confirmed_at, topics, email_stop.reason,"
        " sms_stop.reason, do_not_contact, discreet, safe_channel, safe_from, safe_until,"
        " paused_until, no_voicemail"
        f" FROM contacts {_CONSENTS} {_TOPICS} WHERE state = 'active' ORDER BY contacts.id"
    )

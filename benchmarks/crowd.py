"""Made-up people in great number, straight into their tables: all agreed to emails and to texts."""

from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, insert, literal, select, text
from sqlalchemy.orm import Session

from benchmarks.databases import Fill
from benchmarks.installation import install, opened
from benchmarks.mailing import write_template
from mobilize.contacts.consent_models import OUR_ORGANIZATION, Consent
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.models import Contact
from mobilize.core.bulk import insert_rows
from mobilize.core.columns import keyring_of_session
from mobilize.core.keys import Keyring
from mobilize.runtime import Runtime
from mobilize.settings import Settings

_CONTACTS: Final = cast("Table", Contact.__table__)
_COLUMNS: Final = (
    "public_id", "kind", "state", "given_name", "family_name", "email", "email_hash", "phone",
    "phone_hash", "sms_confirmed_at", "language", "time_zone", "source", "discreet",
    "do_not_contact", "no_voicemail", "created_at", "updated_at",
)  # fmt: skip
_AT_A_TIME: Final = 10_000


def crowded(settings: Settings, people: int) -> Fill:
    """What puts an installation with so many people and a template into a database."""

    def fill(url: str) -> None:
        with opened(settings, url) as runtime:
            install(runtime)
            add_crowd(runtime, people)
            write_template(runtime)

    return fill


def add_crowd(runtime: Runtime, people: int) -> None:
    """Put people into an installation, and let the database gather its statistics."""
    now = runtime.clock.now()
    for first in range(0, people, _AT_A_TIME):
        with runtime.db.transaction() as session:
            keyring = keyring_of_session(session)
            numbers = range(first, min(first + _AT_A_TIME, people))
            rows = [_row(number, keyring, now) for number in numbers]
            insert_rows(session, _CONTACTS, _COLUMNS, rows)
    with runtime.db.transaction() as session:
        for channel in ("email", "sms"):
            _agree(session, channel)
        session.execute(text("ANALYZE"))


def _row(number: int, keyring: Keyring, now: datetime) -> tuple[Any, ...]:
    email, phone = f"supporter.{number}@example.org", f"+1613555{number:04}"
    return (
        f"crowd-{number}", "supporter", "active", "Rowan", "Rivière", email,
        email_hash(keyring, email), phone, phone_hash(keyring, phone), now,
        "en" if number % 3 else "fr", "America/Toronto", "bench", False, False, False, now, now,
    )  # fmt: skip


def _agree(session: Session, channel: str) -> None:
    columns = ["contact_id", "channel", "organization", "topic", "granted", "event_id"]
    agreed = select(
        Contact.id,
        literal(channel),
        literal(OUR_ORGANIZATION),
        literal(""),
        literal(True),
        literal(1),
    )
    session.execute(insert(Consent).from_select(columns, agreed))

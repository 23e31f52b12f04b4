"""A person's copy: whole, in words of both languages, safe to open, audited."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import erasing, joining, notes
from mobilize.contacts.copying import copy_of, readable, words_of_copy
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.i18n import Language
from tests.test_timeline import everything

ZONE = ZoneInfo("America/Toronto")
FREE = {"custom_fields", "answers"}
"""Below these stand keys that an installation made itself."""


def keys(value: Any) -> Iterator[str]:
    """Every key of a copy, however deep."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            if key not in FREE:
                yield from keys(part)
    elif isinstance(value, list):
        for part in value:
            yield from keys(part)


def page(copy: dict[str, Any], language: Language, now: datetime) -> str:
    return readable(
        copy,
        language=language,
        organization="The Coalition",
        contact_email="office@example.org",
        zone=ZONE,
        now=now,
    )


@pytest.fixture
def copy(db: Database, now: datetime) -> dict[str, Any]:
    """The copy of somebody to whom one of each thing happened."""
    with db.transaction() as session:
        ana = session.get_one(Contact, everything(session, now))
        return copy_of(session, contact=ana, actor="account:a", now=now)


def test_every_key_has_words_in_both_languages(copy: dict[str, Any]) -> None:
    words, _codes = words_of_copy()
    assert set(keys(copy)) - words.keys() == set()
    assert all(label.en and label.fr for label in words.values())


def test_it_holds_what_every_feature_holds_and_what_was_merged(copy: dict[str, Any]) -> None:
    assert set(copy) == {"contacts", "messaging", "conversations", "partners", "actions"}
    assert copy["contacts"]["email"] == "ana@example.org"
    assert copy["contacts"]["consents"][0]["evidence"] == "form"
    assert copy["actions"]["mp_contacts"][0]["note"] == "Not for here."
    assert copy["messaging"]["messages"][0]["state"] == "queued"
    assert {one["text"] for one in copy["messaging"]["texts_from_your_number"]} == {
        "STOP",
        "He hurts me",
    }
    assert copy["partners"]["sign_ons"][0]["state"] == "pending"
    assert copy["contacts"]["joined_records"][0]["state"] == "merged"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("What we keep about you", "you said yes", "I spoke with staff", "Nov", "The exact"),
        ),
        ("fr", ("Ce que nous conservons", "vous avez dit oui", "personnel", "Les mots")),
    ],
)
def test_it_reads_well_in_either_language(
    copy: dict[str, Any], now: datetime, language: Language, words: tuple[str, ...]
) -> None:
    html = page(copy, language, now)
    assert f'<html lang="{language}">' in html
    for word in (*words, "ana@example.org", "The Coalition", "office@example.org"):
        assert word in html


def test_the_page_fetches_nothing_and_runs_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana = joining.create(
            session, email="ana@example.org", given_name="<script>x</script>", actor="command",
            now=now,
        )  # fmt: skip
        notes.add_note(session, contact=ana, text='"><img src=x>', actor="command", now=now)
        html = page(copy_of(session, contact=ana, actor="supporter", now=now), "en", now)
    assert not re.search(r"<(script|img|link|iframe|form)|<[^>]*(src|href)=|url\(|@import", html)


def test_taking_a_copy_is_audited_without_what_it_says(db: Database, copy: dict[str, Any]) -> None:
    with db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.copy")).one()
    assert (entry.actor, entry.subject_id, entry.facts) == (
        "account:a",
        copy["contacts"]["id"],
        {},
    )


def test_the_copy_of_a_merged_record_is_the_person_s(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana = session.get_one(Contact, everything(session, now))
        other = session.scalars(select(Contact).where(Contact.merged_into_id == ana.id)).one()
        assert copy_of(session, contact=other, actor="supporter", now=now)["contacts"]["id"] == (
            ana.public_id
        )


def test_who_was_erased_has_a_copy_without_name_and_address(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        ana = session.get_one(Contact, everything(session, now))
        erasing.erase(session, contact=ana, actor="supporter", now=now + timedelta(days=1))
        copy = copy_of(session, contact=ana, actor="command", now=now + timedelta(days=1))
    text = str(copy)
    assert not any(word in text for word in ("ana@example.org", "Ana", "613", "Sings", "hurts"))

"""A person's page: masked, revealed on purpose, changed, corrected, copied, erased; all audited."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from mobilize.accounts.models import AccountSession, AuditEntry
from mobilize.console.telling import TELLERS, Names, told
from mobilize.contacts import custom_fields, joining, notes
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_public_id
from mobilize.core.clock import SystemClock
from mobilize.core.timeline import Entry, parts
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk
from tests.test_timeline import everything

pytestmark = ONE_DATABASE
EMAIL, PHONE = "ana@example.org", "+16135550123"


@pytest.fixture
def ana(runtime: Runtime, now: datetime) -> Contact:
    """Somebody to whom one of each thing happened."""
    with runtime.db.transaction() as session:
        return session.get_one(Contact, everything(session, now))


@pytest.fixture
def place(ana: Contact) -> str:
    return f"/console/people/{ana.public_id}"


def audited(runtime: Runtime, ana: Contact) -> list[str]:
    with runtime.db.read() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == ana.public_id).order_by(AuditEntry.id)
        )
        return [row.action for row in rows if row.actor.startswith("account:")]


def found(runtime: Runtime, ana: Contact) -> Contact:
    with runtime.db.read() as session:
        return by_public_id(session, ana.public_id)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ("Came onto the list", "said yes", "I spoke with staff", "Sign-on", "House", "Older"),
        ),
        ("fr", ("Arrivée sur la liste", "personnel", "Appui", "Maison", "Plus ancien", "Texto")),
    ],
)
def test_it_tells_all_that_happened_in_either_language(
    at_desk: Callable[..., Desk],
    runtime: Runtime,
    ana: Contact,
    now: datetime,
    language: str,
    words: tuple[str, ...],
) -> None:
    place = f"/console/people/{ana.public_id}"
    with runtime.db.transaction() as session:
        for number in range(5):
            notes.add_note(session, contact=ana, text=f"n{number}", actor="command", now=now)
    desk = at_desk(language=language)
    page = desk.read(place)
    for word in words:
        assert word in page, word
    assert EMAIL not in page
    assert "He hurts me" not in page
    more = page.split(f"{place}/timeline?after=")[1].split('"')[0]
    assert "list.csv" in desk.read(f"{place}/timeline?after={more}")


@pytest.mark.usefixtures("db")
def test_every_kind_of_entry_has_words() -> None:
    at = datetime.fromisoformat("2026-11-22T15:00:00+00:00")
    for part in parts():
        for kind in part.kinds:
            assert kind in TELLERS or kind.partition(".")[0] in TELLERS, kind
    assert told(Entry(at=at, id=1, kind="unheard.of"), Names()).what == "unheard.of"


def test_addresses_open_on_a_deliberate_step_that_is_audited(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str
) -> None:
    desk = at_desk()
    assert EMAIL not in desk.read(place)
    opened = desk.send(f"{place}/reveal")
    assert opened.headers["Cache-Control"] == "no-store"
    assert EMAIL in opened.text
    assert PHONE in opened.text
    assert EMAIL not in desk.read(place)
    assert audited(runtime, ana) == ["contact.reveal"]


def test_tags_answers_notes_and_safe_ways_are_changed_there(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        for key, kind in (("shirt", "choice"), ("seen", "date")):
            custom_fields.create_field(
                session, key=key, label_en=key, label_fr=key, kind=kind, actor="command", now=now,
                choices=[{"key": k, "en": k, "fr": k} for k in ("small", "large")]
                if kind == "choice"
                else [],
            )  # fmt: skip
    desk = at_desk()
    assert "choir" in desk.follow(f"{place}/tags", tag="Choir; river")
    assert "Take off<span" in desk.read(place)
    assert "river" not in desk.follow(f"{place}/tags/remove", tag="river").split("known-tags")[0]
    refused = desk.follow(f"{place}/tags", tag="sans statut")
    assert "alert-danger" in refused
    kept = desk.follow(f"{place}/answers", **{"field-shirt": "large", "field-seen": "2026-11-01"})
    assert 'value="large" selected' in kept
    assert 'value="2026-11-01"' in kept
    assert "alert-danger" in desk.follow(f"{place}/answers", **{"field-seen": "someday"})
    written = desk.follow(f"{place}/notes", text="Prefers evenings.")
    assert written.count("Prefers evenings.") == 2
    note = written.split(f"{place}/notes/")[1].split("/delete")[0]
    assert "Prefers evenings." not in desk.follow(f"{place}/notes/{note}/delete")
    desk.follow(
        f"{place}/safe-reach", safe_channel="sms", safe_from="22:00", safe_until="06:00",
        discreet="yes",
    )  # fmt: skip
    assert "alert-danger" in desk.follow(f"{place}/safe-reach", safe_from="22:00")
    person = found(runtime, ana)
    assert (person.safe_channel, str(person.safe_from), person.discreet) == (
        "sms", "22:00:00", True,
    )  # fmt: skip
    assert audited(runtime, ana) == [
        "contact.add_tag",
        "contact.remove_tag",
        "contact.answer",
        "contact.note",
        "contact.unnote",
        "contact.prefer",
    ]


def test_somebody_else_s_note_stays(at_desk: Callable[..., Desk], place: str) -> None:
    desk = at_desk()
    page = desk.read(place)
    assert "Sings." in page
    assert "Delete this note" not in page


def test_a_record_is_corrected_and_what_was_typed_stays_where_it_is_refused(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str
) -> None:
    desk = at_desk()
    page = desk.read(f"{place}/correct")
    assert EMAIL not in page
    refused = desk.send(
        f"{place}/correct", given_name="Anne", family_name="", email="nowhere", reason="asked"
    )
    assert refused.status_code == 422
    assert 'value="Anne"' in refused.text
    assert 'value="nowhere"' in refused.text
    told_page = desk.follow(
        f"{place}/correct", given_name="Anne", family_name="", email="anne@example.org",
        phone="", remove="phone", language="fr", reason="asked",
    )  # fmt: skip
    assert "Corrected" in told_page
    person = found(runtime, ana)
    assert (person.given_name, person.email, person.phone, person.language) == (
        "Anne", "anne@example.org", None, "fr",
    )  # fmt: skip
    assert audited(runtime, ana) == ["contact.rectify"]


def test_a_copy_is_handed_over_as_a_file_after_a_fresh_sign_in(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str
) -> None:
    desk = at_desk()
    desk.read(f"{place}/copy")
    as_json = desk.send(f"{place}/copy", form="json")
    assert json.loads(as_json.text)["contacts"]["email"] == EMAIL
    assert as_json.headers["Cache-Control"] == "no-store"
    page = desk.send(f"{place}/copy", form="fr")
    assert page.headers["Content-Disposition"] == 'attachment; filename="copie.html"'
    assert '<html lang="fr">' in page.text
    assert audited(runtime, ana) == ["contact.copy", "contact.copy"]
    earlier = SystemClock().now() - timedelta(hours=1)
    with runtime.db.transaction() as session:
        session.execute(update(AccountSession).values(fresh_at=earlier))
    for way in ("copy", "erase"):
        assert "/console/confirm" in desk.send(f"{place}/{way}", sure="yes").headers["Location"]
    assert audited(runtime, ana) == ["contact.copy", "contact.copy"]


def test_a_person_is_erased_once_somebody_is_sure(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str
) -> None:
    desk = at_desk()
    assert "Nothing brings them back" in desk.read(f"{place}/erase")
    assert "Nothing was erased" in desk.follow(f"{place}/erase")
    page = desk.follow(f"{place}/erase", sure="yes")
    assert "This person was erased." in page
    assert "Sings." not in page
    assert found(runtime, ana).state == "tombstoned"
    with runtime.db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "contact.erase", AuditEntry.subject_id == ana.public_id
            )
        ).one()
    assert entry.actor.startswith("account:")


def test_a_merged_record_leads_to_the_one_that_stands(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact, place: str
) -> None:
    with runtime.db.read() as session:
        other = session.scalars(select(Contact).where(Contact.merged_into_id == ana.id)).one()
    answer = at_desk().client.get(f"/console/people/{other.public_id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, place)


def test_people_are_found_by_a_whole_number(
    at_desk: Callable[..., Desk], ana: Contact, runtime: Runtime
) -> None:
    with runtime.db.transaction() as session:
        session.execute(update(Contact).where(Contact.id == ana.id).values(given_name="Canary"))
    desk = at_desk()
    assert "Canary" in desk.send("/console/people", search="(613) 555-0123").text
    assert "Canary" not in desk.send("/console/people", search="613-555-0199").text
    assert desk.send("/console/people", search="123 45 67").status_code == 422


def test_fields_and_tags_are_managed(
    at_desk: Callable[..., Desk], runtime: Runtime, ana: Contact
) -> None:
    desk = at_desk()
    made = desk.send(
        "/console/fields", key="shirt_size", label_en="Shirt size", label_fr="Taille",
        kind="choice", choices="small; Small; Petite\nlarge; Large; Grande",
    )  # fmt: skip
    assert made.status_code == 303
    refused = desk.send(
        "/console/fields", key="papers", label_en="Immigration status", label_fr="Statut",
        kind="text",
    )  # fmt: skip
    assert refused.status_code == 422
    assert 'value="Immigration status"' in refused.text
    renamed = desk.follow(
        "/console/fields/shirt_size/rename", label_en="T-shirt", label_fr="Chandail"
    )
    assert "T-shirt" in renamed
    assert "archived" in desk.follow("/console/fields/shirt_size/archive")
    with runtime.db.transaction() as session:
        joining.add_tags(session, contact_id=ana.id, tags=["choir", "rally", "old"])
    page = desk.follow("/console/tags/rename", tag="choir", to="rally")
    assert "<strong>choir</strong>" not in page
    assert "<strong>rally</strong> · 1 person" in page
    assert "<strong>old</strong>" not in desk.follow("/console/tags/remove", tag="old")
    desk.follow("/console/tags/rename", tag="rally", to="Singers")
    assert "<strong>singers</strong>" in desk.read("/console/fields")


@pytest.mark.usefixtures("db")
def test_a_consent_known_by_its_day_is_told_with_the_day_alone() -> None:
    midnight = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    facts = {"channel": "email", "organization": "us", "topic": "", "basis": "express"}
    facts |= {"source": "import", "evidence": "sheet 12", "basis_date": "2026-03-01"}
    by_day = Entry(at=midnight, id=1, kind="consent.granted", facts=facts)
    later = Entry(at=midnight + timedelta(hours=15), id=2, kind="consent.granted", facts=facts)
    assert told(by_day, Names()).day == date(2026, 3, 1)
    assert told(later, Names()).day is None, "its hour is known"

"""Contacts over JSON: list, see, take up, tag, and bring in files."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.guards import caller, needs
from mobilize.contacts import custom_fields, joining, notes, queries
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.identity import masked_email, masked_phone
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.models import Contact
from mobilize.contacts.rows import Claim
from mobilize.contacts.schemas import (
    AnswersSchema,
    ConsentSchema,
    ContactPageSchema,
    ContactQuerySchema,
    ContactSchema,
    DoNotContactSchema,
    FieldSchema,
    ImportReportSchema,
    NewContactSchema,
    NewFieldSchema,
    NewNoteSchema,
    NoteSchema,
    TagCountSchema,
    TagsSchema,
    UploadSchema,
)
from mobilize.runtime import runtime

blueprint = Blueprint(
    "contacts", __name__, url_prefix="/contacts", description="Supporters and partners' people."
)


@blueprint.get("/")
@blueprint.arguments(ContactQuerySchema, location="query")
@blueprint.response(200, ContactPageSchema)
@needs("people")
def list_contacts(query: dict[str, Any]) -> dict[str, Any]:
    """People, page by page."""
    last, limit = query.pop("after", None), query.pop("limit")
    with runtime().db.read() as session:
        after = queries.by_public_id(session, last).id if last else 0
        page = queries.contacts(session, queries.Filter(**query), after=after, limit=limit)
        items = _shown(session, page.items)
    return {"items": items, "after": items[-1]["id"] if page.after else None}


@blueprint.get("/<public_id>")
@blueprint.response(200, ContactSchema)
@needs("people")
def get_contact(public_id: str) -> dict[str, Any]:
    """One person."""
    with runtime().db.read() as session:
        return _shown(session, [queries.by_public_id(session, public_id)])[0]


@blueprint.post("/")
@blueprint.arguments(NewContactSchema)
@blueprint.response(201, ContactSchema)
@needs("people")
def create_contact(body: dict[str, Any]) -> dict[str, Any]:
    """Take a person up."""
    now, actor = runtime().clock.now(), caller().actor
    claims = [
        Claim(one["channel"], one["basis"], one["date"], one["evidence"])
        for one in body.pop("consents")
    ]
    with runtime().db.transaction() as session:
        contact = joining.create(session, **body, consents=claims, actor=actor, now=now)
        audit.record(
            session,
            now=now,
            actor=actor,
            action="contact.create",
            subject_kind="contact",
            subject_id=contact.public_id,
        )
        return _shown(session, [contact])[0]


@blueprint.get("/<public_id>/consents")
@blueprint.response(200, ConsentSchema(many=True))
@needs("people")
def list_consents(public_id: str) -> Any:
    """What the ledger says of a person now."""
    with runtime().db.read() as session:
        contact = queries.by_public_id(session, public_id)
        return queries.standing_consents(session, contact.id)


@blueprint.post("/<public_id>/tags")
@blueprint.arguments(TagsSchema)
@blueprint.response(200, ContactSchema)
@needs("people")
def add_tags(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Put tags on a person."""
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        joining.add_tags(session, contact_id=contact.id, tags=body["tags"])
        return _shown(session, [contact])[0]


@blueprint.delete("/<public_id>/tags/<tag>")
@blueprint.response(204)
@needs("people")
def remove_tag(public_id: str, tag: str) -> None:
    """Take a tag off a person."""
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        joining.remove_tag(session, contact_id=contact.id, tag=tag)


@blueprint.get("/tags")
@blueprint.response(200, TagCountSchema(many=True))
@needs("see")
def list_tags() -> list[dict[str, Any]]:
    """Every tag, with how many wear it."""
    with runtime().db.read() as session:
        return [{"name": name, "people": people} for name, people in queries.all_tags(session)]


@blueprint.get("/fields")
@blueprint.response(200, FieldSchema(many=True))
@needs("see")
def list_fields() -> Any:
    """Every custom field, archived ones too."""
    with runtime().db.read() as session:
        return custom_fields.all_fields(session)


@blueprint.post("/fields")
@blueprint.arguments(NewFieldSchema)
@blueprint.response(201, FieldSchema)
@needs("people")
def create_field(body: dict[str, Any]) -> Any:
    """Make a custom field; one on status, survival, an employer or a case is refused."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        return custom_fields.create_field(session, **body, actor=actor, now=now)


@blueprint.post("/fields/<key>/archive")
@blueprint.response(200, FieldSchema)
@needs("people")
def archive_field(key: str) -> Any:
    """Ask a custom field of nobody any more; the answers stay."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        return custom_fields.archive_field(session, key=key, actor=actor, now=now)


@blueprint.get("/<public_id>/fields")
@blueprint.response(200, AnswersSchema)
@needs("people")
def list_answers(public_id: str) -> dict[str, Any]:
    """A person's answers to custom fields."""
    with runtime().db.read() as session:
        contact = queries.by_public_id(session, public_id)
        return {"values": custom_fields.values_of(session, [contact.id]).get(contact.id, {})}


@blueprint.patch("/<public_id>/fields")
@blueprint.arguments(AnswersSchema)
@blueprint.response(200, AnswersSchema)
@needs("people")
def change_answers(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Keep a person's answers to the fields named; an empty one is taken off."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        custom_fields.answer(session, contact=contact, answers=body["values"], actor=actor, now=now)
        return {"values": custom_fields.values_of(session, [contact.id]).get(contact.id, {})}


@blueprint.put("/<public_id>/do-not-contact")
@blueprint.arguments(DoNotContactSchema)
@blueprint.response(200, ContactSchema)
@needs("people")
def change_do_not_contact(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Let nothing go to a person, whatever they agreed to, or lift it."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        set_do_not_contact(
            session, contact=contact, wanted=body["do_not_contact"], actor=actor, now=now
        )
        return _shown(session, [contact])[0]


@blueprint.get("/<public_id>/notes")
@blueprint.response(200, NoteSchema(many=True))
@needs("people")
def list_notes(public_id: str) -> Any:
    """What was written about a person, the latest first."""
    with runtime().db.read() as session:
        return notes.notes_of(session, queries.by_public_id(session, public_id).id)


@blueprint.post("/<public_id>/notes")
@blueprint.arguments(NewNoteSchema)
@blueprint.response(201, NoteSchema)
@needs("people")
def add_note(body: dict[str, Any], public_id: str) -> Any:
    """Write a note about a person; never one on status, survival, an employer or a case."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        return notes.add_note(session, contact=contact, text=body["text"], actor=actor, now=now)


@blueprint.delete("/<public_id>/notes/<note>")
@blueprint.response(204)
@needs("people")
def delete_note(public_id: str, note: str) -> None:
    """Delete a note of one's own."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        notes.delete_note(session, contact=contact, note_ref=note, actor=actor, now=now)


@blueprint.post("/imports")
@blueprint.arguments(UploadSchema, location="files")
@blueprint.response(200, ImportReportSchema)
@needs("import")
def import_file(files: dict[str, Any]) -> dict[str, Any]:
    """Bring in a CSV file of supporters; the answer says what became of each row."""
    upload, parts = files["file"], runtime()
    with tempfile.TemporaryDirectory(prefix="mobilize-") as folder:
        path = Path(folder) / (Path(upload.filename or "").name or "supporters.csv")
        upload.save(path)
        report = import_supporters(
            parts.db, path=path, actor=caller().actor, clock=parts.clock, keyring=parts.keyring
        )
    return report.as_dict()


def _shown(session: Session, people: Sequence[Contact]) -> list[dict[str, Any]]:
    tags = queries.tags_of(session, [person.id for person in people])
    codes = queries.riding_codes(session, {one.riding_id for one in people if one.riding_id})
    opened = caller().role == "admin"
    return [
        {
            "id": person.public_id,
            "kind": person.kind,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email if opened else masked_email(person.email),
            "phone": person.phone if opened else masked_phone(person.phone),
            "sms_confirmed_at": person.sms_confirmed_at,
            "language": person.language,
            "province": person.province,
            "postal_area": person.fsa,
            "riding": codes.get(person.riding_id or 0),
            "riding_certainty": person.riding_certainty,
            "do_not_contact": person.do_not_contact,
            "tags": tags.get(person.id, []),
            "source": person.source,
            "created_at": person.created_at,
        }
        for person in people
    ]

"""Notes about a person over JSON."""

from typing import Any

from mobilize.accounts.guards import caller, needs
from mobilize.contacts import notes, queries
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.schemas import NewNoteSchema, NoteSchema
from mobilize.runtime import runtime


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

"""Custom fields over JSON, and what people answered to them."""

from typing import Any

from mobilize.accounts.guards import caller, needs
from mobilize.contacts import custom_fields, queries
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.schemas import AnswersSchema, FieldSchema, NewFieldSchema
from mobilize.runtime import runtime


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

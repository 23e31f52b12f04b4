"""People over JSON: list, see, take up, tag, close to contact."""

from typing import Any

from mobilize.accounts import audit
from mobilize.accounts.guards import caller, needs
from mobilize.contacts import joining, queries, tagging
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.api.showing import shown
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.rows import Claim
from mobilize.contacts.schemas import (
    ConsentSchema,
    ContactPageSchema,
    ContactQuerySchema,
    ContactSchema,
    DoNotContactSchema,
    NewContactSchema,
    TagCountSchema,
    TagsSchema,
)
from mobilize.runtime import runtime


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
        items = shown(session, page.items)
    return {"items": items, "after": items[-1]["id"] if page.after else None}


@blueprint.get("/<public_id>")
@blueprint.response(200, ContactSchema)
@needs("people")
def get_contact(public_id: str) -> dict[str, Any]:
    """One person."""
    with runtime().db.read() as session:
        return shown(session, [queries.by_public_id(session, public_id)])[0]


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
        return shown(session, [contact])[0]


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
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        tagging.tag(session, contact=contact, tags=body["tags"], actor=actor, now=now)
        return shown(session, [contact])[0]


@blueprint.delete("/<public_id>/tags/<tag>")
@blueprint.response(204)
@needs("people")
def remove_tag(public_id: str, tag: str) -> None:
    """Take a tag off a person."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        tagging.untag(session, contact=contact, name=tag, actor=actor, now=now)


@blueprint.get("/tags")
@blueprint.response(200, TagCountSchema(many=True))
@needs("see")
def list_tags() -> list[dict[str, Any]]:
    """Every tag, with how many wear it."""
    with runtime().db.read() as session:
        return [{"name": name, "people": people} for name, people in queries.all_tags(session)]


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
        return shown(session, [contact])[0]

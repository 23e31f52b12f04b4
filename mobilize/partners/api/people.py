"""Who speaks for partners, as JSON."""

from typing import Any

from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.queries import by_public_id as contact_by_public_id
from mobilize.partners import people, queries
from mobilize.partners.api.mounting import blueprint
from mobilize.partners.models import Partner
from mobilize.partners.schemas import NewSpokespersonSchema, RoleSchema, SpokespersonSchema
from mobilize.runtime import runtime


@blueprint.get("/<public_id>/people")
@blueprint.response(200, SpokespersonSchema(many=True))
@needs("people")
def list_people(public_id: str) -> list[dict[str, Any]]:
    """Who speaks for a partner."""
    with runtime().db.read() as session:
        return _shown(session, queries.by_public_id(session, public_id))


@blueprint.post("/<public_id>/people")
@blueprint.arguments(NewSpokespersonSchema)
@blueprint.response(201, SpokespersonSchema(many=True))
@needs("people")
def add_person(body: dict[str, Any], public_id: str) -> list[dict[str, Any]]:
    """Let somebody speak for a partner; answers with all who do."""
    now, actor = runtime().clock.now(), caller().actor
    stood = body.pop("published")
    person = people.NewPerson(**body, published=people.Published(**stood) if stood else None)
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        people.add_person(session, partner=partner, person=person, actor=actor, now=now)
        return _shown(session, partner)


@blueprint.patch("/<public_id>/people/<contact>")
@blueprint.arguments(RoleSchema)
@blueprint.response(200, SpokespersonSchema(many=True))
@needs("people")
def change_person(body: dict[str, Any], public_id: str, contact: str) -> list[dict[str, Any]]:
    """Change somebody's title, role or right to sign."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        people.change_person(
            session,
            partner=partner,
            contact=contact_by_public_id(session, contact),
            values=body,
            actor=actor,
            now=now,
        )
        return _shown(session, partner)


@blueprint.delete("/<public_id>/people/<contact>")
@blueprint.response(204)
@needs("people")
def remove_person(public_id: str, contact: str) -> None:
    """Let somebody speak for a partner no more; the person stays on file."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        people.remove_person(
            session,
            partner=queries.by_public_id(session, public_id),
            contact=contact_by_public_id(session, contact),
            actor=actor,
            now=now,
        )


def _shown(session: Session, partner: Partner) -> list[dict[str, Any]]:
    return [
        {
            "contact": one.contact.public_id,
            "given_name": one.contact.given_name,
            "family_name": one.contact.family_name,
            "title": one.person.title,
            "role": one.person.role,
            "may_sign": one.person.may_sign,
        }
        for one in queries.people_of(session, partner.id)
    ]

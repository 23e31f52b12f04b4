"""Partners over JSON: list, see, their people and sign-ons, and bring in files."""

import tempfile
from pathlib import Path
from typing import Any

from flask_smorest import Blueprint

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.import_schemas import UploadSchema
from mobilize.partners import queries
from mobilize.partners.importing import import_partners
from mobilize.partners.schemas import (
    PageQuerySchema,
    PartnerPageSchema,
    PartnerReportSchema,
    PartnerSchema,
    SharedFormSchema,
    SignOnSchema,
    SpokespersonSchema,
)
from mobilize.partners.sharing import share_form
from mobilize.runtime import runtime

blueprint = Blueprint(
    "partners", __name__, url_prefix="/partners", description="Organizations and their sign-ons."
)


@blueprint.get("/")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, PartnerPageSchema)
@needs("see")
def list_partners(query: dict[str, Any]) -> dict[str, Any]:
    """Partners, page by page."""
    last = query.get("after")
    with runtime().db.read() as session:
        after = queries.by_public_id(session, last).id if last else 0
        page = queries.partners(session, after=after, limit=query["limit"])
    return {"items": page.items, "after": page.items[-1].public_id if page.after else None}


@blueprint.get("/<public_id>")
@blueprint.response(200, PartnerSchema)
@needs("see")
def get_partner(public_id: str) -> Any:
    """One partner."""
    with runtime().db.read() as session:
        return queries.by_public_id(session, public_id)


@blueprint.put("/<public_id>/form")
@blueprint.arguments(SharedFormSchema)
@blueprint.response(200, PartnerSchema)
@needs("compose")
def change_form(body: dict[str, Any], public_id: str) -> Any:
    """Open the sign-up form that asks for a partner beside us, or close it."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        share_form(session, partner=partner, wanted=body["open"], actor=actor, now=now)
        return partner


@blueprint.get("/<public_id>/people")
@blueprint.response(200, SpokespersonSchema(many=True))
@needs("people")
def list_people(public_id: str) -> list[dict[str, Any]]:
    """Who speaks for a partner."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, public_id)
        return [
            {
                "contact": one.contact.public_id,
                "given_name": one.contact.given_name,
                "family_name": one.contact.family_name,
                "title": one.person.title,
                "may_sign": one.person.may_sign,
            }
            for one in queries.people_of(session, partner.id)
        ]


@blueprint.get("/<public_id>/sign-ons")
@blueprint.response(200, SignOnSchema(many=True))
@needs("see")
def list_sign_ons(public_id: str) -> list[dict[str, Any]]:
    """All that a partner signed, the newest first."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, public_id)
        return [
            {
                "id": one.sign_on.public_id,
                "demand": one.demand_slug,
                "version": one.version,
                "state": one.sign_on.state,
                "visibility": one.sign_on.visibility,
                "board_date": one.sign_on.board_date,
                "conditions": one.sign_on.conditions,
                "created_at": one.sign_on.created_at,
                "confirmed_at": one.sign_on.confirmed_at,
                "withdrawn_at": one.sign_on.withdrawn_at,
            }
            for one in queries.sign_ons_of(session, partner.id)
        ]


@blueprint.post("/imports")
@blueprint.arguments(UploadSchema, location="files")
@blueprint.response(200, PartnerReportSchema)
@needs("import")
def import_file(files: dict[str, Any]) -> dict[str, Any]:
    """Bring in a CSV file of partners; the answer says what became of each row."""
    upload, parts = files["file"], runtime()
    with tempfile.TemporaryDirectory(prefix="mobilize-") as folder:
        path = Path(folder) / (Path(upload.filename or "").name or "partners.csv")
        upload.save(path)
        report = import_partners(
            parts.db, path=path, actor=caller().actor, clock=parts.clock, keyring=parts.keyring
        )
    return report.as_dict()

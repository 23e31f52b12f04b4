"""Organizations as JSON: listed, taken up, changed, brought in from files."""

import tempfile
from pathlib import Path
from typing import Any

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.import_schemas import UploadSchema
from mobilize.mps.queries import CURRENT_ORDER, riding_by_code
from mobilize.partners import editing, queries
from mobilize.partners.api.mounting import blueprint
from mobilize.partners.importing import import_partners
from mobilize.partners.kinds import KINDS, MEMBERSHIPS, ROLES
from mobilize.partners.schemas import (
    KindsSchema,
    PageQuerySchema,
    PartnerFieldsSchema,
    PartnerPageSchema,
    PartnerReportSchema,
    PartnerSchema,
    RidingsServedSchema,
    SharedFormSchema,
)
from mobilize.partners.sharing import share_form
from mobilize.runtime import runtime


@blueprint.get("/")
@blueprint.arguments(PageQuerySchema, location="query")
@blueprint.response(200, PartnerPageSchema)
@needs("see")
def list_partners(query: dict[str, Any]) -> dict[str, Any]:
    """Partners by their English name, page by page."""
    last, limit, code = query.pop("after", None), query.pop("limit"), query.pop("riding")
    with runtime().db.read() as session:
        riding = riding_by_code(session, CURRENT_ORDER, code) if code else None
        wanted = queries.PartnerFilter(**query, riding_id=riding.id if riding else None)
        after = queries.by_public_id(session, last).id if last else 0
        page = queries.partners(session, wanted, after=after, limit=limit)
    return {"items": page.items, "after": page.items[-1].public_id if page.after else None}


@blueprint.get("/kinds")
@blueprint.response(200, KindsSchema)
@needs("see")
def list_kinds() -> dict[str, Any]:
    """What kinds of organizations, memberships and roles there are, in both languages."""
    return {
        name: [{"key": key, **label._asdict()} for key, label in labels.items()]
        for name, labels in (("kinds", KINDS), ("memberships", MEMBERSHIPS), ("roles", ROLES))
    }


@blueprint.post("/")
@blueprint.arguments(PartnerFieldsSchema)
@blueprint.response(201, PartnerSchema)
@needs("people")
def create_partner(body: dict[str, Any]) -> Any:
    """Take an organization up."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        return editing.create_partner(session, values=body, actor=actor, now=now)


@blueprint.get("/<public_id>")
@blueprint.response(200, PartnerSchema)
@needs("see")
def get_partner(public_id: str) -> Any:
    """One partner."""
    with runtime().db.read() as session:
        return queries.by_public_id(session, public_id)


@blueprint.patch("/<public_id>")
@blueprint.arguments(PartnerFieldsSchema)
@blueprint.response(200, PartnerSchema)
@needs("people")
def change_partner(body: dict[str, Any], public_id: str) -> Any:
    """Change what is said of an organization; what is not sent stays."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        return editing.change_partner(session, partner=partner, values=body, actor=actor, now=now)


@blueprint.post("/<public_id>/archive")
@blueprint.response(200, PartnerSchema)
@needs("people")
def archive_partner(public_id: str) -> Any:
    """Take an organization out of the lists; what it signed stays."""
    return _set_state(public_id, is_active=False)


@blueprint.post("/<public_id>/restore")
@blueprint.response(200, PartnerSchema)
@needs("people")
def restore_partner(public_id: str) -> Any:
    """Put an archived organization back into the lists."""
    return _set_state(public_id, is_active=True)


@blueprint.get("/<public_id>/ridings")
@blueprint.response(200, RidingsServedSchema)
@needs("see")
def list_ridings(public_id: str) -> dict[str, Any]:
    """Which ridings a partner serves."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, public_id)
        return {"ridings": queries.ridings_of(session, [partner.id])[partner.id]}


@blueprint.put("/<public_id>/ridings")
@blueprint.arguments(RidingsServedSchema)
@blueprint.response(200, RidingsServedSchema)
@needs("people")
def set_ridings(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Say which ridings a partner serves, all of them at once."""
    now, actor = runtime().clock.now(), caller().actor
    served = [editing.Served(**one) for one in body["ridings"]]
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        editing.set_ridings(session, partner=partner, served=served, actor=actor, now=now)
        return {"ridings": queries.ridings_of(session, [partner.id])[partner.id]}


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


def _set_state(public_id: str, *, is_active: bool) -> Any:
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        partner = queries.by_public_id(session, public_id)
        return editing.set_state(
            session, partner=partner, is_active=is_active, actor=actor, now=now
        )

"""The queue of "this is not my MP", as JSON for organizers' tools."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from mobilize.accounts.guards import caller, needs
from mobilize.actions.doubt_models import KINDS, RESOLUTIONS
from mobilize.actions.doubts import open_doubts, resolve_doubts
from mobilize.core.errors import NotFound
from mobilize.mps.queries import CURRENT_ORDER, named_ridings, riding_by_code
from mobilize.runtime import runtime

blueprint = Blueprint(
    "mp_doubts", __name__, url_prefix="/mp-doubts", description="Where people say: not my MP."
)


class DoubtSchema(Schema):
    """How many people say so of one riding, in one area."""

    riding = fields.String()
    riding_order = fields.String()
    name_en = fields.String()
    name_fr = fields.String()
    fsa = fields.String(allow_none=True)
    kind = fields.String(validate=validate.OneOf(KINDS))
    people = fields.Integer()
    latest = fields.AwareDateTime()


class ResolutionSchema(Schema):
    """What came of looking at it."""

    riding = fields.String(required=True, validate=validate.Length(equal=5))
    riding_order = fields.String(load_default=CURRENT_ORDER)
    resolution = fields.String(required=True, validate=validate.OneOf(RESOLUTIONS))


class ResolvedSchema(Schema):
    """How many people had said so."""

    people = fields.Integer()


@blueprint.get("")
@needs("people")
@blueprint.response(200, DoubtSchema(many=True))
def list_doubts() -> Any:
    """Count what nobody has looked at, by riding and area; it names no supporter."""
    today = runtime().clock.now().date()
    with runtime().db.read() as session:
        counts = open_doubts(session)
        ids = {count.riding_id for count in counts}
        english = named_ridings(session, ids, lang="en", on=today)
        french = named_ridings(session, ids, lang="fr", on=today)
    return [
        {
            **count._asdict(),
            "riding": english[count.riding_id].code,
            "riding_order": english[count.riding_id].order,
            "name_en": english[count.riding_id].name,
            "name_fr": french[count.riding_id].name,
        }
        for count in counts
    ]


@blueprint.post("/resolve")
@needs("compose")
@blueprint.arguments(ResolutionSchema)
@blueprint.response(200, ResolvedSchema)
def resolve(body: dict[str, str]) -> Any:
    """Close what is open about a riding, once the roster or the lookup was looked at."""
    with runtime().db.transaction() as session:
        riding = riding_by_code(session, body["riding_order"], body["riding"])
        if riding is None:
            raise NotFound("There is no such riding.", hint="List them at /mps/ridings.")
        people = resolve_doubts(
            session,
            riding_id=riding.id,
            resolution=body["resolution"],
            actor=caller().actor,
            now=runtime().clock.now(),
        )
    return {"people": people}

"""How ridings, the MPs who hold them and their offices look in JSON."""

from typing import Final

from marshmallow import Schema, fields, validate

from mobilize.mps.models import STANCES
from mobilize.mps.queries import CURRENT_ORDER
from mobilize.mps.stances import LONGEST_EVIDENCE

ORDERS: Final = ("2013", "2023")
"""The representation orders whose ridings are on file."""


class RidingQuerySchema(Schema):
    """Which ridings are asked for."""

    order = fields.String(load_default=CURRENT_ORDER, validate=validate.OneOf(ORDERS))
    search = fields.String(
        load_default="",
        validate=validate.Length(max=120),
        metadata={"description": "Words of a present or former name, in either language."},
    )


class RidingSchema(Schema):
    """A riding of one representation order; a code means nothing without its order."""

    order = fields.String(required=True)
    code = fields.String(required=True)
    province = fields.String(required=True)
    name_en = fields.String(required=True)
    name_fr = fields.String(required=True)


class MpSchema(Schema):
    """Who holds a riding today, as far as the sources say."""

    id = fields.String(required=True)
    name_en = fields.String(required=True, metadata={"description": "With the honorific."})
    name_fr = fields.String(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    party = fields.String(required=True)
    party_en = fields.String(required=True)
    party_fr = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    preferred_language = fields.String(required=True, allow_none=True)
    certain = fields.Boolean(
        required=True,
        metadata={"description": "False where the sources only bound the day of a change."},
    )
    party_certain = fields.Boolean(required=True)


class OfficeSchema(Schema):
    """An office as a source gave it on a day."""

    kind = fields.String(required=True)
    label = fields.String(required=True)
    address = fields.String(required=True)
    city = fields.String(required=True)
    province = fields.String(required=True)
    postal_code = fields.String(required=True)
    tel = fields.String(required=True, allow_none=True)
    fax = fields.String(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    stale = fields.Boolean(
        required=True, metadata={"description": "The source is more than a year old."}
    )


class SeatSchema(Schema):
    """A riding with who holds it; a vacant one has no MP and no office."""

    riding = fields.Nested(RidingSchema, required=True)
    mp = fields.Nested(MpSchema, required=True, allow_none=True)
    offices = fields.List(fields.Nested(OfficeSchema), required=True)


class PostalCodeSchema(Schema):
    """A postal code, in the body: in an address it would stand in logs."""

    postal_code = fields.String(required=True, validate=validate.Length(min=1, max=20))


class CandidateSchema(Schema):
    """A riding that a postal code may lie in."""

    riding = fields.Nested(RidingSchema, required=True)
    mp = fields.Nested(MpSchema, required=True, allow_none=True)
    share = fields.Float(
        required=True, metadata={"description": "Its share of the area's known codes, 0 to 1."}
    )
    inferred = fields.Boolean(
        required=True,
        metadata={"description": "The code itself is not known and only lies between known ones."},
    )


class LookupSchema(Schema):
    """Where a postal code lies, and how sure that is."""

    certainty = fields.String(
        required=True, validate=validate.OneOf(["confirmed", "likely", "tentative", "unknown"])
    )
    reason = fields.String(required=True, metadata={"description": "Why it is no surer."})
    candidates = fields.List(
        fields.Nested(CandidateSchema),
        required=True,
        metadata={"description": "The best guess first; none when unknown."},
    )


class NewStanceSchema(Schema):
    """What was observed of an MP."""

    demand_version = fields.String(
        required=True, metadata={"description": "The id of the version that it was about."}
    )
    stance = fields.String(required=True, validate=validate.OneOf(STANCES))
    observed_on = fields.Date(
        required=True, metadata={"description": "The day of what was observed."}
    )
    evidence = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST_EVIDENCE),
        metadata={"description": "Where it comes from, with its date or address; kept sealed."},
    )


class StanceSchema(Schema):
    """An observation of an MP on a demand."""

    id = fields.String(attribute="stance.public_id")
    mp = fields.String()
    demand = fields.String(metadata={"description": "The demand's slug."})
    demand_version = fields.String()
    stance = fields.String(attribute="stance.stance")
    observed_on = fields.Date(attribute="stance.observed_on")
    evidence = fields.String(attribute="stance.evidence")
    actor = fields.String(attribute="stance.actor")
    recorded_at = fields.AwareDateTime(attribute="stance.recorded_at")


class MpStancesSchema(Schema):
    """Where an MP stands, and what says so."""

    current = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "By demand, the stance last observed."},
    )
    observations = fields.List(
        fields.Nested(StanceSchema),
        required=True,
        metadata={"description": "The latest first; none is ever changed."},
    )

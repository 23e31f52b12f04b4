"""How ridings, the MPs who hold them and their offices look in JSON."""

from typing import Final, get_args

from marshmallow import Schema, fields, validate

from mobilize.mps.models import STANCES
from mobilize.mps.queries import CURRENT_ORDER
from mobilize.mps.seat_models import COMMITTEE_ROLES, ROLE_KINDS
from mobilize.mps.seats import State
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


class CommitteeSeatSchema(Schema):
    """A place on a committee of the House."""

    acronym = fields.String(required=True)
    name_en = fields.String(required=True)
    name_fr = fields.String(required=True)
    session = fields.String(required=True, metadata={"description": "Like `45-1`."})
    role = fields.String(required=True, validate=validate.OneOf(COMMITTEE_ROLES))
    certain = fields.Boolean(required=True)
    source = fields.String(required=True)


class GovernmentRoleSchema(Schema):
    """What an MP answers for in the government, or as its critic."""

    kind = fields.String(required=True, validate=validate.OneOf(ROLE_KINDS))
    title_en = fields.String(required=True)
    title_fr = fields.String(
        required=True, allow_none=True, metadata={"description": "Null where no source has it."}
    )
    certain = fields.Boolean(required=True)
    source = fields.String(required=True)


class SeatsQuerySchema(Schema):
    """Which seats are asked for, and as of which day."""

    order = fields.String(load_default=CURRENT_ORDER, validate=validate.OneOf(ORDERS))
    on = fields.Date(load_default=None, metadata={"description": "Today where it is left out."})


class NamedMpSchema(Schema):
    """An MP's name, sitting or not."""

    id = fields.String(required=True)
    name_en = fields.String(required=True, metadata={"description": "With the honorific."})
    name_fr = fields.String(required=True)


class MpDutiesSchema(NamedMpSchema):
    """An MP with what they do in the House today."""

    preferred_language = fields.String(required=True, allow_none=True)
    committees = fields.List(fields.Nested(CommitteeSeatSchema), required=True)
    roles = fields.List(fields.Nested(GovernmentRoleSchema), required=True)


class PossibilitySchema(Schema):
    """What a seat was, or may have been."""

    state = fields.String(required=True, validate=validate.OneOf(get_args(State)))
    mp = fields.Nested(
        NamedMpSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null where nobody held it, or nobody who is on file."},
    )


class SeatStatusSchema(Schema):
    """What a seat was on a day; where uncertain, between which days, and what is possible."""

    status = fields.String(required=True, validate=validate.OneOf([*get_args(State), "uncertain"]))
    sure_until = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Where uncertain: the last day before it that is sure."},
    )
    sure_from = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "Where uncertain: the first day after it that is sure."},
    )
    possible = fields.List(
        fields.Nested(PossibilitySchema),
        required=True,
        metadata={"description": "In order of time; one where it is sure."},
    )


class DatedSeatSchema(Schema):
    """A riding with what its seat was on a day."""

    riding = fields.Nested(RidingSchema, required=True)
    seat = fields.Nested(SeatStatusSchema, required=True)


class SeatSchema(Schema):
    """A riding with who holds it; a vacant one has no MP and no office."""

    riding = fields.Nested(RidingSchema, required=True)
    seat = fields.Nested(
        SeatStatusSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null where the riding's order is not in force."},
    )
    mp = fields.Nested(MpSchema, required=True, allow_none=True)
    offices = fields.List(fields.Nested(OfficeSchema), required=True)
    committees = fields.List(fields.Nested(CommitteeSeatSchema), required=True)
    roles = fields.List(fields.Nested(GovernmentRoleSchema), required=True)


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

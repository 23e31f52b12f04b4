"""How plans look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.alerts.schemas import CHANNELS, ForecastSchema
from mobilize.messaging.reasons import explain_pause

_YEAR = 366


class PlanStepSchema(Schema):
    """One step of a plan."""

    offset_days = fields.Integer(
        required=True,
        validate=validate.Range(min=-_YEAR, max=_YEAR),
        metadata={"description": "Days from the anchor's date; negative before it."},
    )
    local_time = fields.Time(
        required=True, metadata={"description": "On the organization's clock."}
    )
    rules = fields.Dict(
        load_default=None, metadata={"description": "The audience; see /alerts/audiences/schema."}
    )
    audience = fields.String(
        load_default=None,
        metadata={"description": "The id of a saved audience, instead of rules."},
    )
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    template = fields.String(required=True, metadata={"description": "The template's id."})
    max_lateness_hours = fields.Integer(
        load_default=24,
        validate=validate.Range(min=1, max=24 * 31),
        metadata={"description": "Later than this it is skipped."},
    )


class NewPlanSchema(Schema):
    """What a plan is made of."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    campaign = fields.String(required=True, metadata={"description": "The campaign's id."})
    anchor = fields.String(
        required=True, validate=validate.OneOf(["milestone", "alert", "completion"])
    )
    milestone = fields.String(
        load_default=None, metadata={"description": "The milestone's id, for that anchor."}
    )
    alert = fields.String(
        load_default=None, metadata={"description": "The alert's id, for that anchor."}
    )
    steps = fields.List(
        fields.Nested(PlanStepSchema), required=True, validate=validate.Length(min=1, max=50)
    )


class PlanSchema(Schema):
    """A plan."""

    id = fields.String(attribute="public_id")
    name = fields.String()
    anchor = fields.String()
    state = fields.String()
    created_at = fields.AwareDateTime()
    activated_at = fields.AwareDateTime(allow_none=True)


class PlanPageSchema(Schema):
    """A page of plans."""

    items = fields.List(fields.Nested(PlanSchema), required=True)
    after = fields.Integer(
        allow_none=True, metadata={"description": "Ask for the next page with this."}
    )


class DatedStepSchema(Schema):
    """A step on its date, and what became of it."""

    plan = fields.String(attribute="plan_public_id")
    plan_name = fields.String(attribute="plan")
    position = fields.Integer()
    channel = fields.String()
    template = fields.String()
    occurrence = fields.String()
    due_at = fields.AwareDateTime()
    state = fields.String()
    reason = fields.String(
        allow_none=True,
        metadata={
            "description": "Why it did not go; of one that is planned and due, what it waits for."
        },
    )
    acted_at = fields.AwareDateTime(allow_none=True)
    mailing = fields.String(allow_none=True, attribute="mailing_public_id")
    pause_reason = fields.Function(
        lambda dated: explain_pause(dated.pause_reason, "en") or None,
        metadata={
            "type": ["string", "null"],
            "description": "Why its messages were stopped by themselves, where they were.",
        },
    )
    pause_reason_fr = fields.Function(
        lambda dated: explain_pause(dated.pause_reason, "fr") or None,
        metadata={"type": ["string", "null"], "description": "The same in French."},
    )


class PlannedSchema(Schema):
    """Where a step stands, or would stand."""

    due_at = fields.AwareDateTime()
    state = fields.String()
    reason = fields.String(allow_none=True)


class ChangeSchema(Schema):
    """What planning changes of a step on one date."""

    position = fields.Integer()
    occurrence = fields.String()
    before = fields.Nested(PlannedSchema, allow_none=True)
    after = fields.Nested(PlannedSchema)


class SpanSchema(Schema):
    """From when to when."""

    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)


class RehearsedSchema(Schema):
    """A step on its date, with who would get it then."""

    position = fields.Integer()
    channel = fields.String()
    occurrence = fields.String()
    due_at = fields.AwareDateTime()
    state = fields.String()
    groups = fields.List(fields.Nested(ForecastSchema))

"""What the JSON API says of demands, principles and milestones."""

from marshmallow import Schema, fields, validate

from mobilize.core.i18n import LANGUAGES
from mobilize.strategy.content import MILESTONE_KINDS


class VersionSchema(Schema):
    """A demand's words at one time."""

    id = fields.String(attribute="public_id")
    number = fields.Integer()
    state = fields.String(validate=validate.OneOf(["draft", "adopted", "superseded"]))
    title_en = fields.String()
    title_fr = fields.String()
    ask_en = fields.String()
    ask_fr = fields.String()
    summary_en = fields.String()
    summary_fr = fields.String()
    created_at = fields.AwareDateTime()
    reviewed_en_at = fields.AwareDateTime(allow_none=True)
    reviewed_fr_at = fields.AwareDateTime(allow_none=True)
    adopted_at = fields.AwareDateTime(allow_none=True)


class DemandSchema(Schema):
    """A demand with the words that stand."""

    id = fields.String(attribute="public_id")
    slug = fields.String()
    position = fields.Integer()
    adopted = fields.Nested(
        VersionSchema,
        allow_none=True,
        metadata={"description": "The adopted version; null until one is adopted."},
    )


class ElementSchema(Schema):
    """A goal, a condition, a systemic change or an outcome."""

    key = fields.String(metadata={"description": "The same in the next version."})
    text_en = fields.String()
    text_fr = fields.String()


class ElementsSchema(Schema):
    """A version's elements by their kind, each kind in its order."""

    goal = fields.List(fields.Nested(ElementSchema))
    condition = fields.List(fields.Nested(ElementSchema))
    change = fields.List(fields.Nested(ElementSchema))
    outcome = fields.List(fields.Nested(ElementSchema))


class VersionDetailSchema(Schema):
    """A version with its elements."""

    version = fields.Nested(VersionSchema)
    elements = fields.Nested(ElementsSchema)


class ReviewBodySchema(Schema):
    """Which language was read."""

    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class PrincipleSchema(Schema):
    """One of the principles in its newest words."""

    slug = fields.String()
    number = fields.Integer()
    title_en = fields.String()
    title_fr = fields.String()
    text_en = fields.String()
    text_fr = fields.String()


class OccurrenceSchema(Schema):
    """A milestone on one date."""

    id = fields.String(attribute="public_id")
    key = fields.String(metadata={"description": "The year, or `once`, or the added date."})
    on_date = fields.Date(allow_none=True)
    at = fields.AwareDateTime(allow_none=True)
    state = fields.String(
        validate=validate.OneOf(["confirmed", "estimated", "awaited", "cancelled"]),
        metadata={"description": "Nothing is sent for a date that is not confirmed."},
    )
    confirmed_at = fields.AwareDateTime(allow_none=True)


class OccurrenceBodySchema(Schema):
    """The true date."""

    on_date = fields.Date(required=True)


class FollowupSchema(Schema):
    """A step that is proposed around a milestone."""

    key = fields.String()
    days = fields.Integer(metadata={"description": "After the date; negative is before it."})
    anchor = fields.String(metadata={"description": "`start`, or `end` of a window."})
    audience = fields.String()
    channel = fields.String()
    task_en = fields.String()
    task_fr = fields.String()


class MilestoneSchema(Schema):
    """Something in the calendar that the campaigns strike around."""

    id = fields.String(attribute="public_id")
    slug = fields.String()
    kind = fields.String(validate=validate.OneOf(MILESTONE_KINDS))
    title_en = fields.String()
    title_fr = fields.String()
    source = fields.String()
    note_en = fields.String(metadata={"description": "How far the date can be trusted."})
    note_fr = fields.String(metadata={"description": "The same in French."})
    followups = fields.List(fields.Nested(FollowupSchema))


class ComingMilestoneSchema(Schema):
    """A milestone with its next date."""

    milestone = fields.Nested(MilestoneSchema)
    next = fields.Nested(
        OccurrenceSchema,
        allow_none=True,
        metadata={"description": "The next date, or the one that is awaited."},
    )

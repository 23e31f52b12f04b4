"""How a person's timeline looks in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE


class TimelineQuerySchema(Schema):
    """Which page."""

    after = fields.String(load_default="", validate=validate.Length(max=80))
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class TimelineEntrySchema(Schema):
    """One thing that happened."""

    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, metadata={"example": "consent.granted"})
    actor = fields.String(
        required=True, metadata={"description": "Who did it; empty where that goes without saying."}
    )
    facts = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "More, by the kind of entry."}
    )


class TimelinePageSchema(Schema):
    """A page of a timeline."""

    items = fields.List(fields.Nested(TimelineEntrySchema), required=True)
    after = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `after` to get the next page; null on the last one."},
    )

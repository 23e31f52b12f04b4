"""How audiences look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.alerts.saved import LONGEST_NAME


class SentenceSchema(Schema):
    """An audience in words."""

    en = fields.String(required=True)
    fr = fields.String(required=True)


class RulesSchema(Schema):
    """Rules of an audience."""

    rules = fields.Dict(
        required=True, metadata={"description": "As /alerts/audiences/schema describes them."}
    )


class CountSchema(Schema):
    """How many people rules mean."""

    people = fields.Integer(required=True)


class ReachSchema(CountSchema):
    """How many people rules mean, in parts; `unknown` stands for what is not known."""

    languages = fields.Dict(keys=fields.String(), values=fields.Integer())
    provinces = fields.Dict(keys=fields.String(), values=fields.Integer())
    reachable = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        metadata={"description": "By channel, those whom an alert could reach as things stand."},
    )


class ListQuerySchema(Schema):
    """Which audiences."""

    archived = fields.Boolean(load_default=False)


class NewAudienceSchema(RulesSchema):
    """Rules to keep under a name."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_NAME))


class UseSchema(Schema):
    """Something that took its rules from a saved audience."""

    kind = fields.String(metadata={"description": "alert or plan"})
    id = fields.String(attribute="public_id")
    name = fields.String()
    state = fields.String()
    same = fields.Boolean(
        metadata={"description": "Whether it still has the rules that the audience has."}
    )


class AudienceSchema(Schema):
    """A saved audience."""

    id = fields.String(attribute="audience.public_id")
    name = fields.String(attribute="audience.name")
    rules = fields.Dict(attribute="audience.rules")
    archived = fields.Boolean()
    created_at = fields.AwareDateTime(attribute="audience.created_at")
    updated_at = fields.AwareDateTime(attribute="audience.updated_at", allow_none=True)
    uses = fields.List(fields.Nested(UseSchema))

"""How accounts and keys look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.accounts.roles import ROLES


class MeSchema(Schema):
    """Who is calling, and what they may do."""

    account = fields.String(required=True, metadata={"description": "The account's id."})
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    language = fields.String(required=True)
    permissions = fields.List(fields.String(), required=True)


class KeySchema(Schema):
    """A key, without its secret."""

    id = fields.String(required=True, attribute="public_id")
    name = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    created_at = fields.AwareDateTime(required=True)


class NewKeySchema(Schema):
    """What is asked for when a key is made."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class CreatedKeySchema(KeySchema):
    """A key that was just made, with its text: it is not shown again."""

    key = fields.String(required=True)

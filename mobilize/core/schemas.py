"""How every error looks in JSON."""

from marshmallow import Schema, fields


class ErrorSchema(Schema):
    """A refusal: what was wrong, where, and what to do about it."""

    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    code = fields.String(required=True, metadata={"description": "A fixed word for programs."})
    message = fields.String(required=True, metadata={"description": "What was wrong."})
    hint = fields.String(required=True, metadata={"description": "What to do next, or empty."})
    fields_ = fields.Dict(
        keys=fields.String(),
        data_key="fields",
        required=True,
        metadata={"description": "Each wrong part of the input with its reason."},
    )
    request_id = fields.String(
        required=True, metadata={"description": "The number under which our logs know it."}
    )

"""How duplicates and merges look in JSON."""

from typing import Any, Final

from marshmallow import RAISE, Schema, fields, validate
from typing_extensions import override

from mobilize.contacts.merge_choices import GROUPS
from mobilize.contacts.schemas import ContactSchema
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE

_SIDES: Final = ("kept", "merged")


class DuplicateQuerySchema(Schema):
    """Which page."""

    after = fields.String(load_default="", validate=validate.Length(max=40))
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class DuplicateSchema(Schema):
    """Two records that may be one person's."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("open", "different", "merged")))
    score = fields.Integer(required=True, metadata={"description": "From 45 to 100."})
    reasons = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "same_mailbox, same_phone, same_name, similar_name, same_area, "
            "same_riding."
        },
    )
    differing = fields.List(
        fields.String(validate=validate.OneOf(tuple(GROUPS))),
        required=True,
        metadata={"description": "What both say, and not the same: what a merge may choose."},
    )
    first = fields.Nested(ContactSchema, required=True)
    second = fields.Nested(ContactSchema, required=True)
    found_at = fields.AwareDateTime(required=True)


class DuplicatePageSchema(Schema):
    """A page of pairs, the likeliest first."""

    items = fields.List(fields.Nested(DuplicateSchema), required=True)
    total = fields.Integer(required=True, metadata={"description": "How many wait in all."})
    after = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `after` to get the next page; null on the last one."},
    )


class NewMergeSchema(Schema):
    """A record to merge into another."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"unknown": RAISE, **kwargs})

    other = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={"description": "The record that is merged into the one in the address."},
    )
    choices = fields.Dict(
        keys=fields.String(validate=validate.OneOf(tuple(GROUPS))),
        values=fields.String(validate=validate.OneOf(_SIDES)),
        load_default=dict,
        metadata={
            "description": "For what differs, whose word stands; the kept record’s if not said.",
            "example": {"email": "merged", "language": "kept"},
        },
    )


class MergeSchema(Schema):
    """Two records that became one."""

    id = fields.String(required=True)
    kept = fields.String(
        required=True, metadata={"description": "The record that stands for the person."}
    )
    merged = fields.String(required=True)
    actor = fields.String(required=True)
    merged_at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_by = fields.String(required=True, allow_none=True)

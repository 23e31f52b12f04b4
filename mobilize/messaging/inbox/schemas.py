"""How conversations by text look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.core.i18n import LANGUAGES
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE
from mobilize.messaging.inbox.threads import STATES


class ThreadQuerySchema(Schema):
    """Which conversations, and which page of them."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    mine = fields.Boolean(load_default=False)
    after = fields.Integer(load_default=None)
    size = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class ThreadSearchSchema(ThreadQuerySchema):
    """The same with a name or a number, which has no place in an address."""

    search = fields.String(required=True, validate=validate.Length(min=1, max=100))


class ThreadCardSchema(Schema):
    """A conversation as a list names it."""

    id = fields.String(attribute="thread.public_id")
    contact = fields.String(
        attribute="person.public_id",
        dump_default=None,
        allow_none=True,
        metadata={"description": "Whose number it is, where it is one person's alone."},
    )
    state = fields.String(attribute="thread.state")
    looked_after_by = fields.String(attribute="assignee")
    held = fields.Boolean(
        metadata={"description": "Other texts wait for somebody to say what was meant."}
    )
    last_text_at = fields.AwareDateTime(attribute="thread.last_text_at")
    last_text = fields.String(attribute="words")


class ThreadPageSchema(Schema):
    """A page of conversations."""

    items = fields.List(fields.Nested(ThreadCardSchema), required=True)
    after = fields.Integer(
        allow_none=True, metadata={"description": "Ask for the next page with this."}
    )


class SaidSchema(Schema):
    """One text of a conversation."""

    at = fields.AwareDateTime()
    ours = fields.Boolean()
    words = fields.String()
    state = fields.String(metadata={"description": "Where a text of ours stands."})
    reason = fields.String(allow_none=True)
    author = fields.String()
    keyword = fields.String(allow_none=True)


class AnswerReachSchema(Schema):
    """Whether an answer may go."""

    refusal = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    until = fields.AwareDateTime()


class ThreadSchema(ThreadCardSchema):
    """A conversation with what was said in it."""

    said = fields.List(fields.Nested(SaidSchema))
    reach = fields.Nested(AnswerReachSchema)


class ThreadStateSchema(Schema):
    """Where a conversation is to stand."""

    state = fields.String(required=True, validate=validate.OneOf(STATES))


class NewAnswerSchema(Schema):
    """An answer."""

    words = fields.String(required=True, validate=validate.Length(min=1, max=1600))
    language = fields.String(
        load_default=None,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Where the person's is not known."},
    )
    key = fields.String(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "The same key again is the same answer: nothing goes twice."},
    )


class CannedWordsSchema(Schema):
    """An answer that is ready, in both languages."""

    name_en = fields.String(required=True)
    name_fr = fields.String(required=True)
    body_en = fields.String(required=True)
    body_fr = fields.String(required=True)


class CannedAnswerSchema(CannedWordsSchema):
    """The same with its name in addresses."""

    id = fields.String(attribute="public_id")
    updated_at = fields.AwareDateTime()

"""How templates, open questions and paused providers look in JSON."""

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from mobilize.contacts.timeline_schemas import TimelineEntrySchema
from mobilize.core.i18n import LANGUAGES
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE
from mobilize.messaging.reasons import explain_pause

_CHANNELS: Final = ("email", "sms")
_LONGEST_BODY: Final = 50_000


class TextPlaceSchema(Schema):
    """Which of a template's texts."""

    channel = fields.String(required=True, validate=validate.OneOf(_CHANNELS))
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class TemplateTextBodySchema(TextPlaceSchema):
    """What a template says on one channel in one language."""

    subject = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Of an email; a text message has none."},
    )
    body = fields.String(
        required=True,
        validate=validate.Length(min=1, max=_LONGEST_BODY),
        metadata={"description": "Markdown for email, plain text for text messages."},
    )
    discreet = fields.String(
        load_default="",
        validate=validate.Length(max=_LONGEST_BODY),
        metadata={
            "description": "For people who asked for discretion: an email's other subject, a text "
            "message's other words. Needed where the subject or the text names its topic."
        },
    )


class TemplateTextSchema(TemplateTextBodySchema):
    """A text of a template, and who has read it."""

    version = fields.Integer()
    reviewed_at = fields.AwareDateTime(allow_none=True)


class TemplateTextsSchema(Schema):
    """New words of a template."""

    texts = fields.List(
        fields.Nested(TemplateTextBodySchema), required=True, validate=validate.Length(min=1, max=4)
    )

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse two texts for one place."""
        places = [(text["channel"], text["language"]) for text in data["texts"]]
        if len(set(places)) < len(places):
            raise ValidationError("A channel and language stands here twice.", "texts")


class NewTemplateSchema(TemplateTextsSchema):
    """What a template is made of."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))


class TemplateCardSchema(Schema):
    """A template as a list names it."""

    id = fields.String(attribute="public_id")
    key = fields.String(
        allow_none=True,
        metadata={"description": "The name by which the software itself asks for it."},
    )
    name = fields.String()
    created_at = fields.AwareDateTime()


class TemplatePageSchema(Schema):
    """A page of templates."""

    items = fields.List(fields.Nested(TemplateCardSchema), required=True)
    after = fields.Integer(
        allow_none=True, metadata={"description": "Ask for the next page with this."}
    )


class TemplateSchema(Schema):
    """A template with its present words."""

    id = fields.String(attribute="template.public_id")
    key = fields.String(allow_none=True, attribute="template.key")
    name = fields.String(attribute="template.name")
    created_at = fields.AwareDateTime(attribute="template.created_at")
    texts = fields.List(fields.Nested(TemplateTextSchema))


class PageQuerySchema(Schema):
    """Which page."""

    after = fields.Integer(load_default=None)
    size = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class TemplateReviewSchema(Schema):
    """Which language was read."""

    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))


class WantedPreviewSchema(TextPlaceSchema):
    """What to preview."""

    facts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "What the mailing says to everybody, such as `campaign`."},
    )


class CostlySchema(Schema):
    """A character that turns the whole text to the dearer alphabet."""

    character = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "Its name in Unicode."})
    at = fields.Integer(
        required=True, metadata={"description": "Where it stands first, counted from 1."}
    )
    times = fields.Integer(required=True)
    around = fields.String(required=True, metadata={"description": "The words around it."})
    instead = fields.String(
        required=True,
        metadata={"description": "What says the same cheaply; empty: leave it out."},
    )


class CostSchema(Schema):
    """What a text message costs."""

    segments = fields.Integer(required=True, attribute="cost.segments")
    length = fields.Integer(required=True, attribute="cost.length")
    costly = fields.List(fields.Nested(CostlySchema), required=True)
    cheaper_segments = fields.Integer(
        required=True,
        allow_none=True,
        attribute="cheaper.segments",
        dump_default=None,
        metadata={"description": "In how many segments `offer` goes; null: it is cheap as it is."},
    )
    offer = fields.String(
        required=True,
        metadata={"description": "The template with plain signs and letters, to take or to leave."},
    )


class PreviewSchema(Schema):
    """A message as a made-up person would get it."""

    subject = fields.String(required=True)
    html = fields.String(required=True)
    text = fields.String(required=True)
    discreet = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What shows on the screen of somebody who asked for discretion: an "
            "email's subject, a whole text message. None: it does not go to them."
        },
    )
    sms_cost = fields.Nested(CostSchema, required=True, allow_none=True)


class ProviderPauseSchema(Schema):
    """A provider that is not called now."""

    provider = fields.String(required=True)
    reason = fields.String(
        required=True, metadata={"description": "Its name, and what belongs to it."}
    )
    words = fields.Function(
        lambda pause: {language: explain_pause(pause.reason, language) for language in LANGUAGES},
        metadata={
            "description": "The reason as people read it, in both languages.",
            "type": "object",
            "additionalProperties": {"type": "string"},
        },
    )
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "None: until somebody looked."}
    )


class UnknownSchema(Schema):
    """Messages of a mailing of which nobody knows whether the provider took them."""

    mailing = fields.String(required=True, attribute="mailing_public_id")
    kind = fields.String(required=True)
    template = fields.String(required=True)
    channel = fields.String(required=True)
    count = fields.Integer(required=True)
    oldest = fields.AwareDateTime(required=True)


class DecidedSchema(Schema):
    """How many messages a decision was about."""

    messages = fields.Integer(required=True)


class ProofSchema(Schema):
    """The proof of one person's consents; how-to/prove-consent.md says what stands where."""

    made_at = fields.String(required=True)
    organization = fields.Dict(required=True)
    person = fields.Dict(required=True)
    today = fields.List(fields.Dict(), required=True)
    gate = fields.List(fields.Dict(), required=True)
    events = fields.List(fields.Dict(), required=True)
    sign_ups = fields.List(fields.Dict(), required=True)
    closed_addresses = fields.List(fields.Dict(), required=True)
    messages = fields.List(fields.Dict(), required=True)
    texts = fields.List(fields.Dict(), required=True)


class HoldSchema(Schema):
    """Why nothing goes, or not everything."""

    kind = fields.String(metadata={"description": "mailing, provider or hours."})
    reason = fields.Function(
        lambda hold: explain_pause(hold.reason, "en"), metadata={"type": "string"}
    )
    reason_fr = fields.Function(
        lambda hold: explain_pause(hold.reason, "fr"), metadata={"type": "string"}
    )
    until = fields.AwareDateTime(allow_none=True)
    people = fields.Integer(
        allow_none=True, metadata={"description": "Null where everybody waits for it."}
    )


class HistorySchema(Schema):
    """All that is known of one message, the earliest first."""

    id = fields.String(required=True, attribute="ref")
    channel = fields.String(required=True)
    template = fields.String(required=True)
    language = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    holds = fields.List(fields.Nested(HoldSchema), required=True)
    entries = fields.List(fields.Nested(TimelineEntrySchema), required=True)

"""How alerts and audiences look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.alerts.audience_schemas import SentenceSchema
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE
from mobilize.messaging.reasons import explain_pause
from mobilize.messaging.schemas import HoldSchema

CHANNELS = ("email", "sms")


class StepSchema(Schema):
    """One message of an alert."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    template = fields.String(
        required=True,
        attribute="template_public_id",
        metadata={"description": "The template's id."},
    )


class StepCardSchema(StepSchema):
    """A message of an alert, and the mailing that it became."""

    position = fields.Integer()
    name = fields.String(attribute="template")
    mailing = fields.String(allow_none=True, attribute="mailing_public_id")
    mailing_state = fields.String(allow_none=True)


class AlertBodySchema(Schema):
    """What an alert is made of."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    campaign = fields.String(required=True, metadata={"description": "The campaign's id."})
    rules = fields.Dict(
        load_default=None,
        metadata={"description": "Rules of an audience; see /alerts/audiences/schema."},
    )
    audience = fields.String(
        load_default=None,
        metadata={"description": "The id of a saved audience, instead of rules."},
    )
    steps = fields.List(
        fields.Nested(StepSchema), required=True, validate=validate.Length(max=len(CHANNELS))
    )


class AlertSchema(Schema):
    """An alert."""

    id = fields.String(attribute="alert.public_id")
    name = fields.String(attribute="alert.name")
    campaign = fields.String()
    rules = fields.Dict(attribute="alert.rules")
    audience = fields.String(
        allow_none=True,
        metadata={"description": "The saved audience that the rules were taken from."},
    )
    state = fields.String(attribute="alert.state")
    pause_reason = fields.Function(
        lambda card: explain_pause(card["alert"].pause_reason, "en") or None,
        metadata={"type": ["string", "null"], "description": "What somebody gave, or found."},
    )
    pause_reason_fr = fields.Function(
        lambda card: explain_pause(card["alert"].pause_reason, "fr") or None,
        metadata={"type": ["string", "null"], "description": "The same in French."},
    )
    text_cap_cents = fields.Integer(
        allow_none=True,
        attribute="alert.text_cap_cents",
        metadata={"description": "Its own cap on the cost of text messages, if any."},
    )
    created_at = fields.AwareDateTime(attribute="alert.created_at")
    approved_at = fields.AwareDateTime(allow_none=True, attribute="alert.approved_at")
    launched_at = fields.AwareDateTime(allow_none=True, attribute="alert.launched_at")
    steps = fields.List(fields.Nested(StepCardSchema))


class AlertPageSchema(Schema):
    """A page of alerts."""

    items = fields.List(fields.Nested(AlertSchema), required=True)
    after = fields.Integer(
        allow_none=True, metadata={"description": "Ask for the next page with this."}
    )


class PageQuerySchema(Schema):
    """Which page."""

    after = fields.Integer(load_default=None)
    size = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class PauseSchema(Schema):
    """Why something is paused."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=200))


class ProblemSchema(Schema):
    """Something that blocks."""

    code = fields.String()
    channel = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    names = fields.List(fields.String())
    text = fields.String(metadata={"description": "In the language of the request."})


class ForecastSchema(Schema):
    """So many people of a language would get it, or would not for a reason."""

    language = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    put_off = fields.Boolean(metadata={"description": "They get it later: it is a wrong hour."})
    people = fields.Integer()


class StepForecastSchema(Schema):
    """Who would get one message."""

    channel = fields.String()
    groups = fields.List(fields.Nested(ForecastSchema))


class TextSpreadSchema(Schema):
    """In how many segments a text message goes in one language."""

    language = fields.String()
    people = fields.Integer(attribute="reached")
    usual = fields.Integer(metadata={"description": "Segments for most people."})
    most = fields.Integer(metadata={"description": "Segments for those with the longest values."})
    longest = fields.Integer(metadata={"description": "Characters of the longest text."})
    dear = fields.Integer(
        metadata={"description": "People whose own values, such as a name, make it dearer."}
    )
    segments = fields.Integer(metadata={"description": "Of all people together."})


class TextBillSchema(Schema):
    """What an alert's text messages would cost now, in Canadian dollars."""

    languages = fields.List(fields.Nested(TextSpreadSchema), attribute="spreads")
    segments = fields.Integer()
    price = fields.Decimal(
        as_string=True,
        allow_none=True,
        metadata={"description": "Of a segment; null: twilio.segment_price is not set."},
    )
    dollars = fields.Decimal(as_string=True, allow_none=True)
    cap = fields.Decimal(
        as_string=True, allow_none=True, metadata={"description": "Null: there is none."}
    )


class TextCapSchema(Schema):
    """What an alert's text messages may cost at most."""

    dollars = fields.Decimal(
        required=True,
        allow_none=True,
        as_string=True,
        metadata={"description": "Canadian dollars, not more than the installation's cap."},
    )


class SpentSchema(Schema):
    """What text messages have cost, or may have: what has no answer counts."""

    segments = fields.Integer()
    dollars = fields.Decimal(as_string=True, allow_none=True)


class PreflightSchema(Schema):
    """What stands in the way, who would get it, and who would not and why."""

    people = fields.Integer()
    needs_approval = fields.Boolean()
    sentence = fields.Nested(SentenceSchema)
    problems = fields.List(fields.Nested(ProblemSchema))
    warnings = fields.List(
        fields.Nested(ProblemSchema),
        metadata={"description": "What goes all the same, though not as well or as cheaply."},
    )
    steps = fields.List(fields.Nested(StepForecastSchema))
    texts = fields.Nested(
        TextBillSchema,
        allow_none=True,
        metadata={"description": "Null where it sends no text messages."},
    )


class MessageCountSchema(Schema):
    """How many messages stand where."""

    channel = fields.String()
    language = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    people = fields.Integer()


class StepProgressSchema(Schema):
    """How far one message of an alert is."""

    mailing = fields.String()
    channel = fields.String()
    state = fields.String()
    to_go = fields.Integer()
    with_provider = fields.Integer()
    handed_over = fields.Integer()
    unanswered = fields.Integer(
        metadata={"description": "Of which nobody knows whether the provider took them."}
    )
    per_minute = fields.Float(allow_none=True)
    begun_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "When the rest has gone at this speed."}
    )
    holds = fields.List(fields.Nested(HoldSchema))


class ProgressSchema(Schema):
    """How an alert goes while it goes."""

    id = fields.String()
    name = fields.String()
    state = fields.String()
    pause_reason = fields.Function(
        lambda seen: explain_pause(seen.pause_reason, "en") or None,
        metadata={"type": ["string", "null"]},
    )
    pause_reason_fr = fields.Function(
        lambda seen: explain_pause(seen.pause_reason, "fr") or None,
        metadata={"type": ["string", "null"], "description": "The same in French."},
    )
    at = fields.AwareDateTime()
    steps = fields.List(fields.Nested(StepProgressSchema))
    messages = fields.List(fields.Nested(MessageCountSchema))
    counted_at = fields.AwareDateTime(
        metadata={"description": "A long list is counted every few seconds only."}
    )
    texts = fields.Nested(SpentSchema, allow_none=True)


class MpContactCountSchema(Schema):
    """How many contacts with one office."""

    riding = fields.String()
    province = fields.String()
    channel = fields.String()
    contacts = fields.Integer(
        allow_none=True, metadata={"description": "Null where fewer than five, and hidden."}
    )


class ResultsSchema(Schema):
    """What became of an alert."""

    messages = fields.List(fields.Nested(MessageCountSchema))
    completed = fields.Integer()
    campaign_completed = fields.Integer()
    mp_contacts = fields.List(fields.Nested(MpContactCountSchema))
    texts = fields.Nested(SpentSchema, allow_none=True)


class NewExportSchema(Schema):
    """What is asked for."""

    audience = fields.String(metadata={"description": "A saved audience's id or name."})
    rules = fields.Dict(metadata={"description": "Or rules; see /alerts/audiences/schema."})
    columns = fields.List(
        fields.String(),
        load_default=list,
        validate=validate.Length(max=200),
        metadata={"description": "All of /exports/columns where none is named."},
    )
    format = fields.String(load_default="csv", validate=validate.OneOf(("csv", "xlsx")))
    purpose = fields.String(
        required=True,
        validate=validate.Length(min=1, max=200),
        metadata={"description": "What for; the audit log keeps it."},
    )


class TestedSchema(Schema):
    """One message of a test."""

    channel = fields.Function(lambda one: one[0], metadata={"type": "string"})
    language = fields.Function(lambda one: one[1], metadata={"type": "string"})


class NotTestedSchema(Schema):
    """What a test leaves out."""

    channel = fields.String(required=True)
    language = fields.String(allow_none=True)
    why = fields.String(required=True)


class TrialSchema(Schema):
    """What goes to the caller's own address as a test, and what does not and why."""

    going = fields.List(fields.Nested(TestedSchema), required=True)
    left = fields.List(fields.Nested(NotTestedSchema), required=True)


class ExportSchema(Schema):
    """People taken out, or asked to be."""

    id = fields.String(attribute="public_id")
    rules = fields.Dict()
    columns = fields.List(fields.String())
    format = fields.String()
    purpose = fields.String()
    state = fields.String(metadata={"description": "asked, approved, refused or taken."})
    people = fields.Integer()
    asked_by = fields.String()
    decided_by = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    taken_at = fields.AwareDateTime(allow_none=True)


class ExportPageSchema(Schema):
    """A page of exports."""

    items = fields.List(fields.Nested(ExportSchema), required=True)
    after = fields.Integer(allow_none=True)


class ExportQuerySchema(Schema):
    """Which page."""

    after = fields.Integer(load_default=None)


class ExportColumnsSchema(Schema):
    """What can be taken out."""

    columns = fields.List(fields.String(), required=True)

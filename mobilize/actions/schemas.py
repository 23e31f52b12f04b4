"""What the JSON API says of campaigns and of contacts with MPs."""

from marshmallow import Schema, fields, validate

from mobilize.actions.outcomes import CHANNELS, HEARD, OUTCOMES
from mobilize.core.i18n import LANGUAGES
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE

_LINE = validate.Length(max=200)


class CampaignTextSchema(Schema):
    """A campaign in one language."""

    language = fields.String()
    title = fields.String()
    intro = fields.String()
    content_note = fields.String()
    call_script = fields.String()
    letter_subject = fields.String()
    letter_body = fields.String()
    visit_brief = fields.String()
    thanks = fields.String()
    sha256 = fields.String(metadata={"description": "A review names the words that it read by it."})
    reviewed_at = fields.AwareDateTime(allow_none=True)


class CampaignSchema(Schema):
    """A campaign without its texts."""

    id = fields.String(attribute="public_id")
    slug = fields.String()
    state = fields.String(validate=validate.OneOf(["draft", "published", "closed"]))
    goal = fields.Integer(allow_none=True)
    opens_on = fields.Date(allow_none=True)
    closes_on = fields.Date(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)


class CampaignDetailSchema(Schema):
    """A campaign with its texts in both languages."""

    campaign = fields.Nested(CampaignSchema)
    texts = fields.List(fields.Nested(CampaignTextSchema))


class CampaignSettingsSchema(Schema):
    """Under which demand a campaign stands, and when."""

    demand = fields.String(
        required=True,
        metadata={"description": "The slug of a demand whose words are adopted."},
    )
    goal = fields.Integer(load_default=None, allow_none=True)
    opens_on = fields.Date(load_default=None, allow_none=True)
    closes_on = fields.Date(load_default=None, allow_none=True)


class CampaignBodySchema(CampaignSettingsSchema):
    """A new campaign."""

    slug = fields.String(
        required=True, metadata={"description": "The short name in the page's address."}
    )


class CampaignWordsSchema(Schema):
    """All that a campaign says in one language; `{mp}` and `{riding}` may stand in scripts."""

    title = fields.String(required=True, validate=_LINE)
    intro = fields.String(required=True)
    content_note = fields.String(load_default="")
    call_script = fields.String(required=True)
    letter_subject = fields.String(required=True, validate=_LINE)
    letter_body = fields.String(required=True)
    visit_brief = fields.String(required=True)
    thanks = fields.String(required=True)


class CampaignReviewSchema(Schema):
    """The words that somebody has read."""

    language = fields.String(required=True, validate=validate.OneOf(list(LANGUAGES)))
    sha256 = fields.String(
        required=True, metadata={"description": "As shown with the words that were read."}
    )


class MpContactSchema(Schema):
    """One contact with an MP's office; who told it and their note stay inside."""

    id = fields.String(attribute="public_id")
    riding = fields.String(metadata={"description": "The riding's code in its order."})
    riding_order = fields.String()
    channel = fields.String(validate=validate.OneOf(list(CHANNELS)))
    outcome = fields.String(
        validate=validate.OneOf([name for group in OUTCOMES.values() for name in group])
    )
    heard = fields.String(allow_none=True, validate=validate.OneOf(list(HEARD)))
    seat_was_vacant = fields.Boolean()
    reply_promised = fields.Boolean()
    reply_due_on = fields.Date(allow_none=True)
    followup_wanted = fields.Boolean()
    language = fields.String()
    happened_at = fields.AwareDateTime()


class MpContactPageSchema(Schema):
    """Some contacts, the newest first, and the key of the next ones."""

    items = fields.List(fields.Nested(MpContactSchema))
    after = fields.Integer(allow_none=True)


class MpContactQuerySchema(Schema):
    """Which contacts to list."""

    after = fields.Integer(metadata={"description": "The `after` of the page before."})
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class RidingCountSchema(Schema):
    """How many contacts a riding's office had through one channel."""

    riding = fields.String()
    riding_order = fields.String()
    channel = fields.String()
    contacts = fields.Integer()

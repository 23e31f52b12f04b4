"""How contacts look in JSON."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate
from typing_extensions import override

from mobilize.contacts.answers import LONGEST
from mobilize.contacts.bases import BASES
from mobilize.contacts.custom_fields import KINDS, MOST_CHOICES, MOST_FIELDS
from mobilize.contacts.opt_ins import STATES
from mobilize.core.i18n import LANGUAGES
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE


class ContactSchema(Schema):
    """A person on file; addresses are masked except for administrators."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    sms_confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    province = fields.String(required=True, allow_none=True)
    postal_area = fields.String(required=True, allow_none=True)
    riding = fields.String(
        required=True, allow_none=True, metadata={"description": "Elections Canada's code."}
    )
    riding_certainty = fields.String(required=True, allow_none=True)
    do_not_contact = fields.Boolean(required=True)
    tags = fields.List(fields.String(), required=True)
    source = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class ContactPageSchema(Schema):
    """A page of people."""

    items = fields.List(fields.Nested(ContactSchema), required=True)
    after = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Send it as `after` to get the next page; null on the last one."},
    )


class ContactQuerySchema(Schema):
    """Which people are asked for."""

    language = fields.String(validate=validate.OneOf(LANGUAGES))
    province = fields.String(validate=validate.Length(equal=2))
    tag = fields.String(validate=validate.Length(max=60))
    kind = fields.String(validate=validate.OneOf(("supporter", "partner")))
    after = fields.String(validate=validate.Length(max=40))
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class ClaimSchema(Schema):
    """A consent that the person gave, with what proves it."""

    channel = fields.String(required=True, validate=validate.OneOf(("email", "sms")))
    basis = fields.String(required=True, validate=validate.OneOf(tuple(BASES)))
    date = fields.Date(required=True)
    evidence = fields.String(required=True, validate=validate.Length(min=1, max=300))


class NewContactSchema(Schema):
    """A person to take up; nothing that is not named here is taken."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"unknown": RAISE, **kwargs})

    email = fields.String(load_default="", validate=validate.Length(max=254))
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    given_name = fields.String(load_default="", validate=validate.Length(max=100))
    family_name = fields.String(load_default="", validate=validate.Length(max=100))
    postal_code = fields.String(load_default="", validate=validate.Length(max=10))
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))
    tags = fields.List(fields.String(), load_default=list, validate=validate.Length(max=20))
    source = fields.String(load_default="", validate=validate.Length(max=100))
    consents = fields.List(
        fields.Nested(ClaimSchema), load_default=list, validate=validate.Length(max=4)
    )


class ConsentSchema(Schema):
    """What the ledger says of a person on one channel and topic now."""

    channel = fields.String(required=True)
    organization = fields.String(required=True)
    topic = fields.String(required=True)
    granted = fields.Boolean(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)


class TagCountSchema(Schema):
    """A tag, and how many people wear it."""

    name = fields.String(required=True)
    people = fields.Integer(required=True)


class TagsSchema(Schema):
    """Tags to put on a person."""

    tags = fields.List(fields.String(), required=True, validate=validate.Length(min=1, max=20))


class ChoiceSchema(Schema):
    """One of the answers that a field offers."""

    key = fields.String(required=True, validate=validate.Length(max=40))
    en = fields.String(required=True, validate=validate.Length(max=100))
    fr = fields.String(required=True, validate=validate.Length(max=100))


class NewFieldSchema(Schema):
    """A custom field to make."""

    key = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={
            "description": "Its name in files, rules and here.",
            "example": "shirt_size",
        },
    )
    label_en = fields.String(required=True, validate=validate.Length(max=100))
    label_fr = fields.String(required=True, validate=validate.Length(max=100))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    choices = fields.List(
        fields.Nested(ChoiceSchema), load_default=list, validate=validate.Length(max=MOST_CHOICES)
    )


class FieldSchema(NewFieldSchema):
    """A custom field."""

    created_at = fields.AwareDateTime(required=True)
    archived_at = fields.AwareDateTime(required=True, allow_none=True)


class AnswersSchema(Schema):
    """A person's answers to custom fields."""

    values = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=LONGEST)),
        required=True,
        validate=validate.Length(max=MOST_FIELDS),
        metadata={
            "description": "By the fields’ keys. A number is 1234.5, a date 2026-11-12.",
            "example": {"shirt_size": "large"},
        },
    )


class DoNotContactSchema(Schema):
    """Whether nothing may go to a person."""

    do_not_contact = fields.Boolean(required=True)


class NewNoteSchema(Schema):
    """A note to write about a person."""

    text = fields.String(
        required=True,
        validate=validate.Length(min=1, max=2000),
        metadata={
            "description": "The person may ask to see it. Never write about status, survival, "
            "an employer or a case.",
            "example": "Prefers to be called in the evening.",
        },
    )


class NoteSchema(Schema):
    """A note about a person."""

    id = fields.String(required=True, attribute="public_id")
    text = fields.String(required=True)
    actor = fields.String(required=True, metadata={"description": "Who wrote it."})
    created_at = fields.AwareDateTime(required=True)


class EndingQuerySchema(Schema):
    """How soon, and which page."""

    days = fields.Integer(load_default=30, validate=validate.Range(min=1, max=366))
    after = fields.String(validate=validate.Length(max=40))
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class EndingSchema(Schema):
    """A consent that ends soon."""

    contact = fields.String(required=True)
    channel = fields.String(required=True)
    topic = fields.String(
        required=True, metadata={"description": "A demand's slug; empty for everything."}
    )
    basis = fields.String(required=True)
    ends_at = fields.AwareDateTime(required=True)


class EndingPageSchema(Schema):
    """A page of consents that end soon."""

    items = fields.List(fields.Nested(EndingSchema), required=True)
    after = fields.String(required=True, allow_none=True)


class SignUpCountSchema(Schema):
    """How many sign-ups stand where."""

    channel = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    sign_ups = fields.Integer(required=True)

"""How corrections and safe ways to reach somebody look in JSON."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate
from typing_extensions import override

from mobilize.contacts import reopening
from mobilize.contacts.rectifying import REASONS
from mobilize.contacts.wishes import CHANNELS
from mobilize.core.i18n import LANGUAGES


class _StrictSchema(Schema):
    """Nothing that is not named is taken."""

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"unknown": RAISE, **kwargs})


class CorrectionSchema(_StrictSchema):
    """What is to stand on file; what is not sent stays, an empty text removes it."""

    reason = fields.String(
        required=True,
        validate=validate.OneOf(REASONS),
        metadata={
            "description": "Only where the person `asked` for a new address do their consents go "
            "along to it."
        },
    )
    given_name = fields.String(validate=validate.Length(max=100))
    family_name = fields.String(validate=validate.Length(max=100))
    email = fields.String(validate=validate.Length(max=254))
    phone = fields.String(validate=validate.Length(max=40))
    language = fields.String(validate=validate.OneOf((*LANGUAGES, "")))
    postal_code = fields.String(
        validate=validate.Length(max=10),
        metadata={"description": "Only riding and area are kept of it."},
    )
    riding = fields.String(
        validate=validate.Length(max=10), metadata={"description": "Elections Canada's code."}
    )


class SafeReachSchema(_StrictSchema):
    """How a person can safely be reached."""

    discreet = fields.Boolean(load_default=False)
    no_voicemail = fields.Boolean(load_default=False)
    safe_channel = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(CHANNELS)
    )
    safe_from = fields.Time(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "On the person's own clock; with `safe_until`, may span midnight."
        },
    )
    safe_until = fields.Time(load_default=None, allow_none=True)


class WrittenRequestSchema(_StrictSchema):
    """A person's request in writing to hear from us again, with what proves it."""

    channel = fields.String(required=True, validate=validate.OneOf(reopening.CHANNELS))
    asked_on = fields.Date(
        required=True, metadata={"description": "The day on which the person asked."}
    )
    how = fields.String(required=True, validate=validate.OneOf(reopening.HOW))
    note = fields.String(
        required=True,
        validate=validate.Length(min=1, max=reopening.LONGEST_NOTE),
        metadata={"description": "Where the request can be found; no names, no addresses."},
    )

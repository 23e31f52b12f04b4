"""How partners and their sign-ons look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.contacts.import_schemas import ImportReportSchema
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE


class PartnerSchema(Schema):
    """An organization of the coalition."""

    id = fields.String(required=True, attribute="public_id")
    name_en = fields.String(required=True)
    name_fr = fields.String(required=True)
    kind = fields.String(required=True)
    province = fields.String(required=True, allow_none=True)
    website = fields.String(required=True)
    shares_form = fields.Boolean(
        required=True,
        metadata={"description": "Whether /en/join/with/ and its id is a form for both of us."},
    )


class SharedFormSchema(Schema):
    """Whether the form that asks for a partner beside us is open."""

    open = fields.Boolean(required=True)


class SpokespersonSchema(Schema):
    """Somebody who speaks for a partner."""

    contact = fields.String(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    title = fields.String(required=True)
    may_sign = fields.Boolean(required=True)


class PartnerPageSchema(Schema):
    """A page of partners."""

    items = fields.List(fields.Nested(PartnerSchema), required=True)
    after = fields.String(required=True, allow_none=True)


class PageQuerySchema(Schema):
    """Which page is asked for."""

    after = fields.String(validate=validate.Length(max=40))
    limit = fields.Integer(load_default=PAGE_SIZE, validate=validate.Range(min=1, max=LARGEST_PAGE))


class SignOnSchema(Schema):
    """A sign-on of one partner to one version of a demand."""

    id = fields.String(required=True)
    demand = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    visibility = fields.String(required=True)
    board_date = fields.Date(required=True, allow_none=True)
    conditions = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)


class PartnerReportSchema(Schema):
    """What became of a file of partners."""

    partners = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    people = fields.Nested(ImportReportSchema, required=True)

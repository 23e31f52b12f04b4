"""How partners and their sign-ons look in JSON."""

from marshmallow import Schema, fields, validate

from mobilize.contacts.import_schemas import ImportReportSchema
from mobilize.core.i18n import LANGUAGES
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE
from mobilize.partners.kinds import MEMBERSHIPS, ROLES


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
    membership = fields.String(required=True, metadata={"description": "member, ally or former."})
    member_since = fields.Date(required=True, allow_none=True)
    member_until = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"description": "active or archived."})


class SharedFormSchema(Schema):
    """Whether the form that asks for a partner beside us is open."""

    open = fields.Boolean(required=True)


class PartnerFieldsSchema(Schema):
    """What can be said of an organization; each is optional when it is changed."""

    name_en = fields.String(validate=validate.Length(max=200))
    name_fr = fields.String(validate=validate.Length(max=200))
    kind = fields.String(metadata={"description": "One of /partners/kinds."})
    province = fields.String(allow_none=True)
    website = fields.String(validate=validate.Length(max=200))
    membership = fields.String(validate=validate.OneOf(tuple(MEMBERSHIPS)))
    member_since = fields.Date(allow_none=True)
    member_until = fields.Date(allow_none=True)


class NamedKindSchema(Schema):
    """A kind, membership or role, in both languages."""

    key = fields.String(required=True)
    en = fields.String(required=True)
    fr = fields.String(required=True)


class KindsSchema(Schema):
    """What kinds there are."""

    kinds = fields.List(fields.Nested(NamedKindSchema), required=True)
    memberships = fields.List(fields.Nested(NamedKindSchema), required=True)
    roles = fields.List(fields.Nested(NamedKindSchema), required=True)


class ServedRidingSchema(Schema):
    """A riding that a partner serves."""

    code = fields.String(required=True)
    has_office = fields.Boolean(load_default=False)


class RidingsServedSchema(Schema):
    """All ridings that a partner serves."""

    ridings = fields.List(
        fields.Nested(ServedRidingSchema), required=True, validate=validate.Length(max=343)
    )


class PublishedSchema(Schema):
    """Where somebody's business address stands for everybody to see (CASL s. 10(9)(b))."""

    where = fields.String(required=True, validate=validate.Length(min=1, max=200))
    seen_on = fields.Date(required=True)
    nothing_against = fields.Boolean(
        required=True,
        metadata={"description": "That no word against messages stands beside it; must be true."},
    )


class RoleSchema(Schema):
    """What somebody is to a partner; each is optional when it is changed."""

    title = fields.String(validate=validate.Length(max=100))
    role = fields.String(validate=validate.OneOf(tuple(ROLES)))
    may_sign = fields.Boolean()


class NewSpokespersonSchema(RoleSchema):
    """Somebody who is to speak for a partner."""

    email = fields.Email(required=True)
    phone = fields.String(load_default="")
    given_name = fields.String(load_default="", validate=validate.Length(max=100))
    family_name = fields.String(load_default="", validate=validate.Length(max=100))
    language = fields.String(load_default=None, validate=validate.OneOf(LANGUAGES))
    published = fields.Nested(PublishedSchema, load_default=None)


class SpokespersonSchema(Schema):
    """Somebody who speaks for a partner."""

    contact = fields.String(required=True)
    given_name = fields.String(required=True)
    family_name = fields.String(required=True)
    title = fields.String(required=True)
    role = fields.String(required=True)
    may_sign = fields.Boolean(required=True)


class PartnerPageSchema(Schema):
    """A page of partners."""

    items = fields.List(fields.Nested(PartnerSchema), required=True)
    after = fields.String(required=True, allow_none=True)


class PageQuerySchema(Schema):
    """Which page is asked for."""

    after = fields.String(validate=validate.Length(max=40))
    kind = fields.String(load_default="")
    province = fields.String(load_default="")
    membership = fields.String(load_default="")
    riding = fields.String(load_default="", metadata={"description": "Code of a 2023 riding."})
    search = fields.String(load_default="", validate=validate.Length(max=200))
    state = fields.String(load_default="active", validate=validate.OneOf(("active", "archived")))
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

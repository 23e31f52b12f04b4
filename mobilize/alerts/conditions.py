"""What each simple rule of an audience asks of the database, as SQL over `contacts`.

Every condition is true or false and never null, so that `not` means what it says: somebody whose
province is not known is not in Quebec.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from mobilize.actions.models import Campaign, Participation
from mobilize.alerts.rules import Leaf
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Consent
from mobilize.contacts.models import Contact, ContactTag, ImportRun, Tag
from mobilize.contacts.record_models import CustomField, CustomValue
from mobilize.messaging.models import Mailing, Message
from mobilize.mps.models import CaucusSpell, Mandate, Mp, RepresentationOrder, Riding, Stance
from mobilize.mps.queries import CURRENT_ORDER
from mobilize.mps.stances import is_latest
from mobilize.partners.models import Partner, PartnerPerson
from mobilize.strategy.models import Demand, DemandVersion

_OTTAWA: Final = ZoneInfo("America/Toronto")
"""Seats change hands on a day of Ottawa; rules count their days there too."""

Condition = ColumnElement[bool]
Values = tuple[str, ...]


def condition_of(leaf: Leaf, *, now: datetime) -> Condition:
    """The condition of one simple rule, at one instant."""
    if leaf.about:
        condition = _ABOUT[leaf.name](leaf.about, leaf.values, now)
    else:
        condition = _CONDITIONS[leaf.name](leaf.values, now)
    return ~condition if leaf.negated else condition


def _column(
    column: InstrumentedAttribute[Any],
) -> Callable[[Values, datetime], Condition]:
    def condition(values: Values, _now: datetime) -> Condition:
        return and_(column.is_not(None), column.in_(values))

    return condition


def _exists(statement: Select[Any]) -> Condition:
    return statement.correlate(Contact).exists()


def _riding(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(Riding.id)
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .where(
            Riding.id == Contact.riding_id,
            Riding.code.in_(values),
            RepresentationOrder.code == CURRENT_ORDER,
        )
    )


def _mp(values: Values, now: datetime) -> Condition:
    today = now.astimezone(_OTTAWA).date()
    return _exists(
        select(Mandate.id)
        .join(Mp, Mp.id == Mandate.mp_id)
        .where(
            Mandate.riding_id == Contact.riding_id,
            Mandate.possibly_holding(today),
            Mp.public_id.in_(values),
        )
    )


def _party(values: Values, now: datetime) -> Condition:
    today = now.astimezone(_OTTAWA).date()
    return _exists(
        select(Mandate.id)
        .join(CaucusSpell, CaucusSpell.mandate_id == Mandate.id)
        .where(
            Mandate.riding_id == Contact.riding_id,
            Mandate.possibly_holding(today),
            CaucusSpell.possibly_holding(today),
            CaucusSpell.party.in_(values),
        )
    )


def _stance(demand: str, values: Values, now: datetime) -> Condition:
    today = now.astimezone(_OTTAWA).date()
    return _exists(
        select(Stance.id)
        .join(Mandate, Mandate.mp_id == Stance.mp_id)
        .join(Demand, Demand.id == Stance.demand_id)
        .where(
            Mandate.riding_id == Contact.riding_id,
            Mandate.possibly_holding(today),
            Demand.slug == demand,
            Stance.stance.in_(values),
            is_latest(),
        )
    )


def _tag(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(ContactTag.contact_id)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id == Contact.id, Tag.name.in_(values))
    )


def _consent(values: Values, now: datetime) -> Condition:
    return _exists(
        select(Consent.contact_id).where(
            Consent.contact_id == Contact.id,
            Consent.channel.in_(values),
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted,
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
        )
    )


def _topic(values: Values, _now: datetime) -> Condition:
    return or_(*(~_left(topic) for topic in values))


def _left(topic: str) -> Condition:
    return _exists(
        select(Consent.contact_id).where(
            Consent.contact_id == Contact.id,
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == topic,
            ~Consent.granted,
        )
    )


def _acted_on(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(Participation.id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .join(DemandVersion, DemandVersion.id == Campaign.demand_version_id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Participation.contact_id == Contact.id, Demand.slug.in_(values))
    )


def _completed(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(Participation.id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Participation.contact_id == Contact.id, Campaign.public_id.in_(values))
    )


def _received(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(Message.id)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            Message.contact_id == Contact.id,
            Message.accepted_at.is_not(None),
            Mailing.public_id.in_(values),
        )
    )


def _custom(field: str, values: Values, _now: datetime) -> Condition:
    return _exists(
        select(CustomValue.contact_id)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(
            CustomValue.contact_id == Contact.id,
            CustomField.key == field,
            CustomValue.value.in_(values),
        )
    )


def _imported(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(ImportRun.id).where(
            or_(ImportRun.id == Contact.first_import_id, ImportRun.id == Contact.import_id),
            ImportRun.public_id.in_(values),
        )
    )


def _partner(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(PartnerPerson.id)
        .join(Partner, Partner.id == PartnerPerson.partner_id)
        .where(PartnerPerson.contact_id == Contact.id, Partner.public_id.in_(values))
    )


def _joined_since(values: Values, _now: datetime) -> Condition:
    return Contact.created_at >= _start_of(values)


def _active_since(values: Values, _now: datetime) -> Condition:
    return _exists(
        select(Participation.id).where(
            Participation.contact_id == Contact.id,
            Participation.completed_at >= _start_of(values),
        )
    )


def _start_of(values: Values) -> datetime:
    """The midnight with which the one day begins that a rule names."""
    (day,) = values
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=_OTTAWA)


def _partner_person(_values: Values, _now: datetime) -> Condition:
    return _exists(select(PartnerPerson.id).where(PartnerPerson.contact_id == Contact.id))


_CONDITIONS: Final[Mapping[str, Callable[[Values, datetime], Condition]]] = {
    "language": _column(Contact.language),
    "province": _column(Contact.province),
    "riding": _riding,
    "riding_certainty": _column(Contact.riding_certainty),
    "mp": _mp,
    "party": _party,
    "tag": _tag,
    "kind": _column(Contact.kind),
    "source": _column(Contact.source),
    "imported": _imported,
    "partner": _partner,
    "consent": _consent,
    "topic": _topic,
    "acted_on": _acted_on,
    "completed": _completed,
    "received": _received,
    "joined_since": _joined_since,
    "active_since": _active_since,
    "partner_person": _partner_person,
}

_ABOUT: Final[Mapping[str, Callable[[str, Values, datetime], Condition]]] = {
    "stance": _stance,
    "custom": _custom,
}

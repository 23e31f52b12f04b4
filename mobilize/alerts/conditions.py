"""What each simple rule of an audience asks of the database, as SQL over `contacts`.

Every condition is true or false and never null, so that `not` means what it says: somebody whose
province is not known is not in Quebec.

A rule about something that people did, have or were sent names rows of one other table. Where all
rules must hold together it is an EXISTS, which PostgreSQL turns into a join of the two sets and can
share among its workers; inside an "or" no join is possible, and a list that is made once is asked
instead of a subquery for each person.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from mobilize.actions.models import Participation
from mobilize.alerts.resolving import Resolved, days_ago, start_of
from mobilize.alerts.rules import Leaf
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Consent
from mobilize.contacts.expiring import ends_within
from mobilize.contacts.models import Contact, ContactTag
from mobilize.contacts.record_models import CustomValue
from mobilize.messaging.models import Message
from mobilize.partners.models import PartnerPerson

Condition = ColumnElement[bool]


class Rows(NamedTuple):
    """Rows of another table that a contact may have."""

    contact: InstrumentedAttribute[Any]
    """The column that names the contact."""
    those: Condition
    """Which rows."""


def condition_of(leaf: Leaf, known: Resolved, *, together: bool) -> Condition:
    """The condition of one simple rule.

    Args:
        leaf: The rule.
        known: What the rules of its tree name.
        together: Whether it must hold with all others, with no "or" around it.
    """
    asked = asked_by(leaf, known)
    condition = _asked_of(asked, known, together=together) if isinstance(asked, Rows) else asked
    return ~condition if leaf.negated else condition


def asked_by(leaf: Leaf, known: Resolved) -> Condition | Rows:
    """The rows that a simple rule means, negated or not; or its condition over `contacts`."""
    return _CONDITIONS[leaf.name](leaf, known)


def in_part(column: InstrumentedAttribute[Any], known: Resolved) -> Condition:
    """That a contact's key is in the part that is asked about."""
    return true() if known.part is None else column.between(known.part[0] + 1, known.part[1])


def _asked_of(rows: Rows, known: Resolved, *, together: bool) -> Condition:
    # The database does not conclude from the contact's key that the row's lies in the same part.
    listed = select(rows.contact).where(rows.those, in_part(rows.contact, known))
    if together:
        return listed.where(rows.contact == Contact.id).correlate(Contact).exists()
    return Contact.id.in_(listed.where(rows.contact.is_not(None)))


def _among(column: InstrumentedAttribute[Any], keys: tuple[int, ...]) -> Condition:
    """That a column holds one of some keys; they stand in the statement as numbers."""
    if not keys:
        return false()
    listed: BindParameter[int] = bindparam(
        None, list(keys), expanding=True, literal_execute=True, unique=True
    )
    holds = column.in_(listed)
    return and_(column.is_not(None), holds) if column.nullable else holds


def _column(column: InstrumentedAttribute[Any]) -> Callable[[Leaf, Resolved], Condition]:
    def condition(leaf: Leaf, _known: Resolved) -> Condition:
        return and_(column.is_not(None), column.in_(leaf.values))

    return condition


def _riding(leaf: Leaf, known: Resolved) -> Condition:
    return _among(Contact.riding_id, known.keys[leaf])


def _tag(leaf: Leaf, known: Resolved) -> Rows:
    return Rows(ContactTag.contact_id, _among(ContactTag.tag_id, known.keys[leaf]))


def _custom(leaf: Leaf, known: Resolved) -> Rows:
    of_field = _among(CustomValue.field_id, known.keys[leaf])
    return Rows(CustomValue.contact_id, and_(of_field, CustomValue.value.in_(leaf.values)))


def _imported(leaf: Leaf, known: Resolved) -> Condition:
    keys = known.keys[leaf]
    return or_(_among(Contact.first_import_id, keys), _among(Contact.import_id, keys))


def _partner(leaf: Leaf, known: Resolved) -> Rows:
    return Rows(PartnerPerson.contact_id, _among(PartnerPerson.partner_id, known.keys[leaf]))


def _partner_person(_leaf: Leaf, _known: Resolved) -> Rows:
    return Rows(PartnerPerson.contact_id, true())


def _consent(leaf: Leaf, known: Resolved) -> Rows:
    those = standing(known.now)
    return those._replace(those=and_(Consent.channel.in_(leaf.values), those.those))


def standing(now: datetime) -> Rows:
    """Those of whom a consent to us, for everything, holds at an instant, on any channel."""
    return Rows(
        Consent.contact_id,
        and_(
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == EVERY_TOPIC,
            Consent.granted,
            or_(Consent.expires_at.is_(None), Consent.expires_at > now),
        ),
    )


def _consent_ends_within(leaf: Leaf, known: Resolved) -> Rows:
    within = timedelta(days=int(leaf.values[0]))
    return Rows(Consent.contact_id, ends_within(known.now, within))


def _topic(leaf: Leaf, known: Resolved) -> Condition:
    return or_(*(~_left(topic, known) for topic in leaf.values))


def _left(topic: str, known: Resolved) -> Condition:
    return _asked_of(left(topic), known, together=True)


def left(topic: str) -> Rows:
    """Those who left the messages on a demand."""
    those = and_(Consent.organization == OUR_ORGANIZATION, Consent.topic == topic, ~Consent.granted)
    return Rows(Consent.contact_id, those)


def _acted_in(leaf: Leaf, known: Resolved) -> Rows:
    return Rows(Participation.contact_id, _among(Participation.campaign_id, known.keys[leaf]))


def _acted_since(since: datetime) -> Rows:
    return Rows(Participation.contact_id, Participation.completed_at >= since)


def _acted_around(leaf: Leaf, known: Resolved) -> Rows:
    spans = (
        and_(Participation.completed_at >= start, Participation.completed_at < end)
        for start, end in known.spans[leaf]
    )
    return Rows(Participation.contact_id, or_(false(), *spans))


def _received(leaf: Leaf, known: Resolved) -> Rows:
    return accepted_of(known.keys[leaf])


def accepted_of(mailings: tuple[int, ...]) -> Rows:
    """Those of whom a message of some mailings was accepted."""
    of_mailings = _among(Message.mailing_id, mailings)
    return Rows(Message.contact_id, and_(of_mailings, Message.accepted_at.is_not(None)))


def _messaged_within(leaf: Leaf, known: Resolved) -> Rows:
    # Of a mailing that began since, no message is asked for its time: the database would think
    # that few of a mailing's messages are as new as that, when all of them are.
    begun = known.begun[leaf]
    older = tuple(key for key in known.keys[leaf] if key not in begun)
    since = days_ago(leaf, known.now)
    those = [
        and_(_among(Message.mailing_id, keys), condition)
        for keys, condition in (
            (begun, Message.accepted_at.is_not(None)),
            (older, Message.accepted_at >= since),
        )
        if keys
    ]
    return Rows(Message.contact_id, or_(false(), *those))


_CONDITIONS: Final[Mapping[str, Callable[[Leaf, Resolved], Condition | Rows]]] = {
    "language": _column(Contact.language),
    "province": _column(Contact.province),
    "riding": _riding,
    "riding_certainty": _column(Contact.riding_certainty),
    "mp": _riding,
    "party": _riding,
    "stance": _riding,
    "tag": _tag,
    "custom": _custom,
    "kind": _column(Contact.kind),
    "source": _column(Contact.source),
    "imported": _imported,
    "partner": _partner,
    "membership": _partner,
    "partner_riding": _partner,
    "partner_person": _partner_person,
    "consent": _consent,
    "consent_ends_within": _consent_ends_within,
    "topic": _topic,
    "acted_on": _acted_in,
    "completed": _acted_in,
    "acted_around": _acted_around,
    "received": _received,
    "followed_up": _received,
    "messaged_within": _messaged_within,
    "acted_within": lambda leaf, known: _acted_since(days_ago(leaf, known.now)),
    "active_since": lambda leaf, _: _acted_since(start_of(leaf)),
    "joined_within": lambda leaf, known: Contact.created_at >= days_ago(leaf, known.now),
    "joined_since": lambda leaf, _: Contact.created_at >= start_of(leaf),
}

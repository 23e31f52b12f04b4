"""May this message go to this person now, and if not, why: one expression, asked set-based.

The same expression counts an audience at preflight and decides at the moment of sending, so that
an organizer sees beforehand what will happen, and nothing that changed in between is missed.
Refusals are read by organizers; the words for them stand in `reasons.py`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Consent, Suppression
from mobilize.contacts.models import Contact
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.settings import Settings

Channel = Literal["email", "sms"]

ZONES: Final = (
    "America/St_Johns",
    "America/Goose_Bay",
    "America/Halifax",
    "America/Moncton",
    "America/Glace_Bay",
    "America/Toronto",
    "America/Iqaluit",
    "America/Winnipeg",
    "America/Rankin_Inlet",
    "America/Resolute",
    "America/Regina",
    "America/Edmonton",
    "America/Cambridge_Bay",
    "America/Yellowknife",
    "America/Inuvik",
    "America/Fort_Nelson",
    "America/Dawson_Creek",
    "America/Creston",
    "America/Vancouver",
    "America/Whitehorse",
    "America/Dawson",
    "America/Blanc-Sablon",
    "America/Atikokan",
    "America/Thunder_Bay",
)
"""The zones that a contact in Canada can be in."""

_CAP_SPAN: Final = timedelta(days=7)
_SATURDAY: Final = 5
_NO_TOPIC: Final = "-"  # no demand has this slug


@dataclass(frozen=True, kw_only=True)
class GatePolicy:
    """The installation's own limits: caps, hours, and whom it may reach at all."""

    email_per_week: int
    sms_per_week: int
    weekday: tuple[time, time]
    weekend: tuple[time, time]
    allowed: frozenset[bytes] | None
    """The only addresses that may be reached, as keyed hashes; None where all may be."""

    def cap(self, channel: Channel) -> int:
        """How many alerts and follow-ups a person gets in a week on a channel."""
        return self.email_per_week if channel == "email" else self.sms_per_week

    def hours(self, local: datetime) -> tuple[time, time]:
        """The hours in which texts may go out on a local day."""
        return self.weekend if local.weekday() >= _SATURDAY else self.weekday


def policy_from(settings: Settings) -> GatePolicy:
    """The policy that the settings describe."""
    sending = settings.sending
    allowlist = settings.delivery.mode == "allowlist"
    return GatePolicy(
        email_per_week=sending.email_per_week,
        sms_per_week=sending.sms_per_week,
        weekday=(sending.weekday_from, sending.weekday_until),
        weekend=(sending.weekend_from, sending.weekend_until),
        allowed=frozenset(map(bytes.fromhex, settings.delivery.allowlist)) if allowlist else None,
    )


@dataclass(frozen=True)
class Gate:
    """The gate for one mailing at one moment, as columns of a query.

    The query must have `Contact` in it, and join `topic_consent` and `whole_consent` as `joins`
    says.
    """

    refusal: ColumnElement[str | None]
    """Why the person is not messaged; NULL where they are."""
    put_off: ColumnElement[bool]
    """Whether it is a wrong hour for this person: the message waits."""
    consent_event_id: ColumnElement[int | None]
    joins: tuple[tuple[type[Consent], ColumnElement[bool]], ...]


def gate(
    *,
    channel: Channel,
    kind: str,
    topic: str,
    now: datetime,
    policy: GatePolicy,
) -> Gate:
    """Put the rules together for one channel, kind of message and topic.

    Args:
        channel: How it goes.
        kind: `alert`, `followup`, `transactional` or `letter`; a transactional message skips the
            frequency cap, and nothing else.
        topic: The demand's slug, or empty.
        now: The moment that is asked about.
        policy: The installation's limits.
    """
    whole, of_topic = aliased(Consent), aliased(Consent)
    address_hash = Contact.email_hash if channel == "email" else Contact.phone_hash
    holds = _holds(whole, now)
    refusals: list[tuple[ColumnElement[bool], str]] = [
        (Contact.state == "merged", "merged"),
        (Contact.state != "active", "erased"),
        (Contact.do_not_contact.is_(true()), "do_not_contact"),
        (Contact.paused_until > now, "paused"),
        (address_hash.is_(None), "no_address"),
        (Contact.language.is_(None), "no_language"),
        (_suppressed(channel, address_hash), "suppressed"),
        (and_(Contact.safe_channel.is_not(None), Contact.safe_channel != channel), "safe_channel"),
    ]
    if channel == "sms":
        refusals.append((Contact.sms_confirmed_at.is_(None), "sms_not_confirmed"))
    refusals += [
        (and_(of_topic.contact_id.is_not(None), ~of_topic.granted), "left_topic"),
        (
            and_(or_(~whole.granted, whole.contact_id.is_(None)), ~_holds(of_topic, now)),
            "no_consent",
        ),
        (and_(~holds, ~_holds(of_topic, now)), "consent_expired"),
    ]
    if policy.allowed is not None:
        refusals.append((address_hash.not_in(sorted(policy.allowed)), "not_allowlisted"))
    if kind in {"alert", "followup"}:
        refusals.append((_sent_lately(channel, now) >= policy.cap(channel), "frequency_cap"))
    return Gate(
        refusal=case(*refusals, else_=None),
        put_off=_put_off(channel, now, policy),
        consent_event_id=case((holds, whole.event_id), else_=of_topic.event_id),
        joins=(
            (whole, _consent_of(whole, channel, EVERY_TOPIC)),
            (of_topic, _consent_of(of_topic, channel, topic or _NO_TOPIC)),
        ),
    )


def _consent_of(consent: type[Consent], channel: Channel, topic: str) -> ColumnElement[bool]:
    return and_(
        consent.contact_id == Contact.id,
        consent.channel == channel,
        consent.organization == OUR_ORGANIZATION,
        consent.topic == topic,
    )


def _holds(consent: type[Consent], now: datetime) -> ColumnElement[bool]:
    # Outer-joined: a missing row must count as no, and NULL would count as neither.
    return func.coalesce(
        and_(consent.granted, or_(consent.expires_at.is_(None), consent.expires_at > now)), false()
    )


def _suppressed(
    channel: Channel, address_hash: SQLColumnExpression[bytes | None]
) -> ColumnElement[bool]:
    return exists().where(
        Suppression.channel == channel,
        Suppression.address_hash == address_hash,
        Suppression.lifted_at.is_(None),
    )


def _sent_lately(channel: Channel, now: datetime) -> ColumnElement[int]:
    # What has no answer counts: nobody knows that it did not arrive.
    return (
        select(func.count())
        .select_from(Message)
        # The sum keeps PostgreSQL from reading a whole mailing through its index for each person,
        # as it does where a new mailing is not in its statistics yet.
        .join(Mailing, Mailing.id == Message.mailing_id + 0)
        .where(
            Message.contact_id == Contact.id,
            Mailing.channel == channel,
            Mailing.kind.in_(("alert", "followup")),
            Message.state.in_((*REACHED_PROVIDER, "unknown")),
            Message.state_at > now - _CAP_SPAN,
        )
        .correlate(Contact)
        .scalar_subquery()
    )


def _put_off(channel: Channel, now: datetime, policy: GatePolicy) -> ColumnElement[bool]:
    closed = ~_in_safe_hours(now)
    if channel == "sms":
        closed = or_(closed, ~_zone_open(now, policy))
    return closed


def _zone_open(now: datetime, policy: GatePolicy) -> ColumnElement[bool]:
    """Whether texts may go out where the person lives; unknown means: wherever they might live."""
    is_open = open_zones(now, policy)
    opened = Contact.time_zone.in_([zone for zone, yes in is_open.items() if yes])
    if all(is_open.values()):
        return or_(Contact.time_zone.is_(None), opened)
    return and_(Contact.time_zone.is_not(None), opened)


def open_zones(now: datetime, policy: GatePolicy) -> Mapping[str, bool]:
    """For each zone whether texts may go out there now."""
    result = {}
    for zone in ZONES:
        local = now.astimezone(_zone(zone))
        opens, closes = policy.hours(local)
        result[zone] = opens <= local.time() < closes
    return result


def next_opening(now: datetime, policy: GatePolicy) -> datetime:
    """The next full quarter of an hour in which some closed zone opens, within a day."""
    standing = open_zones(now, policy)
    quarter = timedelta(minutes=15)
    moment = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    for _ in range(4 * 72):
        moment += quarter
        later = open_zones(moment, policy)
        if any(later[zone] and not standing[zone] for zone in ZONES) or all(later.values()):
            return moment
    return now + timedelta(days=1)


def _in_safe_hours(now: datetime) -> ColumnElement[bool]:
    """Whether it is an hour that the person named as safe, in their own zone."""
    zones: defaultdict[time, list[str]] = defaultdict(list)
    for zone in ZONES:
        zones[now.astimezone(_zone(zone)).time().replace(microsecond=0)].append(zone)
    within = {local: _within_wish(local) for local in zones}
    known = [and_(Contact.time_zone.in_(alike), within[local]) for local, alike in zones.items()]
    # Where the zone is not known it must be a safe hour wherever they might live.
    unknown = and_(Contact.time_zone.is_(None), *within.values())
    # What is not known must count as unsafe: the caller takes NULL for "need not wait".
    safe = func.coalesce(or_(*known, unknown), false())
    return case((Contact.safe_from.is_(None), true()), else_=safe)


def _within_wish(local: time) -> ColumnElement[bool]:
    begun, not_over = Contact.safe_from <= literal(local), literal(local) < Contact.safe_until
    # A night worker's hours span midnight.
    spans_midnight = Contact.safe_from > Contact.safe_until
    return or_(and_(begun, not_over), and_(spans_midnight, or_(begun, not_over)))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

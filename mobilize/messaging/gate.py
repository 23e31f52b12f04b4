"""May this message go to this person now, and if not, why: one expression, asked set-based.

The same expression counts an audience at preflight and decides at the moment of sending, so that
an organizer sees beforehand what will happen, and nothing that changed in between is missed.
Refusals are read by organizers; the words for them stand in `reasons.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION, Consent, Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import OWN_WILL, closing_channels
from mobilize.core.columns import UTCDateTime, constant
from mobilize.messaging.hours import in_safe_hours, local_times, put_off
from mobilize.messaging.models import CODE, Mailing, Message, TextHold, TextThread
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.messaging.states import REACHED_PROVIDER

_CAP_SPAN: Final = timedelta(days=7)
_LATE_NEWS: Final = timedelta(days=14)
"""How long after a mailing its last messages may be delivered: providers try for three days, and
what has no answer is given up after `sending.unknown_hours`."""
_NOW: Final = "gate_now"
_CAP_FROM: Final = "gate_cap_from"
_RECENT: Final = "gate_recent"
_MAILINGS: Final = cast("Table", Mailing.__table__)
_MESSAGES: Final = cast("Table", Message.__table__)
_NOTHING: Final[ColumnElement[str]] = literal_column("''")
_HAS_TWICE: Final = exists().where(
    _MESSAGES.c.mailing_id == _MAILINGS.c.id,
    # As the index of such messages says it, and as a range in it: else all of them are looked at.
    _MESSAGES.c.dedupe_key != _NOTHING,
    _MESSAGES.c.dedupe_key > _NOTHING,
)
"""Whether somebody may have two messages of a mailing, of whose records two became one."""
_RECENT_MAILINGS: Final = select(_MAILINGS.c.id, _HAS_TWICE).where(
    _MAILINGS.c.channel == bindparam("on_channel"),
    _MAILINGS.c.kind.in_(("alert", "followup")),
    or_(
        _MAILINGS.c.finished_at.is_(None),
        _MAILINGS.c.finished_at > bindparam("finished_after"),
    ),
)
_NO_TOPIC: Final = "-"  # no demand has this slug


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
    recent: Collection[int],
) -> Gate:
    """Put the rules together for one channel, kind of message and topic.

    Args:
        channel: How it goes.
        kind: `alert`, `followup`, `transactional`, `letter` or `code`. A transactional message
            skips the frequency cap, and nothing else. A code answers what the person asked for a
            moment ago, which needs no consent (CASL's regulations, SOR/2013-221 s. 3(b): sent in
            response to a request, or otherwise solicited), and without which whoever left could
            not have their own data (PIPEDA, Principle 4.9; Quebec's Law 25, s. 27): it goes
            without consent, into a pause and to an address that its owner left, never to one that
            bounced, complained, or texted STOP. Of no use later, it goes at once or not at all.
        topic: The demand's slug, or empty.
        now: The moment that is asked about.
        policy: The installation's limits.
        recent: The mailings that count towards the frequency cap, as `recent_mailings` finds them;
            where there are none nobody has reached it.
    """
    whole, of_topic = aliased(Consent), aliased(Consent)
    moment = bindparam(_NOW, now, UTCDateTime())
    address_hash = Contact.email_hash if channel == "email" else Contact.phone_hash
    holds = _holds(whole, moment)
    refusals: list[tuple[ColumnElement[bool], str]] = [
        (Contact.state == constant("merged"), "merged"),
        (Contact.state != constant("active"), "erased"),
        (Contact.do_not_contact.is_(true()), "do_not_contact"),
        (_paused(kind, moment), "paused"),
        (address_hash.is_(None), "no_address"),
        (Contact.language.is_(None), "no_language"),
        (_suppressed(channel, kind, address_hash), "suppressed"),
        (
            and_(Contact.safe_channel.is_not(None), Contact.safe_channel != constant(channel)),
            "safe_channel",
        ),
    ]
    if channel == "sms":
        refusals.append((Contact.sms_confirmed_at.is_(None), "sms_not_confirmed"))
    if kind == CODE:
        refusals.append((~in_safe_hours(now), "outside_safe_hours"))
    else:
        if channel == "sms":
            held = TextHold.sender_hash == address_hash
            in_inbox = TextThread.sender_hash == TextHold.sender_hash
            refusals.append((exists().where(held, in_inbox), "held"))
            # No conversation is there to be read by all who see the reason: it says less.
            refusals.append((exists().where(held), "paused"))
        refusals += _will(whole, of_topic, moment)
    if policy.allowed is not None:
        refusals.append((address_hash.not_in(sorted(policy.allowed)), "not_allowlisted"))
    if kind in {"alert", "followup"} and (recent or policy.cap(channel) <= 0):
        refusals.append((_sent_lately(now, recent) >= policy.cap(channel), "frequency_cap"))
    return Gate(
        refusal=case(*((when, constant(why)) for when, why in refusals), else_=null()),
        put_off=false() if kind == CODE else put_off(channel, now, policy),
        consent_event_id=case((holds, whole.event_id), else_=of_topic.event_id),
        joins=(
            (whole, _consent_of(whole, channel, EVERY_TOPIC)),
            (of_topic, _consent_of(of_topic, channel, topic or _NO_TOPIC)),
        ),
    )


def at(now: datetime, recent: Collection[int]) -> dict[str, object]:
    """What a query with a gate in it is asked with at another moment of the same shape."""
    return {
        _NOW: now, _CAP_FROM: now - _CAP_SPAN, _RECENT: list(recent), **local_times(now)
    }  # fmt: skip


def recent_mailings(
    session: Session, *, channel: Channel, policy: GatePolicy, now: datetime, besides: int = 0
) -> list[int]:
    """The alerts and follow-ups of a channel that may have reached somebody within the cap's span.

    They are few, and looked up first: a person's messages are then held against their keys alone.
    A mailing that finished earlier may still be in them: what its server deferred, or nobody knew
    of, is delivered days later, and counts from then.

    Args:
        session: The session.
        channel: How it goes.
        policy: The installation's limits.
        now: The moment.
        besides: The mailing that is just being sent: who is in it once had nothing of it yet.

    Returns:
        Their keys; none where they are too few for anybody to have reached the cap.
    """
    asked = {"on_channel": channel, "finished_after": now - _CAP_SPAN - _LATE_NEWS}
    rows = session.execute(_RECENT_MAILINGS, asked).all()
    found = {
        mailing_id: has_twice
        for mailing_id, has_twice in rows
        if has_twice or mailing_id != besides
    }
    is_enough = len(found) >= policy.cap(channel) or any(found.values())
    return list(found) if is_enough else []


def _paused(kind: str, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    return false() if kind == CODE else Contact.paused_until > moment


def _will(
    whole: type[Consent], of_topic: type[Consent], moment: ColumnElement[datetime]
) -> list[tuple[ColumnElement[bool], str]]:
    """What the person wants: what they left, what they agreed to."""
    return [
        (and_(of_topic.contact_id.is_not(None), ~of_topic.granted), "left_topic"),
        (
            and_(or_(~whole.granted, whole.contact_id.is_(None)), ~_holds(of_topic, moment)),
            "no_consent",
        ),
        (and_(~_holds(whole, moment), ~_holds(of_topic, moment)), "consent_expired"),
    ]


def _consent_of(consent: type[Consent], channel: Channel, topic: str) -> ColumnElement[bool]:
    return and_(
        consent.contact_id == Contact.id,
        consent.channel == constant(channel),
        consent.organization == OUR_ORGANIZATION,
        consent.topic == topic,
    )


def _holds(consent: type[Consent], moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    # Outer-joined: a missing row must count as no, and NULL would count as neither.
    return func.coalesce(
        and_(consent.granted, or_(consent.expires_at.is_(None), consent.expires_at > moment)),
        false(),
    )


def _suppressed(
    channel: Channel, kind: str, address_hash: SQLColumnExpression[bytes | None]
) -> ColumnElement[bool]:
    closes: ColumnElement[bool] = Suppression.channel.in_(map(constant, closing_channels(channel)))
    if kind == CODE:
        closes &= Suppression.reason.not_in(OWN_WILL)
    return exists().where(
        closes,
        Suppression.address_hash == address_hash,
        Suppression.lifted_at.is_(None),
    )


def _sent_lately(now: datetime, recent: Collection[int]) -> ColumnElement[int]:
    # What has no answer counts: nobody knows that it did not arrive.
    return (
        select(func.count())
        .select_from(Message)
        .where(
            Message.contact_id == Contact.id,
            Message.mailing_id.in_(bindparam(_RECENT, list(recent), expanding=True)),
            Message.state.in_(map(constant, (*REACHED_PROVIDER, "unknown"))),
            Message.state_at > bindparam(_CAP_FROM, now - _CAP_SPAN, UTCDateTime()),
        )
        .correlate(Contact)
        .scalar_subquery()
    )

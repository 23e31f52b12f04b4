"""Messages to a bare address, which is only being confirmed: what stops them, what they wait for.

Nobody's consent is asked about, since there is nobody yet. A closed address stops them, with two
exceptions: word of a move goes where somebody moved on from, and what asks to confirm a sign-up
goes to whoever left by their own will, for it was asked for by the sign-up (SOR/2013-221, s. 3(b)).
An organizer's answer goes to whoever texted us, for the same reason, and also where the number was
left otherwise; never where STOP came from it. Where the address of a sign-up or of an answer is
somebody's who is on file, what they named as safe holds; and a message to the address of somebody
who asked for discretion goes discreetly, whatever it is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session, aliased

from mobilize.contacts import opt_ins
from mobilize.contacts.consent_models import OptIn, Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import CARRIER, LEFT, REPLACED
from mobilize.messaging.hours import TIME_ZONE, in_safe_hours, may_text_at
from mobilize.messaging.lettering import Person
from mobilize.messaging.models import CODE, OPT_IN, REPLY, Message
from mobilize.messaging.policy import Channel, GatePolicy

OPT_IN_KEY: Final = "opt-in:"
"""Before a sign-up's id: the dedupe key of the one message that asks to confirm it."""


@dataclass
class Sorted:
    """The bare addresses of a chunk.

    Attributes:
        people: Who may be written to.
        refused: Who is not, and why.
        for_day: Who waits for the day.
        for_safety: Who waits for an hour that somebody named as safe.
    """

    people: list[Person] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    for_day: list[int] = field(default_factory=list)
    for_safety: list[int] = field(default_factory=list)


def sort_out(
    session: Session,
    *,
    of_chunk: Sequence[ColumnElement[bool]],
    channel: Channel,
    kind: str,
    policy: GatePolicy,
    confirm_for: timedelta,
    now: datetime,
) -> Sorted:
    """Say of each bare address of a chunk whether it may be written to now.

    Args:
        session: The session of the transaction.
        of_chunk: Which messages.
        channel: How they go.
        kind: The mailing's.
        policy: The installation's limits.
        confirm_for: How long a sign-up can be confirmed, from the sending of its message.
        now: The moment.
    """
    found = Sorted()
    sign_ups: list[int] = []
    statement = _statement(channel, kind, now).where(*of_chunk)
    for (
        one,
        address,
        address_hash,
        variables,
        discreet,
        refusal,
        unsafe,
        sign_up,
    ) in session.execute(statement):
        if refusal is not None:
            found.refused.append((one, refusal))
        elif policy.allowed is not None and address_hash not in policy.allowed:
            found.refused.append((one, "not_allowlisted"))
        elif unsafe:
            found.for_safety.append(one)
        elif channel == "sms" and _waits_for_day(variables, now, policy):
            found.for_day.append(one)
        else:
            found.people.append(
                Person(
                    one,
                    address,
                    address_hash,
                    variables=variables,
                    discreet=discreet,
                    is_bare=True,
                )
            )
            sign_ups += [sign_up] if sign_up is not None else []
    if sign_ups:
        # However long it waited for a safe hour, there is the whole time to answer it.
        session.execute(
            update(OptIn)
            .where(OptIn.id.in_(sign_ups))
            .values(expires_at=now + confirm_for)
            .execution_options(synchronize_session=False)
        )
    return found


def _statement(channel: Channel, kind: str, now: datetime) -> Select[Any]:
    columns = (
        Message.id,
        Message.address,
        Message.address_hash,
        Message.variables,
        _somebody_there(channel, Contact.discreet.is_(true())),
    )
    bare = Message.contact_id.is_(None)
    # Whoever was at that address was erased while a worker held the message.
    erased = Message.address.is_(None), "erased"
    closed = _closed(channel, kind)
    if kind not in {OPT_IN, REPLY}:
        refusal = case(erased, (closed, "suppressed"), else_=None)
        return select(*columns, refusal, literal(False), null()).where(bare)
    wished = (
        erased,
        (closed, "suppressed"),
        (_somebody_there(channel, Contact.do_not_contact.is_(true())), "do_not_contact"),
        (_somebody_there(channel, Contact.safe_channel != channel), "safe_channel"),
    )
    unsafe = _somebody_there(channel, ~in_safe_hours(now))
    if kind == REPLY:
        return select(*columns, case(*wished, else_=None), unsafe, null()).where(bare)
    refusal = case(
        *wished,
        (_somebody_there(channel, Contact.paused_until > now), "paused"),
        (OptIn.id.is_(None), "too_late"),
        else_=None,
    )
    return (
        select(*columns, refusal, unsafe, OptIn.id)
        .outerjoin(
            OptIn,
            and_(
                OptIn.channel == channel,
                OptIn.address_hash == Message.address_hash,
                literal(OPT_IN_KEY) + cast(OptIn.id, String) == Message.dedupe_key,
                opt_ins.open_at(now),
            ),
        )
        .where(bare)
    )


def _closed(channel: Channel, kind: str) -> ColumnElement[bool]:
    """Whether the address is closed to messages of a kind."""
    opens: tuple[str, ...] = ()
    if kind == CODE:
        opens = (REPLACED,)
    elif kind in {OPT_IN, REPLY}:
        opens = (LEFT,)
    here = and_(Suppression.channel == channel, Suppression.reason.not_in(opens))
    # Where a number was left in other ways besides, the carrier would still take no text to it.
    carrier = or_(here, Suppression.channel == CARRIER) if channel == "sms" else here
    return exists().where(
        carrier, Suppression.address_hash == Message.address_hash, Suppression.lifted_at.is_(None)
    )


def _somebody_there(channel: Channel, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody on file at the address, by any of their records, is so."""
    record = aliased(Contact)
    address = record.email_hash if channel == "email" else record.phone_hash
    standing = (
        select(func.coalesce(record.merged_into_id, record.id))
        .where(address == Message.address_hash, record.state != "tombstoned")
        .correlate(Message)
    )
    return (
        select(Contact.id)
        .where(Contact.id.in_(standing), Contact.state == "active", condition)
        .correlate(Message)
        .exists()
    )


def _waits_for_day(variables: Mapping[str, Any], now: datetime, policy: GatePolicy) -> bool:
    # A code is wanted by somebody who sits before the page that asks for it.
    return "codes" not in variables and not may_text_at(variables.get(TIME_ZONE), now, policy)

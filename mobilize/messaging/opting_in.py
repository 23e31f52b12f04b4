"""Double opt-in: one message to whoever signed up, and the answer that makes it consent.

The message is sent to a bare address, since it is what asks for consent in the first place; what
stands in its way all the same is in `bare`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, cast

from sqlalchemy import Row, Select, String, literal, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from mobilize.contacts import opt_ins
from mobilize.contacts.confirming import confirm, open_for_number
from mobilize.contacts.consent_models import OptIn
from mobilize.contacts.opt_ins import Channel, SignUp
from mobilize.contacts.suppression import close_to_form
from mobilize.contacts.textable import zone_of_number
from mobilize.core.errors import Conflict
from mobilize.core.i18n import Language
from mobilize.messaging.bare import OPT_IN_KEY
from mobilize.messaging.models import OPT_IN, Mailing, Message, Template
from mobilize.messaging.queueing import queue_to_address, queue_to_contact
from mobilize.messaging.states import State
from mobilize.settings import Settings, SignUps

CONFIRM: Final = "opt-in"
_TO_CONFIRM: Final = "join-confirm"
_KNOWN: Final = "join-known"
_NEVER_GO: Final[tuple[State, ...]] = ("skipped", "refused", "failed", "cancelled")
_CAN_BE_ANSWERED: Final[tuple[State, ...]] = ("accepted", "deferred", "delivered", "complained")
"""Where a text stands that its number can have seen: the provider took it, and it did not fail."""


def sign_up(
    session: Session, *, form: SignUp, who_asks: str, settings: Settings, now: datetime
) -> None:
    """Keep a sign-up, and send what is due for it.

    Args:
        session: The transaction.
        form: What was filled in.
        who_asks: The names of the organizations that the form asks for, as it shows them.
        settings: The installation's.
        now: When.

    Raises:
        InvalidInput: An address or the postal code cannot be used.
        TooMany: Too many forms came in this hour.
    """
    limits = settings.sign_ups
    written = partial(_when_written, session, now)
    for row in opt_ins.ask(session, form=form, limits=limits, written=written, now=now):
        variables = {"organization": who_asks, "days": str(limits.confirm_days)}
        channel, language = cast("Channel", row.channel), cast("Language", row.language)
        if row.contact_id is not None:
            queue_to_contact(
                session,
                template_key=_KNOWN,
                contact_id=row.contact_id,
                channel=channel,
                language=language,
                dedupe_key=_dedupe_key(row.id),
                variables=variables,
                now=now,
            )
        elif row.address is not None:
            queue_to_address(
                session,
                template_key=_TO_CONFIRM,
                address=row.address,
                channel=channel,
                language=language,
                dedupe_key=_dedupe_key(row.id),
                kind=OPT_IN,
                time_zone=_zone(row) if channel == "sms" else None,
                variables=variables,
                links={
                    "confirm_url": {
                        "purpose": CONFIRM,
                        "id": row.id,
                        "path": "/{language}/join/confirm/{token}",
                        # A page says that it is too late better than a link that does not open.
                        "expires_at": (now + opt_ins.COUNTED_FOR).isoformat(),
                    }
                },
                now=now,
            )


def confirm_by_link(session: Session, *, opt_in_id: int, now: datetime) -> OptIn:
    """Take a sign-up as confirmed by whoever opened the link in its email.

    Raises:
        Conflict: Its time is over, or nothing may go to that address.
    """
    proof = "confirmed by the link of an email to this address"
    row = confirm(session, opt_in_id=opt_in_id, proof=proof, now=now)
    _hand_over(session, row)
    return row


def confirm_by_text(
    session: Session, *, phone_hash: bytes, provider_ref: str, now: datetime
) -> int:
    """Take the sign-ups that a number was asked about as confirmed: YES or OUI came from it.

    Returns:
        How many there were.
    """
    proof = f"confirmed by a text from this number, {provider_ref}"
    confirmed = 0
    for opt_in_id in awaiting_yes(session, phone_hash=phone_hash, now=now):
        try:
            row = confirm(session, opt_in_id=opt_in_id, proof=proof, now=now)
        except Conflict:
            # Something else than their own will closed the number meanwhile; nothing was written.
            continue
        _hand_over(session, row)
        confirmed += 1
    return confirmed


def awaiting_yes(session: Session, *, phone_hash: bytes, now: datetime) -> list[int]:
    """The sign-ups that a YES from a number confirms: those that a text to it told of.

    Where none went, be it for a STOP, somebody else may have typed the number: whoever has it
    cannot mean a sign-up that they have not seen.
    """
    waiting = open_for_number(session, phone_hash=phone_hash, now=now)
    asked = {
        message.dedupe_key
        for message in _messages(session, waiting)
        if message.address_hash == phone_hash and message.state in _CAN_BE_ANSWERED
    }
    return [one for one in waiting if _dedupe_key(one) in asked]


def _when_written(
    session: Session, now: datetime, opt_in_ids: Sequence[int]
) -> Mapping[int, datetime]:
    """When the message of each sign-up went; one that waits counts as if it went now."""
    by_key = {_dedupe_key(one): one for one in opt_in_ids}
    return {
        by_key[message.dedupe_key]: now
        if message.state == "queued"
        else message.accepted_at or message.state_at
        for message in _messages(session, opt_in_ids)
        if message.state not in _NEVER_GO
    }


def _messages(
    session: Session, opt_in_ids: Sequence[int]
) -> Sequence[Row[str, str, bytes | None, datetime | None, datetime]]:
    """The one message of each sign-up: its key, where it stands, and since when."""
    return session.execute(
        select(
            Message.dedupe_key,
            Message.state,
            Message.address_hash,
            Message.accepted_at,
            Message.state_at,
        ).where(
            Message.mailing_id.in_(_mailings(_TO_CONFIRM, _KNOWN)),
            Message.dedupe_key.in_([_dedupe_key(one) for one in opt_in_ids]),
        )
    ).all()


def said_no(session: Session, *, message_id: int, address_hash: bytes, now: datetime) -> None:
    """Note that somebody left by a message that the form had sent: it sends them no more for long.

    Not where they had confirmed it, for then it was they who signed up.
    """
    asked = session.execute(
        select(Message.id)
        .outerjoin(OptIn, literal(OPT_IN_KEY) + sql_cast(OptIn.id, String) == Message.dedupe_key)
        .where(
            Message.id == message_id,
            Message.mailing_id.in_(_mailings(_TO_CONFIRM, _KNOWN)),
            or_(OptIn.state.is_(None), OptIn.state != "confirmed"),
        )
    ).first()
    if asked is not None:
        close_to_form(session, address_hash=address_hash, now=now)


def purge(session: Session, *, limits: SignUps, now: datetime) -> None:
    """Remove what was typed into forms that nobody confirmed, and where their messages went."""
    opt_ins.lapse(session, now=now)
    session.execute(
        update(Message)
        .where(
            Message.mailing_id.in_(_mailings(_TO_CONFIRM)),
            Message.address.is_not(None),
            Message.state != "queued",
            Message.created_at <= now - timedelta(days=limits.confirm_days),
        )
        .values(address=None)
        .execution_options(synchronize_session=False)
    )


def _hand_over(session: Session, row: OptIn) -> None:
    """The message belongs to the person now, so that its link leaves in their name."""
    session.execute(
        update(Message)
        .where(
            Message.mailing_id.in_(_mailings(_TO_CONFIRM)),
            Message.dedupe_key == _dedupe_key(row.id),
            Message.state != "queued",
        )
        .values(contact_id=row.contact_id, address=None)
        .execution_options(synchronize_session=False)
    )


def _mailings(*templates: str) -> Select[int]:
    return (
        select(Mailing.id)
        .join(Template, Template.id == Mailing.template_id)
        .where(Template.key.in_(templates))
    )


def _dedupe_key(opt_in_id: int) -> str:
    return f"{OPT_IN_KEY}{opt_in_id}"


def _zone(row: OptIn) -> str | None:
    *_, zone = json.loads(row.answers or "{}")["place"]
    return zone or zone_of_number(row.address or "")

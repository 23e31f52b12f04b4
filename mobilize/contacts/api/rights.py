"""What people ask for, over JSON: a copy, a correction, safety, coming back, erasure; audited."""

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from mobilize.accounts.guards import caller, needs
from mobilize.contacts import erasing, queries
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.api.showing import shown
from mobilize.contacts.copying import copy_of
from mobilize.contacts.rectifying import Correction, rectify
from mobilize.contacts.reopening import WrittenRequest, reopen
from mobilize.contacts.rights_schemas import (
    CorrectionSchema,
    SafeReachSchema,
    WrittenRequestSchema,
)
from mobilize.contacts.schemas import ContactSchema
from mobilize.contacts.wishes import SafeReach, set_safe_reach
from mobilize.runtime import runtime


@blueprint.patch("/<public_id>")
@blueprint.arguments(CorrectionSchema)
@blueprint.response(200, ContactSchema)
@needs("people")
def correct_contact(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Correct what is kept of a person.

    Consents go along to a new address only where the person asked for the change, and no text goes
    to a new number before somebody answered from it.
    """
    now, actor, reason = runtime().clock.now(), caller().actor, body.pop("reason")
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        rectify(
            session,
            contact=contact,
            correction=Correction(**body),
            reason=reason,
            actor=actor,
            now=now,
        )
        return shown(session, [contact])[0]


@blueprint.get("/<public_id>/safe-reach")
@blueprint.response(200, SafeReachSchema)
@needs("people")
def get_safe_reach(public_id: str) -> Any:
    """How a person can safely be reached."""
    with runtime().db.read() as session:
        return queries.by_public_id(session, public_id)


@blueprint.put("/<public_id>/safe-reach")
@blueprint.arguments(SafeReachSchema)
@blueprint.response(200, SafeReachSchema)
@needs("people")
def change_safe_reach(body: dict[str, Any], public_id: str) -> Any:
    """Note down how a person can safely be reached; what is not sent is no wish."""
    now, actor, wanted = runtime().clock.now(), caller().actor, SafeReach(**body)
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        set_safe_reach(session, contact=contact, wanted=wanted, actor=actor, now=now)
        return asdict(wanted)


@blueprint.post("/<public_id>/reopen")
@blueprint.arguments(WrittenRequestSchema)
@blueprint.response(200, ContactSchema)
@needs("people")
def reopen_channel(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Let messages go again over a channel that a person left, at their request in writing.

    Never what a complaint, a bounce, a STOP by text or an erasure closed, nor for somebody who is
    not to be contacted.
    """
    now, actor, request = runtime().clock.now(), caller().actor, WrittenRequest(**body)
    zone = ZoneInfo(runtime().settings.time.zone)
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        reopen(session, contact=contact, request=request, actor=actor, zone=zone, now=now)
        return shown(session, [contact])[0]


@blueprint.post("/<public_id>/copy")
@blueprint.response(200)
@needs("export")
def take_copy(public_id: str) -> dict[str, Any]:
    """Everything that is kept of a person, addresses open, to hand to that person."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        return copy_of(session, contact=contact, actor=actor, now=now)


@blueprint.delete("/<public_id>")
@blueprint.response(204)
@needs("people")
def erase_contact(public_id: str) -> None:
    """Erase a person: addresses and name are gone everywhere; counts and proofs stay."""
    parts = runtime()
    now, actor = parts.clock.now(), caller().actor
    with parts.db.transaction() as session:
        contact = queries.by_public_id(session, public_id)
        erasing.erase(session, contact=contact, actor=actor, now=now)
    parts.db.bury()

"""Ridings, MPs and the way from a postal code to them, as JSON."""

from collections.abc import Collection
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.core.errors import NotFound
from mobilize.mps import queries, roles, schemas, seats, stances
from mobilize.mps.lookup import ORDER, resolve
from mobilize.mps.models import Mp
from mobilize.mps.queries import SittingMp
from mobilize.mps.seats import Possibility, Seat
from mobilize.mps.stances import Observation
from mobilize.mps.wording import PARTIES, styled_name
from mobilize.runtime import runtime
from mobilize.strategy.models import Demand
from mobilize.strategy.queries import version_by_public_id

blueprint = Blueprint(
    "mps", __name__, url_prefix="/mps", description="Ridings, and who speaks for them."
)


@blueprint.get("/ridings")
@needs("see")
@blueprint.arguments(schemas.RidingQuerySchema, location="query")
@blueprint.response(200, schemas.RidingSchema(many=True))
def list_ridings(query: dict[str, str]) -> Any:
    """List an order's ridings from east to west, or search them by name."""
    order, text, today = query["order"], query["search"], _today()
    with runtime().db.read() as session:
        if text:
            found = queries.search_ridings(session, text, "en", on=today, order=order)
        else:
            found = queries.all_ridings(session, lang="en", on=today, order=order)
        named = _ridings(session, [riding.id for riding in found], today)
    return [named[riding.id] for riding in found]


@blueprint.get("/ridings/<order>/<code>")
@needs("see")
@blueprint.response(200, schemas.SeatSchema)
def show_riding(order: str, code: str) -> Any:
    """Show a riding with its MP and their offices."""
    today = _today()
    with runtime().db.read() as session:
        riding = queries.riding_by_code(session, order, code)
        if riding is None:
            raise NotFound("There is no such riding.", hint="List them at /mps/ridings.")
        mp = queries.mp_for_riding(session, riding.id, today)
        offices = queries.offices_for(session, [mp.mandate_id], today) if mp else {}
        return {
            "riding": _ridings(session, [riding.id], today)[riding.id],
            "seat": _seat_as_json(seats.seat_as_of(session, riding.id, today)),
            "mp": _as_json(mp),
            "offices": offices.get(mp.mandate_id, []) if mp else [],
            **_duties(session, mp.mp_id if mp else None, today),
        }


@blueprint.get("/seats")
@needs("see")
@blueprint.arguments(schemas.SeatsQuerySchema, location="query")
@blueprint.response(200, schemas.DatedSeatSchema(many=True))
def list_seats(query: dict[str, Any]) -> Any:
    """Say of every seat of an order who held it on a day; none where it was not in force then."""
    on = query["on"] or _today()
    with runtime().db.read() as session:
        found = seats.seats_as_of(session, query["order"], on)
        named = _ridings(session, found, on)
        return [{"riding": named[one], "seat": _seat_as_json(found[one])} for one in named]


@blueprint.get("/<mp_id>/roles")
@needs("see")
@blueprint.response(200, schemas.MpDutiesSchema)
def list_roles(mp_id: str) -> Any:
    """Which committees an MP sits on today, and what they answer for in the government."""
    today = _today()
    with runtime().db.read() as session:
        mp = stances.mp_by_public_id(session, mp_id)
        return {
            **_named(mp),
            "preferred_language": mp.preferred_language,
            **_duties(session, mp.id, today),
        }


@blueprint.post("/lookup")
@needs("see")
@blueprint.arguments(schemas.PostalCodeSchema)
@blueprint.response(200, schemas.LookupSchema)
def look_up(body: dict[str, str]) -> Any:
    """Say in which ridings a postal code may lie, and how sure that is; nothing is kept."""
    answer, today = resolve(body["postal_code"]), _today()
    with runtime().db.read() as session:
        known = queries.riding_ids(session, ORDER)
        found = [(known[one.code], one) for one in answer.candidates if one.code in known]
        ids = [riding_id for riding_id, _ in found]
        named, sitting = _ridings(session, ids, today), queries.mps_for_ridings(session, ids, today)
    return {
        "certainty": answer.certainty if found else "unknown",
        "reason": answer.reason,
        "candidates": [
            {
                "riding": named[riding_id],
                "mp": _as_json(sitting.get(riding_id)),
                "share": one.share,
                "inferred": one.inferred,
            }
            for riding_id, one in found
        ],
    }


@blueprint.get("/<mp_id>/stances")
@needs("compose")
@blueprint.response(200, schemas.MpStancesSchema)
def list_stances(mp_id: str) -> Any:
    """Where an MP stands on each demand, and every observation that says so."""
    with runtime().db.read() as session:
        mp = stances.mp_by_public_id(session, mp_id)
        current = stances.current_stances(session, [mp.id])
        return {
            "current": {demand: stance for (_, demand), stance in current.items()},
            "observations": stances.observations(session, mp.id),
        }


@blueprint.post("/<mp_id>/stances")
@needs("compose")
@blueprint.arguments(schemas.NewStanceSchema)
@blueprint.response(201, schemas.StanceSchema)
def add_stance(body: dict[str, Any], mp_id: str) -> Any:
    """Record what was observed of an MP on a demand; nothing recorded before is changed."""
    now, today, actor = runtime().clock.now(), _today(), caller().actor
    version_id = body.pop("demand_version")
    with runtime().db.transaction() as session:
        mp = stances.mp_by_public_id(session, mp_id)
        version = version_by_public_id(session, version_id)
        row = stances.record_stance(
            session, mp=mp, version=version, **body, actor=actor, now=now, today=today
        )
        demand = session.get_one(Demand, version.demand_id).slug
        return Observation(row, mp.public_id, demand, version.public_id)


def _today() -> date:
    parts = runtime()
    return parts.clock.now().astimezone(ZoneInfo(parts.settings.time.zone)).date()


def _ridings(session: Session, ids: Collection[int], on: date) -> dict[int, dict[str, str]]:
    """Ridings as JSON, named in both languages, by id."""
    english = queries.named_ridings(session, ids, lang="en", on=on)
    french = queries.riding_names(session, ids, "fr", on)
    return {
        riding.id: {
            "order": riding.order,
            "code": riding.code,
            "province": riding.province,
            "name_en": riding.name,
            "name_fr": french[riding.id],
        }
        for riding in english.values()
    }


def _seat_as_json(seat: Seat | None) -> dict[str, Any] | None:
    if seat is None:
        return None
    return {
        "status": seat.status,
        "sure_until": seat.sure_until,
        "sure_from": seat.sure_from,
        "possible": [_possibility(one) for one in seat.possible],
    }


def _possibility(one: Possibility) -> dict[str, Any]:
    return {"state": one.state, "mp": _named(one.mp) if one.mp else None}


def _named(mp: Mp) -> dict[str, str]:
    return {
        "id": mp.public_id,
        "name_en": styled_name(mp.honorific, mp.given_name, mp.family_name, "en"),
        "name_fr": styled_name(mp.honorific, mp.given_name, mp.family_name, "fr"),
    }


def _duties(session: Session, mp_id: int | None, on: date) -> dict[str, Any]:
    """The committees and roles of an MP as JSON; none of a vacant seat."""
    if mp_id is None:
        return {"committees": [], "roles": []}
    return {
        "committees": roles.committees_of(session, [mp_id], on).get(mp_id, []),
        "roles": roles.government_roles_of(session, [mp_id], on).get(mp_id, []),
    }


def _as_json(mp: SittingMp | None) -> dict[str, Any] | None:
    if mp is None:
        return None
    return {
        **mp._asdict(),
        "id": mp.public_id,
        "name_en": mp.name("en"),
        "name_fr": mp.name("fr"),
        "party_en": PARTIES[mp.party].en,
        "party_fr": PARTIES[mp.party].fr,
    }

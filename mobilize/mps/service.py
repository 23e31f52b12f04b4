"""Loading the project's own tables of ridings and MPs; doing it again changes nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from mobilize.core.db import upsert
from mobilize.core.errors import SetupError
from mobilize.mps import dataset
from mobilize.mps.dataset import RidingFact
from mobilize.mps.models import (
    CaucusSpell,
    Mandate,
    Mp,
    Office,
    RepresentationOrder,
    Riding,
    RidingName,
)
from mobilize.mps.names import normalise
from mobilize.mps.queries import riding_ids
from mobilize.mps.roster import ROSTER_SOURCE, Person, Seating, seatings

_Row = dict[str, Any]


def load_ridings(session: Session, *, now: datetime) -> int:
    """Load the ridings of both orders with their names, old and new.

    Returns:
        How many ridings there are, of all orders.

    Raises:
        SetupError: The packaged table has not the seats of its order: it is damaged.
    """
    facts = dataset.ridings()
    for order in dataset.ORDERS:
        codes = {fact.code for fact in facts if fact.order == order.code}
        _expect(f"ridings of the {order.code} order", len(codes), order.seats)
    upsert(
        session,
        cast("Table", RepresentationOrder.__table__),
        [order._asdict() for order in dataset.ORDERS],
        key=["code"],
        update=["seats", "proclaimed_on", "in_force_from", "in_force_to"],
    )
    orders = dict(session.execute(select(RepresentationOrder.code, RepresentationOrder.id)).all())
    upsert(
        session,
        cast("Table", Riding.__table__),
        [
            {"order_id": orders[fact.order], "code": fact.code, "province": fact.province}
            for fact in facts
        ],
        key=["order_id", "code"],
    )
    ids = {order.code: riding_ids(session, order.code) for order in dataset.ORDERS}
    upsert(
        session,
        cast("Table", RidingName.__table__),
        [row | {"recorded_at": now} for row in _name_rows(facts, ids)],
        key=["riding_id", "lang", "name"],
        update=["norm", "valid_from", "valid_to", "is_alias"],
    )
    return sum(map(len, ids.values()))


def load_roster(session: Session, *, now: datetime) -> int:
    """Load the roster and what later sources show to have changed; needs the ridings.

    A mandate that is already there is left alone with all that belongs to it, so that this old
    source never overwrites a newer one.

    Returns:
        How many mandates were new.

    Raises:
        SetupError: The ridings are not loaded, or the packaged roster is damaged.
    """
    seats = next(order.seats for order in dataset.ORDERS if order.code == "2023")
    members = dataset.members()
    _expect("ridings of the roster", len({member.code for member in members}), seats)
    ids = riding_ids(session, "2023")
    _expect("loaded ridings of the 2023 order", len(ids), seats)
    found = seatings(members, dataset.changes(), dataset.offices())
    people = _load_people(session, [seating.person for seating in found])
    standing = {(mp, riding) for mp, riding in session.execute(_seats_of_mandates())}
    new = [one for one in found if (people[one.person], ids[one.code]) not in standing]
    if new:
        _load_mandates(session, new, people, ids, now)
    return len(new)


def _expect(what: str, found: int, seats: int) -> None:
    if found != seats:
        raise SetupError(
            f"There are {found} {what}; there must be {seats}.",
            hint="Run `mobilize init`; if this stays, install Mobilize again.",
        )


def _name_rows(facts: Sequence[RidingFact], ids: dict[str, dict[str, int]]) -> Iterator[_Row]:
    renames = dataset.renames()
    renamed = {rename.code for rename in renames if rename.agreed}
    for fact in facts:
        ends = fact.order == "2023" and fact.code in renamed
        valid_to = dataset.RENAMED_ON if ends else None
        for lang, name in (("en", fact.name_en), ("fr", fact.name_fr)):
            yield _name_row(ids[fact.order][fact.code], lang, name, valid_to=valid_to)
    for rename in renames:
        for lang, name in (("en", rename.name_en), ("fr", rename.name_fr)):
            if name and rename.agreed:
                valid_from = dataset.RENAMED_ON
                yield _name_row(ids["2023"][rename.code], lang, name, valid_from=valid_from)
            elif name:
                yield _name_row(ids["2023"][rename.code], lang, name, is_alias=True)


def _name_row(
    riding_id: int,
    lang: str,
    name: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    is_alias: bool = False,
) -> _Row:
    return {
        "riding_id": riding_id,
        "lang": lang,
        "name": name,
        "norm": normalise(name),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "is_alias": is_alias,
    }


def _load_people(session: Session, people: Sequence[Person]) -> dict[Person, int]:
    """Find each person by the House's number, else by name; insert whoever is missing."""
    found = _find_people(session, people)
    missing = [person for person in people if person not in found]
    if missing:
        session.execute(insert(Mp), [_person_row(person) for person in missing])
        found = _find_people(session, people)
    return found


def _find_people(session: Session, people: Sequence[Person]) -> dict[Person, int]:
    rows = session.execute(select(Mp.id, Mp.hoc_person_id, Mp.norm)).all()
    by_number = {row.hoc_person_id: row.id for row in rows if row.hoc_person_id is not None}
    by_name = {row.norm: row.id for row in rows}
    found: dict[Person, int] = {}
    for person in people:
        number = person.hoc_person_id
        mp = by_name.get(_norm(person)) if number is None else by_number.get(number)
        if mp is not None:
            found[person] = mp
    return found


def _person_row(person: Person) -> _Row:
    return person._asdict() | {"norm": _norm(person)}


def _norm(person: Person) -> str:
    return normalise(f"{person.given_name} {person.family_name}")


def _seats_of_mandates() -> Any:
    return select(Mandate.mp_id, Mandate.riding_id)


def _load_mandates(
    session: Session,
    new: Sequence[Seating],
    people: dict[Person, int],
    ids: dict[str, int],
    now: datetime,
) -> None:
    session.execute(
        insert(Mandate),
        [
            {
                "mp_id": people[one.person],
                "riding_id": ids[one.code],
                **one.days._asdict(),
                "end_reason": "unknown" if one.days.end_not_after else None,
                "email": one.email,
                "email_as_of": dataset.ROSTER_AS_OF if one.email else None,
                "source": one.source,
                "recorded_at": now,
            }
            for one in new
        ],
    )
    keys = session.execute(select(Mandate.mp_id, Mandate.riding_id, Mandate.id))
    mandates = {(mp, riding): mandate for mp, riding, mandate in keys}
    of = {one: mandates[people[one.person], ids[one.code]] for one in new}
    session.execute(
        insert(CaucusSpell),
        [
            {
                "mandate_id": mandate,
                "party": spell.party,
                **spell.days._asdict(),
                "source": spell.source,
                "recorded_at": now,
            }
            for one, mandate in of.items()
            for spell in one.spells
        ],
    )
    offices = [row for one, mandate in of.items() for row in _office_rows(one, mandate)]
    if offices:
        session.execute(insert(Office), offices)


def _office_rows(seating: Seating, mandate_id: int) -> Iterator[_Row]:
    places: Counter[str] = Counter()
    for office in sorted(seating.offices, key=lambda office: not office.is_main):
        places[office.kind] += 1
        yield {
            "mandate_id": mandate_id,
            "kind": office.kind,
            "position": places[office.kind],
            "address": office.address,
            "city": office.city,
            "province": office.province,
            "postal_code": office.postal_code,
            "tel": office.tel or None,
            "fax": office.fax or None,
            "as_of": dataset.OFFICES_AS_OF,
            "source": ROSTER_SOURCE,
        }

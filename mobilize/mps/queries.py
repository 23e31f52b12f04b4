"""Reading ridings, who holds them on a day, and where their offices are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from mobilize.core.bulk import any_id
from mobilize.core.i18n import Language
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
from mobilize.mps.wording import styled_name

CURRENT_ORDER: Final = "2023"
_STALE_AFTER = timedelta(days=365)


class NamedRiding(NamedTuple):
    """A riding with its name on a day in one language."""

    id: int
    order: str
    code: str
    province: str
    name: str


class SittingMp(NamedTuple):
    """Who holds a riding on a day.

    Attributes:
        certain: False where the sources only bound the dates of the change, so that somebody else
            may still have held the seat on that day, or nobody.
        party_certain: The same of the party.
    """

    mp_id: int
    public_id: str
    mandate_id: int
    riding_id: int
    honorific: str
    given_name: str
    family_name: str
    preferred_language: str | None
    email: str | None
    party: str
    certain: bool
    party_certain: bool

    def name(self, language: Language) -> str:
        """The name with its honorific."""
        return styled_name(self.honorific, self.given_name, self.family_name, language)


class OfficeOnRecord(NamedTuple):
    """An office as it is shown: what a source gave, and whether that is old.

    Attributes:
        stale: The source was more than a year old on the day asked for; show it as such.
    """

    id: int
    mandate_id: int
    kind: str
    label: str
    address: str
    city: str
    province: str
    postal_code: str
    tel: str | None
    fax: str | None
    as_of: date
    stale: bool


def riding_by_code(session: Session, order: str, code: str) -> Riding | None:
    """The riding that a code means in one order."""
    return session.scalar(
        select(Riding)
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .where(RepresentationOrder.code == order, Riding.code == code)
    )


def riding_ids(session: Session, order: str) -> dict[str, int]:
    """The ids of all ridings of an order, by code."""
    rows = session.execute(
        select(Riding.code, Riding.id)
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .where(RepresentationOrder.code == order)
    )
    return dict(rows.all())


def riding_names(
    session: Session, riding_ids: Collection[int], lang: Language, on: date
) -> dict[int, str]:
    """What ridings are called on a day, by id."""
    rows = session.execute(
        select(RidingName.riding_id, RidingName.name).where(
            any_id(session, RidingName.riding_id, riding_ids), *_shown(lang, on)
        )
    )
    return dict(rows.all())


def all_ridings(
    session: Session, *, lang: Language, on: date, order: str = CURRENT_ORDER
) -> list[NamedRiding]:
    """Every riding of an order, by province from east to west, then by name."""
    return _by_name(session, _named(lang, on, order))


def named_ridings(
    session: Session, riding_ids: Collection[int], *, lang: Language, on: date
) -> dict[int, NamedRiding]:
    """Ridings of any order with their names, by id."""
    statement = _named(lang, on).where(Riding.id.in_(riding_ids))
    return {riding.id: riding for riding in _by_name(session, statement)}


def search_ridings(
    session: Session, text: str, lang: Language, *, on: date, order: str = CURRENT_ORDER
) -> list[NamedRiding]:
    """Ridings that have or had a name with these words, in either language, or an alias.

    Accents, dashes and case do not matter; names that begin with the text come first.
    """
    wanted = normalise(text)
    if not wanted:
        return []
    hits = select(RidingName.riding_id).where(RidingName.norm.contains(wanted, autoescape=True))
    found = _by_name(session, _named(lang, on, order).where(Riding.id.in_(hits)))
    return sorted(found, key=lambda riding: not normalise(riding.name).startswith(wanted))


def mp_for_riding(session: Session, riding_id: int, on: date) -> SittingMp | None:
    """Who holds a riding on a day, or None where it is vacant."""
    return mps_for_ridings(session, [riding_id], on).get(riding_id)


def mps_for_ridings(
    session: Session, riding_ids: Collection[int], on: date
) -> dict[int, SittingMp]:
    """Who holds each riding on a day; a vacant one is absent.

    Where two may have held it, whoever is sure wins, else whoever came later.
    """
    rows = session.execute(
        select(Mandate, Mp, CaucusSpell)
        .join(Mp, Mp.id == Mandate.mp_id)
        .join(
            CaucusSpell,
            and_(CaucusSpell.mandate_id == Mandate.id, CaucusSpell.possibly_holding(on)),
        )
        .where(Mandate.riding_id.in_(riding_ids), Mandate.possibly_holding(on))
    )
    ranked = sorted(
        rows,
        key=lambda row: (
            row[0].surely_holds(on),
            row[0].start_not_after,
            row[2].surely_holds(on),
            row[2].start_not_after,
        ),
    )
    return {mandate.riding_id: _sitting(mandate, mp, spell, on) for mandate, mp, spell in ranked}


def mp_names(
    session: Session, riding_ids: Collection[int], language: Language, on: date
) -> dict[int, str]:
    """What the MPs who hold ridings on a day are called, with honorific, by riding.

    The same people as of `mps_for_ridings`, where a letter to many needs no more than their names.
    """
    rows = session.execute(
        select(Mandate.riding_id, Mp.honorific, Mp.given_name, Mp.family_name)
        .join(Mp, Mp.id == Mandate.mp_id)
        .where(any_id(session, Mandate.riding_id, riding_ids), Mandate.possibly_holding(on))
        .order_by(Mandate.surely_holding(on), Mandate.start_not_after)
    )
    return {
        riding_id: styled_name(honorific, given, family, language)
        for riding_id, honorific, given, family in rows
    }


def offices_for(
    session: Session, mandate_ids: Collection[int], on: date
) -> dict[int, list[OfficeOnRecord]]:
    """The offices of mandates, the Hill first, then the main constituency office."""
    rows = session.scalars(
        select(Office)
        .where(Office.mandate_id.in_(mandate_ids))
        .order_by(Office.kind.desc(), Office.position)
    )
    offices: dict[int, list[OfficeOnRecord]] = defaultdict(list)
    for row in rows:
        offices[row.mandate_id].append(_on_record(row, on))
    return dict(offices)


def _shown(lang: Language, on: date) -> Iterable[ColumnElement[bool]]:
    """What a name must be to be shown on a day."""
    return (
        RidingName.lang == lang,
        RidingName.is_alias.is_(False),
        or_(RidingName.valid_from.is_(None), RidingName.valid_from <= on),
        or_(RidingName.valid_to.is_(None), RidingName.valid_to > on),
    )


def _named(
    lang: Language, on: date, order: str | None = None
) -> Select[int, str, str, str, str, str]:
    statement = (
        select(
            Riding.id,
            RepresentationOrder.code.label("order"),
            Riding.code,
            Riding.province,
            RidingName.name,
            RidingName.norm,
        )
        .join(RepresentationOrder, RepresentationOrder.id == Riding.order_id)
        .join(RidingName, and_(RidingName.riding_id == Riding.id, *_shown(lang, on)))
        .order_by(RepresentationOrder.code, Riding.code)
    )
    return statement if order is None else statement.where(RepresentationOrder.code == order)


def _by_name(
    session: Session, statement: Select[int, str, str, str, str, str]
) -> list[NamedRiding]:
    rows = sorted(session.execute(statement), key=lambda row: (row[1], row[2][:2], row[5]))
    return [NamedRiding(*row[:5]) for row in rows]


def _sitting(mandate: Mandate, mp: Mp, spell: CaucusSpell, on: date) -> SittingMp:
    return SittingMp(
        mp_id=mp.id,
        public_id=mp.public_id,
        mandate_id=mandate.id,
        riding_id=mandate.riding_id,
        honorific=mp.honorific,
        given_name=mp.given_name,
        family_name=mp.family_name,
        preferred_language=mp.preferred_language,
        email=mandate.email,
        party=spell.party,
        certain=mandate.surely_holds(on),
        party_certain=spell.surely_holds(on),
    )


def _on_record(office: Office, on: date) -> OfficeOnRecord:
    return OfficeOnRecord(
        id=office.id,
        mandate_id=office.mandate_id,
        kind=office.kind,
        label=office.label,
        address=office.address,
        city=office.city,
        province=office.province,
        postal_code=office.postal_code,
        tel=office.tel,
        fax=office.fax,
        as_of=office.as_of,
        stale=on - office.as_of > _STALE_AFTER,
    )

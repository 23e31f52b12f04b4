"""Reading partners, their people and their sign-ons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.groups import STANDING
from mobilize.contacts.models import Contact
from mobilize.core.errors import NotFound
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page
from mobilize.mps.models import Riding
from mobilize.mps.names import normalise
from mobilize.mps.queries import CURRENT_ORDER, all_ridings, riding_ids
from mobilize.partners.models import Partner, PartnerPerson, PartnerRiding, SignOn, SignOnEvent
from mobilize.strategy.models import Demand, DemandVersion


class PublicSignOn(NamedTuple):
    """A confirmed sign-on as everybody may see it: the organization, never the person."""

    partner_id: str
    name_en: str
    name_fr: str
    province: str | None
    website: str
    board_date: date | None
    confirmed_at: datetime | None

    def name(self, language: Language) -> str:
        """The organization's name in one language."""
        return self.name_fr if language == "fr" else self.name_en


class PartnerSignOn(NamedTuple):
    """A sign-on as its partner and organizers see it."""

    sign_on: SignOn
    demand_slug: str
    title_en: str
    title_fr: str
    version: int


class ServedRiding(NamedTuple):
    """A riding that a partner serves."""

    riding_id: int
    code: str
    has_office: bool


@dataclass(frozen=True, kw_only=True)
class PartnerFilter:
    """Which partners are asked for; what is empty asks nothing."""

    kind: str = ""
    province: str = ""
    membership: str = ""
    riding_id: int | None = None
    search: str = ""
    """A part of the name, in either language."""
    state: str = "active"


class Spokesperson(NamedTuple):
    """Somebody on file who speaks for a partner."""

    person: PartnerPerson
    contact: Contact


def by_public_id(session: Session, public_id: str) -> Partner:
    """The partner that the outside knows by that id.

    Raises:
        NotFound: There is none.
    """
    partner = session.scalar(select(Partner).where(Partner.public_id == public_id))
    if partner is None:
        raise NotFound("There is no such partner.")
    return partner


def names_of(session: Session, refs: Collection[str], language: Language) -> dict[str, str]:
    """What partners are called, by public id."""
    rows = session.execute(
        select(Partner.public_id, Partner.name_fr if language == "fr" else Partner.name_en).where(
            Partner.public_id.in_(refs)
        )
    )
    return dict(rows.all())


def partners(
    session: Session,
    wanted: PartnerFilter | None = None,
    *,
    after: int = 0,
    limit: int = PAGE_SIZE,
) -> Page[Partner]:
    """A page of partners by their English name, whatever page it is.

    Args:
        session: The session.
        wanted: Which; all active ones if not said.
        after: The partner that the page before ended with.
        limit: How many at most.
    """
    size = min(limit, LARGEST_PAGE)
    statement = select(Partner).where(*_conditions(wanted or PartnerFilter()))
    if after:
        last = select(Partner.name_norm).where(Partner.id == after).scalar_subquery()
        statement = statement.where(Partner.name_norm > last)
    rows = session.scalars(statement.order_by(Partner.name_norm).limit(size + 1)).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def count(session: Session, wanted: PartnerFilter) -> int:
    """How many partners there are of that kind."""
    statement = select(func.count()).select_from(Partner).where(*_conditions(wanted))
    return session.scalar(statement) or 0


def _conditions(wanted: PartnerFilter) -> list[ColumnElement[bool]]:
    holds: list[ColumnElement[bool]] = [Partner.state == wanted.state]
    for column, value in (
        (Partner.kind, wanted.kind),
        (Partner.province, wanted.province),
        (Partner.membership, wanted.membership),
    ):
        if value:
            holds.append(column == value)
    if wanted.riding_id is not None:
        served = select(PartnerRiding.partner_id).where(PartnerRiding.riding_id == wanted.riding_id)
        holds.append(Partner.id.in_(served))
    word = normalise(wanted.search)
    if word:
        name_fr = func.lower(Partner.name_fr)
        holds.append(
            or_(
                Partner.name_norm.contains(word, autoescape=True),
                name_fr.contains(wanted.search.strip().lower(), autoescape=True),
            )
        )
    return holds


def ridings_of(session: Session, partner_ids: Collection[int]) -> dict[int, list[ServedRiding]]:
    """The ridings that partners serve, by partner, in the order of their codes."""
    rows = session.execute(
        select(PartnerRiding.partner_id, Riding.id, Riding.code, PartnerRiding.has_office)
        .join(Riding, Riding.id == PartnerRiding.riding_id)
        .where(PartnerRiding.partner_id.in_(partner_ids))
        .order_by(Riding.code)
    )
    served: dict[int, list[ServedRiding]] = {one: [] for one in partner_ids}
    for partner_id, riding_id, code, has_office in rows:
        served[partner_id].append(ServedRiding(riding_id, code, has_office))
    return served


def ridings_by_words(session: Session, *, on: date) -> dict[str, int]:
    """The ids of today's ridings by code, and by their names in either language, normalised."""
    words = dict(riding_ids(session, CURRENT_ORDER))
    for language in LANGUAGES:
        for riding in all_ridings(session, lang=language, on=on):
            words.setdefault(normalise(riding.name), riding.id)
    return words


def people_of(session: Session, partner_id: int) -> list[Spokesperson]:
    """Who speaks for a partner."""
    rows = session.execute(
        select(PartnerPerson, Contact)
        .join(Contact, Contact.id == PartnerPerson.contact_id)
        .where(PartnerPerson.partner_id == partner_id, Contact.state == "active")
        .order_by(PartnerPerson.id)
    )
    return [Spokesperson(person, contact) for person, contact in rows]


def partners_to_sign_for(session: Session, email_hash: bytes) -> Sequence[Partner]:
    """The partners that the person with this address may sign for."""
    return session.scalars(
        select(Partner)
        .join(PartnerPerson, PartnerPerson.partner_id == Partner.id)
        .join(Contact, PartnerPerson.contact_id == STANDING)
        .where(
            Contact.email_hash == email_hash,
            Contact.state.in_(("active", "merged")),
            PartnerPerson.may_sign,
            Partner.state == "active",
        )
        .order_by(Partner.id)
    ).all()


def partner_named(session: Session, name: str) -> Partner | None:
    """The partner of that public id or name, in either language and however it is typed."""
    typed = name.strip()
    wanted = normalise(typed)
    if not wanted:
        return None
    rows = session.scalars(select(Partner).where(Partner.state == "active"))
    return next(
        (
            partner
            for partner in rows
            if typed == partner.public_id
            or wanted in {partner.name_norm, normalise(partner.name_fr)}
        ),
        None,
    )


def sign_on(session: Session, sign_on_id: int) -> SignOn:
    """The sign-on of that id, held until the transaction ends.

    Raises:
        NotFound: There is none.
    """
    found = session.scalar(select(SignOn).where(SignOn.id == sign_on_id).with_for_update())
    if found is None:
        raise NotFound("There is no such sign-on.")
    return found


def open_sign_on(session: Session, partner_id: int, demand_version_id: int) -> SignOn | None:
    """A partner's pending or confirmed sign-on to a version, if there is one."""
    return session.scalar(
        select(SignOn)
        .where(
            SignOn.partner_id == partner_id,
            SignOn.demand_version_id == demand_version_id,
            SignOn.state.in_(("pending", "confirmed")),
        )
        .with_for_update()
    )


def public_sign_ons(session: Session, demand_version_id: int) -> list[PublicSignOn]:
    """Who stands publicly behind one version of a demand, by English name."""
    rows = session.execute(
        select(
            Partner.public_id,
            Partner.name_en,
            Partner.name_fr,
            Partner.province,
            Partner.website,
            SignOn.board_date,
            SignOn.confirmed_at,
        )
        .join(SignOn, SignOn.partner_id == Partner.id)
        .where(
            SignOn.demand_version_id == demand_version_id,
            SignOn.state == "confirmed",
            SignOn.visibility == "public",
        )
        .order_by(Partner.name_norm)
    )
    return [PublicSignOn(*row) for row in rows]


def sign_ons_of(session: Session, partner_id: int) -> list[PartnerSignOn]:
    """All that a partner signed, the newest first, withdrawn ones among them."""
    rows = session.execute(
        select(
            SignOn, Demand.slug, DemandVersion.title_en, DemandVersion.title_fr,
            DemandVersion.number,
        )
        .join(DemandVersion, DemandVersion.id == SignOn.demand_version_id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(SignOn.partner_id == partner_id)
        .order_by(SignOn.id.desc())
    )  # fmt: skip
    return [PartnerSignOn(*row) for row in rows]


def counts_by_version(session: Session) -> dict[int, int]:
    """How many partners stand behind each version of a demand, private ones among them."""
    rows = session.execute(
        select(SignOn.demand_version_id, func.count())
        .where(SignOn.state == "confirmed")
        .group_by(SignOn.demand_version_id)
    )
    return dict(rows.all())


def trail(session: Session, sign_on_id: int) -> Sequence[SignOnEvent]:
    """All steps of a sign-on, in order."""
    return session.scalars(
        select(SignOnEvent).where(SignOnEvent.sign_on_id == sign_on_id).order_by(SignOnEvent.id)
    ).all()

"""Reading partners, their people and their sign-ons."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.contacts.groups import STANDING
from mobilize.contacts.models import Contact
from mobilize.core.errors import NotFound
from mobilize.core.i18n import Language
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page
from mobilize.mps.names import normalise
from mobilize.partners.models import Partner, PartnerPerson, SignOn, SignOnEvent
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


def partners(session: Session, *, after: int = 0, limit: int = PAGE_SIZE) -> Page[Partner]:
    """A page of the active partners, in the order in which they came."""
    size = min(limit, LARGEST_PAGE)
    rows = session.scalars(
        select(Partner)
        .where(Partner.state == "active", Partner.id > after)
        .order_by(Partner.id)
        .limit(size + 1)
    ).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


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

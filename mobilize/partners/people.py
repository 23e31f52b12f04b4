"""Who speaks for an organization, and on what ground they may be written to.

Somebody whose business address an organization publishes may be written to about their role, as
long as it stands there without a word against it (CASL s. 10(9)(b)). What proves it is where it
stood and when; whoever withdrew, or whose address is closed, is not opened again by it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts import joining
from mobilize.contacts.consent_models import OUR_ORGANIZATION, Consent, Suppression
from mobilize.contacts.identity import clean_text
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.queries import by_email
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.i18n import Language
from mobilize.partners.kinds import ROLES
from mobilize.partners.models import Partner, PartnerPerson

BASIS: Final = "published"
_LONGEST: Final = {"title": 100, "where": 200}


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where and when somebody's business address stood, for everybody to see.

    Attributes:
        where: The page or the document.
        seen_on: The day on which it stood there.
        nothing_against: Whether it was looked that no word against messages stood beside it.
    """

    where: str
    seen_on: date
    nothing_against: bool


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody who speaks for an organization, as typed."""

    email: str
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    language: Language | None = None
    title: str = ""
    role: str = "contact"
    may_sign: bool = False
    published: Published | None = None


def add_person(
    session: Session, *, partner: Partner, person: NewPerson, actor: str, now: datetime
) -> PartnerPerson:
    """Let somebody speak for an organization; who is on file already is not taken up twice.

    Raises:
        InvalidInput: Something cannot be used, or what would prove the consent is not whole.
        Conflict: They speak for it already.
    """
    _check(person, now)
    contact = by_email(session, person.email)
    if contact is None:
        contact = joining.create(
            session,
            email=person.email,
            phone=person.phone,
            given_name=person.given_name,
            family_name=person.family_name,
            language=person.language,
            source=f"partner {partner.public_id}",
            actor=actor,
            now=now,
        )
        contact.kind = "partner"
    elif _role(session, partner, contact) is not None:
        raise Conflict(
            "This person speaks for the organization already.", hint="Change what is said of them."
        )
    spoken = PartnerPerson(
        partner_id=partner.id,
        contact_id=contact.id,
        title=clean_text(person.title),
        role=person.role,
        may_sign=person.may_sign,
    )
    session.add(spoken)
    session.flush()
    if person.published is not None:
        _keep_published(session, contact, person.published, clean_text(person.title), actor, now)
    _note(session, partner, contact, "person_add", actor, now, may_sign=person.may_sign)
    return spoken


def change_person(
    session: Session,
    *,
    partner: Partner,
    contact: Contact,
    values: dict[str, Any],
    actor: str,
    now: datetime,
) -> PartnerPerson:
    """Change somebody's `title`, `role` or `may_sign`; what is not among the values stays.

    Raises:
        NotFound: They do not speak for the organization.
        InvalidInput: There is no such role, or the title is too long.
    """
    spoken = _role(session, partner, contact)
    if spoken is None:
        raise NotFound("This person does not speak for the organization.")
    wanted = {name: values[name] for name in ("title", "role", "may_sign") if name in values}
    if "title" in wanted:
        wanted["title"] = clean_text(wanted["title"])
    _check_role(wanted.get("role", spoken.role), wanted.get("title", spoken.title))
    changed = [name for name, value in wanted.items() if getattr(spoken, name) != value]
    for name in changed:
        setattr(spoken, name, wanted[name])
    if changed:
        session.flush()
        _note(session, partner, contact, "person_change", actor, now, fields=changed)
    return spoken


def remove_person(
    session: Session, *, partner: Partner, contact: Contact, actor: str, now: datetime
) -> None:
    """Let somebody speak for an organization no more; the person stays on file.

    Raises:
        NotFound: They do not speak for it.
    """
    spoken = _role(session, partner, contact)
    if spoken is None:
        raise NotFound("This person does not speak for the organization.")
    session.execute(delete(PartnerPerson).where(PartnerPerson.id == spoken.id))
    _note(session, partner, contact, "person_remove", actor, now)


def _keep_published(
    session: Session,
    contact: Contact,
    published: Published,
    title: str,
    actor: str,
    now: datetime,
) -> None:
    closed = session.scalar(
        select(Suppression.reason).where(
            Suppression.channel == "email",
            Suppression.address_hash == contact.email_hash,
            Suppression.lifted_at.is_(None),
        )
    )
    granted = session.scalar(
        select(Consent.granted).where(
            Consent.contact_id == contact.id,
            Consent.channel == "email",
            Consent.organization == OUR_ORGANIZATION,
            Consent.topic == "",
        )
    )
    # Whoever said no once is not opened again by a page; and a yes needs no page.
    if closed is not None or granted is not None:
        return
    role = f", as {title}" if title else ""
    where = clean_text(published.where)
    evidence = f"published at {where}{role}; no word against messages beside it"
    record(
        session,
        events=[
            NewConsent(
                contact_id=contact.id,
                channel="email",
                action="granted",
                basis=BASIS,
                basis_date=published.seen_on,
                evidence=evidence[:300],
                source="partner",
                actor=actor,
                address_hash=contact.email_hash,
                occurred_at=min(now, datetime.combine(published.seen_on, time(), tzinfo=UTC)),
            )
        ],
        now=now,
    )


def _role(session: Session, partner: Partner, contact: Contact) -> PartnerPerson | None:
    return session.scalar(
        select(PartnerPerson).where(
            PartnerPerson.partner_id == partner.id, PartnerPerson.contact_id == contact.id
        )
    )


def _check(person: NewPerson, now: datetime) -> None:
    _check_role(person.role, person.title)
    published = person.published
    if published is None:
        return
    wrong = {}
    if not published.where.strip() or len(published.where) > _LONGEST["where"]:
        wrong["where"] = "missing" if not published.where.strip() else "too_long"
    if published.seen_on > now.astimezone(UTC).date():
        wrong["seen_on"] = "not yet"
    if not published.nothing_against:
        wrong["nothing_against"] = "missing"
    if wrong:
        raise InvalidInput(
            "A published address proves a consent only with where it stood, when, and that no word "
            "against messages stood beside it.",
            hint="Look the page up and write it down, or leave all three empty.",
            fields=wrong,
        )


def _check_role(role: str, title: str) -> None:
    wrong = {}
    if role not in ROLES:
        wrong["role"] = "unknown"
    if len(title) > _LONGEST["title"]:
        wrong["title"] = "too_long"
    if wrong:
        raise InvalidInput("Please look again at what is marked.", fields=wrong)


def _note(
    session: Session,
    partner: Partner,
    contact: Contact,
    step: str,
    actor: str,
    now: datetime,
    **facts: Any,
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=f"partner.{step}",
        subject_kind="partner",
        subject_id=partner.public_id,
        facts={"contact": contact.public_id, **facts},
    )

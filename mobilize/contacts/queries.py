"""Reading people on file, their tags, their consents and what must not reach them."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import Consent, ConsentEvent, Suppression
from mobilize.contacts.identity import email_hash, normalise_email, normalise_phone, phone_hash
from mobilize.contacts.models import Contact, ContactTag, ImportRun, Tag
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import NotFound
from mobilize.core.paging import LARGEST_PAGE, PAGE_SIZE, Page
from mobilize.mps.models import Riding

_LIKE_A_NUMBER: Final = re.compile(r"\+?[\d\s().-]{7,24}")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which people are asked for; what is None asks nothing."""

    language: str | None = None
    province: str | None = None
    riding_id: int | None = None
    kind: str | None = None
    tag: str | None = None
    search: str = ""
    """Words that names begin with, a whole email address, or a whole phone number."""


def by_id(session: Session, contact_id: int) -> Contact:
    """The person of that id.

    Raises:
        NotFound: There is none.
    """
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("There is no such contact.")
    return contact


def by_public_id(session: Session, public_id: str) -> Contact:
    """The person whom the outside knows by that id.

    Raises:
        NotFound: There is none.
    """
    contact = session.scalar(select(Contact).where(Contact.public_id == public_id))
    if contact is None:
        raise NotFound("There is no such contact.")
    return contact


def public_ids(session: Session, contact_ids: Collection[int]) -> dict[int, str]:
    """By what the outside knows people, by id."""
    rows = session.execute(select(Contact.id, Contact.public_id).where(Contact.id.in_(contact_ids)))
    return dict(rows.all())


def by_email(session: Session, email: str) -> Contact | None:
    """The person with that email address, as typed; also one whose record was merged.

    Raises:
        InvalidInput: It is no email address.
    """
    address = email_hash(keyring_of_session(session), normalise_email(email))
    return session.scalar(select(Contact).where(Contact.id == _standing_by(address)))


def contacts(
    session: Session, wanted: Filter, *, after: int = 0, limit: int = PAGE_SIZE
) -> Page[Contact]:
    """A page of people, in the order in which they came.

    Args:
        session: The session.
        wanted: Which.
        after: The key that the page before ended with.
        limit: How many at most.
    """
    size = min(limit, LARGEST_PAGE)
    rows = session.scalars(
        select(Contact)
        .where(*conditions(session, wanted), Contact.id > after)
        .order_by(Contact.id)
        .limit(size + 1)
    ).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def count(session: Session, wanted: Filter) -> int:
    """How many people there are of that kind."""
    statement = select(func.count()).select_from(Contact).where(*conditions(session, wanted))
    return session.scalar(statement) or 0


def count_by_language(session: Session) -> dict[str | None, int]:
    """How many active supporters there are by language; None are those who wait for one."""
    rows = session.execute(
        select(Contact.language, func.count())
        .where(Contact.state == "active", Contact.kind == "supporter")
        .group_by(Contact.language)
    )
    return dict(rows.all())


def riding_codes(session: Session, riding_ids: Collection[int]) -> dict[int, str]:
    """The codes of ridings, by id."""
    rows = session.execute(select(Riding.id, Riding.code).where(Riding.id.in_(riding_ids)))
    return dict(rows.all())


def tags_of(session: Session, contact_ids: Collection[int]) -> dict[int, list[str]]:
    """The tags that people wear, by id."""
    rows = session.execute(
        select(ContactTag.contact_id, Tag.name)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(among(ContactTag.contact_id, contact_ids))
        .order_by(Tag.name)
    )
    worn: defaultdict[int, list[str]] = defaultdict(list)
    for contact_id, name in rows:
        worn[contact_id].append(name)
    return dict(worn)


def all_tags(session: Session) -> list[tuple[str, int]]:
    """Every tag, with how many wear it."""
    rows = session.execute(
        select(Tag.name, func.count(ContactTag.contact_id))
        .join(ContactTag, ContactTag.tag_id == Tag.id, isouter=True)
        .group_by(Tag.name)
        .order_by(Tag.name)
    )
    return list(rows)


def standing_consents(session: Session, contact_id: int) -> Sequence[Consent]:
    """What the ledger says of a person now."""
    return session.scalars(
        select(Consent)
        .where(Consent.contact_id == contact_id)
        .order_by(Consent.channel, Consent.organization, Consent.topic)
    ).all()


def ledger_of(session: Session, contact_id: int) -> Sequence[ConsentEvent]:
    """All that happened to a person's consents, in order."""
    return session.scalars(
        select(ConsentEvent)
        .where(ConsentEvent.contact_id == contact_id)
        .order_by(ConsentEvent.occurred_at, ConsentEvent.id)
    ).all()


def events_by_id(session: Session, event_ids: Collection[int]) -> Sequence[ConsentEvent]:
    """Rows of the ledger."""
    return session.scalars(select(ConsentEvent).where(ConsentEvent.id.in_(event_ids))).all()


def suppressions_of(session: Session, contact: Contact) -> Sequence[Suppression]:
    """What must not reach a person's addresses, and since when."""
    return session.scalars(
        select(Suppression)
        .where(
            Suppression.address_hash.in_([contact.email_hash or b"", contact.phone_hash or b""]),
            Suppression.channel.in_(CHANNELS),
            Suppression.lifted_at.is_(None),
        )
        .order_by(Suppression.channel)
    ).all()


def import_run(session: Session, public_id: str) -> ImportRun:
    """The record of a file that was brought in.

    Raises:
        NotFound: There is none.
    """
    run = session.scalar(select(ImportRun).where(ImportRun.public_id == public_id))
    if run is None:
        raise NotFound("There is no such import.")
    return run


def among(
    column: ColumnElement[int] | InstrumentedAttribute[int], ids: Collection[int]
) -> ColumnElement[bool]:
    """That a key is one of those; they stand in the statement itself.

    Some thousand bound values would cost their driver more than the database needs for its answer;
    and PostgreSQL, which reads a whole table for as many single keys, goes by a range's index.
    Where no key of the range is missing, the range says it all.
    """
    keys = set(ids)
    named = column.in_(bindparam(None, list(keys), expanding=True, literal_execute=True))
    if not keys:
        return named
    first, last = min(keys), max(keys)
    spanned = column.between(first, last)
    return spanned if len(keys) == last - first + 1 else and_(spanned, named)


def conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    """What must hold of a person who is asked for; only active people ever are."""
    holds: list[ColumnElement[bool]] = [Contact.state == "active"]
    for column, value in (
        (Contact.language, wanted.language),
        (Contact.province, wanted.province),
        (Contact.riding_id, wanted.riding_id),
        (Contact.kind, wanted.kind),
    ):
        if value is not None:
            holds.append(column == value)
    if wanted.tag is not None:
        worn = exists().where(ContactTag.contact_id == Contact.id, ContactTag.tag_id == Tag.id)
        holds.append(worn.where(Tag.name == wanted.tag.strip().lower()))
    if "@" in wanted.search:
        address = email_hash(keyring_of_session(session), normalise_email(wanted.search))
        holds.append(Contact.id == _standing_by(address))
    elif _LIKE_A_NUMBER.fullmatch(wanted.search.strip()):
        number = phone_hash(keyring_of_session(session), normalise_phone(wanted.search))
        holds.append(Contact.phone_hash == number)
    elif wanted.search.strip():
        holds += [_name_begins(word) for word in wanted.search.split()]
    return holds


def _standing_by(address: bytes) -> ScalarSelect[int]:
    other = aliased(Contact)
    root = func.coalesce(other.merged_into_id, other.id)
    return select(root).where(other.email_hash == address).scalar_subquery()


def _name_begins(word: str) -> ColumnElement[bool]:
    return or_(
        Contact.given_name.istartswith(word, autoescape=True),
        Contact.family_name.istartswith(word, autoescape=True),
    )

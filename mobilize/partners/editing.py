"""An organization is taken up and changed: names, kind, membership, the ridings it serves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.identity import clean_text
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.mps.names import normalise
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.partners.kinds import KINDS, MEMBERSHIPS
from mobilize.partners.models import Partner, PartnerRiding
from mobilize.partners.rows import LONGEST, read_website

FIELDS: Final = (
    "name_en", "name_fr", "kind", "province", "website", "membership", "member_since",
    "member_until",
)  # fmt: skip
_MOST_RIDINGS: Final = 343


class Served(NamedTuple):
    """A riding that a partner serves, by its code; perhaps it has an office there."""

    code: str
    has_office: bool = False


def create_partner(
    session: Session, *, values: Mapping[str, Any], actor: str, now: datetime
) -> Partner:
    """Take an organization up.

    Args:
        session: The session of the transaction.
        values: Some of `FIELDS`; a name in one language stands for the other where that is empty.
        actor: Who does it.
        now: When.

    Raises:
        InvalidInput: A value cannot be; each is named.
        Conflict: There is an organization of this English name.
    """
    partner = Partner(created_at=now, updated_at=now, website="", kind="", membership="ally")
    _take_over(session, partner, values)
    session.add(partner)
    session.flush()
    _note(session, partner, "create", actor, now)
    return partner


def change_partner(
    session: Session, *, partner: Partner, values: Mapping[str, Any], actor: str, now: datetime
) -> Partner:
    """Change what is said of an organization; what is not among the values stays.

    Raises:
        InvalidInput: A value cannot be; each is named.
        Conflict: There is another organization of this English name.
    """
    before = {name: getattr(partner, name) for name in FIELDS}
    _take_over(session, partner, before | dict(values))
    changed = [name for name in FIELDS if getattr(partner, name) != before[name]]
    if changed:
        partner.updated_at = now
        session.flush()
        _note(session, partner, "change", actor, now, fields=changed)
    return partner


def set_state(
    session: Session, *, partner: Partner, is_active: bool, actor: str, now: datetime
) -> Partner:
    """Let an organization stand in the lists, or no more; what it signed stays on its trail."""
    state = "active" if is_active else "archived"
    if partner.state != state:
        partner.state, partner.updated_at = state, now
        session.flush()
        _note(session, partner, "restore" if is_active else "archive", actor, now)
    return partner


def set_ridings(
    session: Session, *, partner: Partner, served: Sequence[Served], actor: str, now: datetime
) -> None:
    """Say which ridings an organization serves, all of them at once.

    Raises:
        InvalidInput: There is no such riding.
    """
    known = riding_ids(session, CURRENT_ORDER)
    unknown = sorted({one.code for one in served} - known.keys())
    if unknown or len(served) > _MOST_RIDINGS:
        raise InvalidInput(
            "There is no such riding.",
            hint="Use the codes of the 2023 representation order.",
            fields=dict.fromkeys(unknown[:10], "unknown") or {"ridings": "too_many"},
        )
    wanted = {known[one.code]: one.has_office for one in served}
    standing = dict(
        session.execute(
            select(PartnerRiding.riding_id, PartnerRiding.has_office).where(
                PartnerRiding.partner_id == partner.id
            )
        ).all()
    )
    if wanted == standing:
        return
    session.execute(
        delete(PartnerRiding).where(
            PartnerRiding.partner_id == partner.id, PartnerRiding.riding_id.not_in(wanted)
        )
    )
    keep_ridings(session, [(partner.id, *one) for one in wanted.items()])
    _note(session, partner, "ridings", actor, now, ridings=len(wanted))


def keep_ridings(session: Session, rows: Sequence[tuple[int, int, bool]]) -> None:
    """Add ridings that organizations serve: partner, riding, whether it has an office there."""
    names = ("partner_id", "riding_id", "has_office")
    upsert(
        session,
        cast("Table", PartnerRiding.__table__),
        [dict(zip(names, row, strict=True)) for row in rows],
        key=names[:2],
        update=names[2:],
    )


def _take_over(session: Session, partner: Partner, values: Mapping[str, Any]) -> None:
    name_en, name_fr = (clean_text(values.get(name) or "") for name in ("name_en", "name_fr"))
    name_en, name_fr = name_en or name_fr, name_fr or name_en
    website = clean_text(values.get("website") or "")
    since, until = values.get("member_since"), values.get("member_until")
    wrong = {
        name: "too_long"
        for name, text in (("name_en", name_en), ("name_fr", name_fr), ("website", website))
        if len(text) > LONGEST[name]
    }
    if not normalise(name_en):
        wrong["name_en"] = "missing"
    for name, choices in (("kind", KINDS), ("membership", MEMBERSHIPS), ("province", PROVINCES)):
        value = values.get(name)
        # What stood there before there was a list of kinds may stay.
        if value and value not in choices and value != getattr(partner, name):
            wrong[name] = "unknown"
    if isinstance(since, date) and isinstance(until, date) and until < since:
        wrong["member_until"] = "before_it_began"
    if wrong:
        raise InvalidInput("Please look again at what is marked.", fields=wrong)
    name_norm = normalise(name_en)
    same = select(Partner.id).where(Partner.name_norm == name_norm)
    with session.no_autoflush:
        if session.scalar(same) not in {None, partner.id}:
            raise Conflict(
                "There is an organization of this name already.",
                hint="Open it from the list, or write the name so that both can be told apart.",
                fields={"name_en": "taken"},
            )
    partner.name_en, partner.name_fr, partner.name_norm = name_en, name_fr, name_norm
    partner.website = read_website(website)
    partner.kind, partner.membership = values.get("kind") or "", values.get("membership") or "ally"
    partner.province = values.get("province") or None
    partner.member_since, partner.member_until = since or None, until or None


def _note(
    session: Session, partner: Partner, step: str, actor: str, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=f"partner.{step}",
        subject_kind="partner",
        subject_id=partner.public_id,
        facts=facts,
    )

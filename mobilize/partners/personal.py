"""How partners show, and erase, what they hold of a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.core.i18n import Label
from mobilize.core.moving import Rows
from mobilize.core.personal_data import Holding, register
from mobilize.partners.models import Partner, PartnerPerson, SignOn

_ROLES: Final = Rows(PartnerPerson.id, PartnerPerson.contact_id)


_WORDS: Final = {
    "partners": Label("Partner organizations", "Organismes partenaires"),
    "roles": Label("For whom you speak", "Au nom de qui vous parlez"),
    "sign_ons": Label("What you signed", "Ce que vous avez signé"),
    "organization": Label("Organization", "Organisme"),
    "title": Label("Title", "Fonction"),
    "may_sign": Label("May sign", "Peut signer"),
    "name": Label("Name", "Nom"),
}
_CODES: Final = {
    "pending": Label("to be confirmed", "à confirmer"),
    "withdrawn": Label("withdrawn", "retiré"),
    "lapsed": Label("lapsed", "caduc"),
}


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """For whom a person speaks, and what they signed."""
    records = records_of(session, contact_id)
    roles = session.execute(
        select(Partner.name_en, PartnerPerson.title, PartnerPerson.role, PartnerPerson.may_sign)
        .join(PartnerPerson, PartnerPerson.partner_id == Partner.id)
        .where(PartnerPerson.contact_id.in_(records))
    )
    signed = session.scalars(_signed_by(records))
    return {
        "roles": [
            {"organization": name, "title": title, "role": role, "may_sign": may_sign}
            for name, title, role, may_sign in roles
        ],
        "sign_ons": [
            {
                "id": one.public_id,
                "name": one.signatory_name,
                "title": one.signatory_title,
                "email": one.email,
                "state": one.state,
                "at": one.created_at.isoformat(),
            }
            for one in signed
        ],
    }


def erase(session: Session, contact_id: int, _actor: str, _now: datetime) -> None:
    """Take the person's name and address off; the organization's sign-on stays its own."""
    ids = [one.id for one in session.scalars(_signed_by([contact_id]))]
    session.execute(
        update(SignOn)
        .where(SignOn.id.in_(ids))
        .values(signatory_name="", signatory_title="", email=None, email_hash=b"")
    )
    session.execute(delete(PartnerPerson).where(PartnerPerson.contact_id == contact_id))


def _signed_by(records: Sequence[int]) -> Any:
    addresses = select(Contact.email_hash).where(Contact.id.in_(records))
    return select(SignOn).where(SignOn.email_hash.in_(addresses)).order_by(SignOn.id)


def merge(session: Session, kept_id: int, merged_id: int) -> list[int]:
    """Hand over for whom the person speaks, as far as the record that stands does not already."""
    spoken_for = select(PartnerPerson.partner_id).where(PartnerPerson.contact_id == kept_id)
    first = PartnerPerson.partner_id.not_in(spoken_for)
    return _ROLES.hand_over(session, giver=merged_id, taker=kept_id, which=first)


def part(session: Session, kept_id: int, merged_id: int, memo: list[int]) -> None:
    """Give it back."""
    _ROLES.give(session, memo, giver=kept_id, taker=merged_id)


register(
    Holding(
        name="partners",
        tables=frozenset({"partner_people", "sign_ons", "sign_on_events"}),
        show=show,
        erase=erase,
        merge=merge,
        part=part,
        words=_WORDS,
        codes=_CODES,
    )
)

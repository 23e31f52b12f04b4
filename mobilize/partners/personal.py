"""How partners show, and erase, what they hold of a person."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.personal_data import Holding, register
from mobilize.partners.models import Partner, PartnerPerson, SignOn


def show(session: Session, contact_id: int) -> dict[str, Any]:
    """For whom a person speaks, and what they signed."""
    roles = session.execute(
        select(Partner.name_en, PartnerPerson.title, PartnerPerson.may_sign)
        .join(PartnerPerson, PartnerPerson.partner_id == Partner.id)
        .where(PartnerPerson.contact_id == contact_id)
    )
    signed = session.scalars(_signed_by(contact_id))
    return {
        "roles": [
            {"organization": name, "title": title, "may_sign": may_sign}
            for name, title, may_sign in roles
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
    ids = [one.id for one in session.scalars(_signed_by(contact_id))]
    session.execute(
        update(SignOn)
        .where(SignOn.id.in_(ids))
        .values(signatory_name="", signatory_title="", email=None, email_hash=b"")
    )
    session.execute(delete(PartnerPerson).where(PartnerPerson.contact_id == contact_id))


def _signed_by(contact_id: int) -> Any:
    address = select(Contact.email_hash).where(Contact.id == contact_id).scalar_subquery()
    return select(SignOn).where(SignOn.email_hash == address)


register(
    Holding(
        name="partners",
        tables=frozenset({"partner_people", "sign_ons", "sign_on_events"}),
        show=show,
        erase=erase,
    )
)

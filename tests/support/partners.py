"""A partner organization with somebody who may sign for it."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from mobilize.contacts.identity import email_hash
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.mps.names import normalise
from mobilize.partners.models import Partner, PartnerPerson

EMAIL: Final = "director@example.org"


def signing_partner(session: Session, now: datetime) -> Partner:
    """The Example Settlement Centre, for which whoever reads EMAIL may sign."""
    name = "Example Settlement Centre"
    partner = Partner(
        name_en=name,
        name_fr="Centre d’accueil Exemple",
        name_norm=normalise(name),
        created_at=now,
        updated_at=now,
    )
    person = Contact(
        kind="partner",
        email=EMAIL,
        email_hash=email_hash(keyring_of_session(session), EMAIL),
        language="en",
        created_at=now,
        updated_at=now,
    )
    session.add_all([partner, person])
    session.flush()
    session.add(PartnerPerson(partner_id=partner.id, contact_id=person.id, may_sign=True))
    return partner

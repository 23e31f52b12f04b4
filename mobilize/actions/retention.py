"""What actions let go of in time: notes on offices, and who did what long ago."""

from datetime import datetime

from sqlalchemy import Select, exists, func, select, union, update
from sqlalchemy.orm import Session

from mobilize.actions.models import MpContact, Participation
from mobilize.contacts.consent import GRANTS
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.models import Contact
from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, register, removed

_OLD_NOTE = (
    lambda before: MpContact.recorded_at < before,
    lambda _: MpContact.note.is_not(None),
)


def forget_notes(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Erase notes on contacts with offices; that and how the contact happened stays."""
    past = select(MpContact.id).where(*(one(before) for one in _OLD_NOTE)).limit(limit)
    statement = update(MpContact).where(MpContact.id.in_(past.scalar_subquery()))
    return removed(session, statement.values(note=None))


def inactive(before: datetime) -> Select[int]:
    """Who did something before an instant, and since then neither acted nor agreed to anything."""
    did = union(
        select(Participation.contact_id).where(
            Participation.contact_id.is_not(None), Participation.completed_at < before
        ),
        select(MpContact.contact_id).where(
            MpContact.contact_id.is_not(None), MpContact.happened_at < before
        ),
    )
    return select(Contact.id).where(
        Contact.id.in_(did),
        ~exists().where(
            Participation.contact_id == Contact.id, Participation.completed_at >= before
        ),
        ~exists().where(MpContact.contact_id == Contact.id, MpContact.happened_at >= before),
        ~exists().where(
            ConsentEvent.contact_id == Contact.id,
            ConsentEvent.action.in_(GRANTS),
            ConsentEvent.occurred_at >= before,
        ),
    )


def count_inactive(session: Session, before: datetime) -> int:
    """How many people that is."""
    return session.scalar(select(func.count()).select_from(inactive(before).subquery())) or 0


def cut_from_inactive(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Cut what they did from who they are: from then on it is a count."""
    people = session.scalars(inactive(before).order_by(Contact.id).limit(limit)).all()
    session.execute(
        update(MpContact)
        .where(MpContact.contact_id.in_(people))
        .values(contact_id=None, participation_id=None)
    )
    session.execute(
        update(Participation)
        .where(Participation.contact_id.in_(people))
        .values(contact_id=None, message_id=None)
    )
    return len(people)


register(
    Rule(
        name="mp_contact_notes",
        setting="notes_days",
        what=Label(
            "Notes on contacts with MPs’ offices",
            "Notes sur les communications avec les bureaux de députés",
        ),
        stays=Label(
            "that the office was contacted, how, and what it said",
            "le fait de la communication, sa forme et la position du bureau",
        ),
        count=counting(MpContact.id, *_OLD_NOTE),
        remove=forget_notes,
    )
)
register(
    Rule(
        name="action_records",
        setting="inactive_days",
        what=Label(
            "What people who have been inactive since did",
            "Les gestes des personnes inactives depuis",
        ),
        stays=Label(
            "the counts, by campaign and by office", "les totaux, par campagne et par bureau"
        ),
        count=count_inactive,
        remove=cut_from_inactive,
    )
)

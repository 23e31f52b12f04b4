"""The longer lists that the builder of an audience offers: MPs, partners, files, messages."""

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.alerts.content import long_date
from mobilize.contacts.models import ImportRun
from mobilize.core.http import page_language
from mobilize.core.i18n import Language
from mobilize.messaging.models import Mailing, Template
from mobilize.mps.queries import NamedRiding, mps_for_ridings
from mobilize.partners.models import Partner

_MOST: Final = 100
"""Of files and messages the latest are offered; older ones stay in rules that name them."""

Options = list[tuple[str, str]]


def sitting_mps(
    session: Session, ridings: Collection[NamedRiding], on: date, language: Language
) -> Options:
    """Who holds a seat, each with the riding, by family name."""
    named = {riding.id: riding.name for riding in ridings}
    seats = mps_for_ridings(session, list(named), on)
    ordered = sorted(seats.items(), key=lambda item: (item[1].family_name, item[1].given_name))
    return [(mp.public_id, f"{mp.name(language)}, {named[row]}") for row, mp in ordered]


def partners(session: Session, language: Language) -> Options:
    """The partners by name."""
    name = Partner.name_fr if language == "fr" else Partner.name_en
    return list(session.execute(select(Partner.public_id, name).order_by(name)))


def imports(session: Session) -> Options:
    """The latest files that were brought in, each with its day."""
    rows = session.execute(
        select(ImportRun.public_id, ImportRun.file_name, ImportRun.started_at)
        .order_by(ImportRun.id.desc())
        .limit(_MOST)
    )
    return [(public_id, f"{name}, {_day(at.date())}") for public_id, name, at in rows]


def followed_mailings(session: Session) -> Options:
    """The latest alerts and follow-ups that went out, each with its channel and day."""
    rows = session.execute(
        select(Mailing.public_id, Template.name, Mailing.channel, Mailing.created_at)
        .join(Template, Template.id == Mailing.template_id)
        .where(Mailing.kind.in_(("alert", "followup")))
        .order_by(Mailing.id.desc())
        .limit(_MOST)
    )
    return [(ref, f"{name}, {channel}, {_day(at.date())}") for ref, name, channel, at in rows]


def _day(day: date) -> str:
    return long_date(day, page_language())

"""What the ids inside an audience's rules are called, for its sentence."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, CampaignText
from mobilize.alerts.rules import leaves_of, parse_rules
from mobilize.alerts.sentence import sentence
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.models import ImportRun
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.models import Mailing, Template
from mobilize.mps.models import Mp
from mobilize.mps.queries import CURRENT_ORDER, riding_ids, riding_names
from mobilize.mps.wording import styled_name
from mobilize.partners.models import Partner
from mobilize.strategy.models import Demand, DemandVersion, Milestone


def names_in(
    session: Session, rules: Mapping[str, Any], language: Language, *, on: date
) -> dict[str, dict[str, str]]:
    """The names of what rules hold only an id of: ridings, MPs, demands, partners and so on.

    Args:
        session: The session.
        rules: The rules.
        language: The language of the names.
        on: The day for which ridings are named.
    """
    asked: dict[str, set[str]] = {}
    for leaf in leaves_of(parse_rules(rules)):
        asked.setdefault(leaf.name, set()).update(leaf.values)
    found: dict[str, dict[str, str]] = {}
    if of_ridings := asked.keys() & {"riding", "partner_riding"}:
        codes = set().union(*(asked[name] for name in of_ridings))
        found.update(dict.fromkeys(of_ridings, _ridings(session, codes, language, on)))
    if of_milestones := asked.keys() & {"acted_around", "followed_up"}:
        found.update(dict.fromkeys(of_milestones, _milestones(session, language)))
    if of_demands := asked.keys() & {"topic", "acted_on", "stance"}:
        found.update(dict.fromkeys(of_demands, _demands(session, language)))
    if "completed" in asked:
        found["completed"] = _campaigns(session, asked["completed"], language)
    if "received" in asked:
        found["received"] = _mailings(session, asked["received"])
    if "mp" in asked:
        found["mp"] = _mps(session, asked["mp"], language)
    if "partner" in asked:
        found["partner"] = _partners(session, asked["partner"], language)
    if "imported" in asked:
        found["imported"] = _imports(session, asked["imported"])
    if "custom" in asked:
        found["custom"] = _answers(session, language)
    return found


def sentences(session: Session, rules: Mapping[str, Any], on: date) -> dict[Language, str]:
    """An audience in words, in both languages."""
    return {
        language: sentence(rules, language, names_in(session, rules, language, on=on))
        for language in LANGUAGES
    }


def _ridings(session: Session, codes: set[str], language: Language, on: date) -> dict[str, str]:
    ids = {
        code: riding_id
        for code, riding_id in riding_ids(session, CURRENT_ORDER).items()
        if code in codes
    }
    names = riding_names(session, ids.values(), language, on)
    return {code: names.get(row_id, code) for code, row_id in ids.items()}


def _milestones(session: Session, language: Language) -> dict[str, str]:
    title = Milestone.title_fr if language == "fr" else Milestone.title_en
    return dict(session.execute(select(Milestone.slug, title)).all())


def _campaigns(session: Session, public_ids: set[str], language: Language) -> dict[str, str]:
    rows = session.execute(
        select(Campaign.public_id, CampaignText.title)
        .join(CampaignText, CampaignText.campaign_id == Campaign.id)
        .where(Campaign.public_id.in_(public_ids), CampaignText.language == language)
    )
    return dict(rows.all())


def _demands(session: Session, language: Language) -> dict[str, str]:
    title = DemandVersion.title_fr if language == "fr" else DemandVersion.title_en
    rows = session.execute(
        select(Demand.slug, title)
        .join(DemandVersion, DemandVersion.demand_id == Demand.id)
        # The adopted version comes last and stays; before one is adopted it is the newest draft.
        .order_by(DemandVersion.state == "adopted", DemandVersion.number)
    )
    return dict(rows.all())


def _mailings(session: Session, public_ids: set[str]) -> dict[str, str]:
    rows = session.execute(
        select(Mailing.public_id, Template.name)
        .join(Template, Template.id == Mailing.template_id)
        .where(Mailing.public_id.in_(public_ids))
    )
    return dict(rows.all())


def _mps(session: Session, public_ids: set[str], language: Language) -> dict[str, str]:
    rows = session.execute(
        select(Mp.public_id, Mp.honorific, Mp.given_name, Mp.family_name).where(
            Mp.public_id.in_(public_ids)
        )
    )
    return {
        public_id: styled_name(honorific, given, family, language)
        for public_id, honorific, given, family in rows
    }


def _partners(session: Session, public_ids: set[str], language: Language) -> dict[str, str]:
    name = Partner.name_fr if language == "fr" else Partner.name_en
    rows = session.execute(select(Partner.public_id, name).where(Partner.public_id.in_(public_ids)))
    return dict(rows.all())


def _imports(session: Session, public_ids: set[str]) -> dict[str, str]:
    rows = session.execute(
        select(ImportRun.public_id, ImportRun.file_name).where(ImportRun.public_id.in_(public_ids))
    )
    return dict(rows.all())


def _answers(session: Session, language: Language) -> dict[str, str]:
    """The labels of custom fields by key, and of their answers by `key=answer`."""
    names: dict[str, str] = {}
    for field in all_fields(session):
        names[field.key] = field.label_fr if language == "fr" else field.label_en
        names.update({f"{field.key}={one['key']}": one[language] for one in field.choices})
        if field.kind == "yes_no":
            words = ("oui", "non") if language == "fr" else ("yes", "no")
            names.update(zip((f"{field.key}=yes", f"{field.key}=no"), words, strict=True))
    return names

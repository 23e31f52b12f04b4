"""What the builder of an audience offers, and whom a choice means."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.counting import Reach, reach
from mobilize.alerts.naming import names_in
from mobilize.alerts.queries import audience_by_public_id, list_audiences
from mobilize.alerts.sentence import WORDINGS
from mobilize.console.audience_form import AudienceForm
from mobilize.console.audience_options import followed_mailings, imports, partners, sitting_mps
from mobilize.console.audience_rows import KINDS
from mobilize.console.forms import trouble_of
from mobilize.console.present import now, today
from mobilize.console.queries import named_campaigns
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.queries import all_tags
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.core.http import page_language
from mobilize.messaging.policy import policy_from
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import all_ridings
from mobilize.mps.wording import PARTIES
from mobilize.runtime import runtime
from mobilize.strategy.queries import demand_titles, milestones


def offered(session: Session) -> dict[str, Any]:
    """What can be ticked and picked, by the names under which the pages know it."""
    language = page_language()
    campaigns = named_campaigns(session, language)
    ridings = all_ridings(session, lang=language, on=today())
    provinces = [(code, one.name(language)) for code, one in PROVINCES.items()]
    tags = [(name, name) for name, _ in all_tags(session)]
    demands = list(demand_titles(session, language).items())
    dates = [
        (one.slug, one.title_fr if language == "fr" else one.title_en)
        for one in milestones(session)
    ]
    fields = all_fields(session)
    words = WORDINGS[language].values
    places = [(one.code, f"{one.name} ({one.province})") for one in ridings]
    options: dict[str, list[tuple[str, str]]] = {
        **{name: list(words[name].items()) for name in ("language", "riding_certainty", "stance")},
        **{name: list(words[name].items()) for name in ("kind", "membership", "consent")},
        "province": provinces,
        "party": [(code, one.name(language)) for code, one in PARTIES.items()],
        "riding": places,
        "partner_riding": places,
        "tag": tags,
        "mp": sitting_mps(session, ridings, today(), language),
        "partner": partners(session, language),
        "imported": imports(session),
        "topic": demands,
        "acted_on": demands,
        "completed": [(one.public_id, one.title) for one in campaigns],
        "received": followed_mailings(session),
        "followed_up": dates,
    }
    return {
        "campaigns": campaigns,
        "ridings": ridings,
        "provinces": provinces,
        "tags": tags,
        "rule_kinds": list(KINDS.items()),
        "rule_options": options,
        "rule_abouts": {
            "stance": demands,
            "acted_around": dates,
            "custom": [(f.key, f.label_fr if language == "fr" else f.label_en) for f in fields],
        },
        "rule_answers": {
            f.key: [one["key"] for one in f.choices]
            or (["yes", "no"] if f.kind == "yes_no" else [])
            for f in fields
        },
        "saved_audiences": list_audiences(session),
    }


def meant(session: Session, chosen: AudienceForm) -> dict[str, Any]:
    """Whom a choice means now: how many, and in words; or why it cannot be read."""
    try:
        rules = chosen.rules()
        names = names_in(session, rules, page_language(), on=today())
        return {
            "people": audience.count(session, rules, now=now()),
            "sentence": audience.sentence(rules, page_language(), names),
            "unreadable": None,
            "reached": _reached(session, rules) if request.form.get("do") == "reach" else None,
        }
    except InvalidInput as error:
        return {"people": 0, "sentence": "", "unreadable": trouble_of(error), "reached": None}


def _reached(session: Session, rules: audience.Rules) -> Reach:
    return reach(session, rules, now=now(), policy=policy_from(runtime().settings))


def begun_from(session: Session, chosen: AudienceForm) -> AudienceForm:
    """The choice that a saved audience's rules are; where there is none, the choice as it was."""
    try:
        saved = audience_by_public_id(session, chosen.saved)
    except NotFound:
        return chosen
    return AudienceForm.of_rules(saved.rules, saved=saved.public_id)

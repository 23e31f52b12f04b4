"""What the builder of an audience offers, and whom a choice means."""

from typing import Any

from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.naming import names_in
from mobilize.console.audience_form import AudienceForm
from mobilize.console.forms import trouble_of
from mobilize.console.present import now, today
from mobilize.console.queries import named_campaigns
from mobilize.contacts.queries import all_tags
from mobilize.core.errors import InvalidInput
from mobilize.core.http import page_language
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import all_ridings


def offered(session: Session) -> dict[str, Any]:
    """What can be ticked and picked, by the names under which the pages know it."""
    language = page_language()
    return {
        "campaigns": named_campaigns(session, language),
        "ridings": all_ridings(session, lang=language, on=today()),
        "provinces": [(code, one.name(language)) for code, one in PROVINCES.items()],
        "tags": [(name, name) for name, _ in all_tags(session)],
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
        }
    except InvalidInput as error:
        return {"people": 0, "sentence": "", "unreadable": trouble_of(error)}

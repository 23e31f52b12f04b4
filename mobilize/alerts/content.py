"""What an alert says: the campaign, the demand and the texts of its steps, read and digested."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, CampaignText
from mobilize.core.errors import NotFound
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts
from mobilize.strategy.models import Demand, DemandVersion

TextKey = tuple[int, str, str]
"""Template, channel, language."""


@dataclass(frozen=True)
class StepDraft:
    """One channel of an alert or one message of a plan, with the template that it says."""

    channel: Channel
    template_id: int


@dataclass(frozen=True)
class CampaignCard:
    """A campaign with what messages about it need to know."""

    campaign: Campaign
    demand: Demand
    version: DemandVersion
    texts: Mapping[str, CampaignText]

    def facts(self) -> dict[str, dict[str, str]]:
        """What every message of a mailing says alike, per language."""
        return {language: self._facts(language) for language in LANGUAGES}

    def _facts(self, language: Language) -> dict[str, str]:
        text = self.texts.get(language)
        closes = self.campaign.closes_on
        return {
            "demand": self.version.title_fr if language == "fr" else self.version.title_en,
            "campaign": text.title if text else "",
            "closes_on": long_date(closes, language) if closes else "",
        }


def long_date(day: date, language: Language) -> str:
    """A day in words, such as "November 22, 2026" or "1er décembre 2026"."""
    words = format_date(day, "long", locale=f"{language}_CA")
    return f"1er{words[1:]}" if language == "fr" and day.day == 1 else words


def campaign_card(session: Session, campaign_id: int) -> CampaignCard:
    """Read a campaign with its demand and texts.

    Raises:
        NotFound: There is no such campaign.
    """
    row = session.execute(
        select(Campaign, Demand, DemandVersion)
        .join(DemandVersion, DemandVersion.id == Campaign.demand_version_id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(Campaign.id == campaign_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such campaign.", hint="Choose one from the list of campaigns.")
    texts = session.scalars(select(CampaignText).where(CampaignText.campaign_id == campaign_id))
    campaign, demand, version = row
    return CampaignCard(campaign, demand, version, {text.language: text for text in texts})


def texts_of(session: Session, steps: Sequence[StepDraft]) -> dict[TextKey, TemplateText]:
    """The newest text of every template in some steps: what would go out now."""
    return {
        (text.template_id, text.channel, text.language): text
        for template_id in {step.template_id for step in steps}
        for text in current_texts(session, template_id)
    }


def content_hash(
    session: Session, *, campaign_id: int, rules: Mapping[str, Any], steps: Sequence[StepDraft]
) -> str:
    """A digest over all that a recipient could notice, so that approval holds for exactly that."""
    card = campaign_card(session, campaign_id)
    texts = texts_of(session, steps)
    said = {
        "rules": rules,
        "campaign": campaign_id,
        "version": card.version.id,
        "facts": card.facts(),
        "pages": {language: text.sha256 for language, text in card.texts.items()},
        "steps": [
            [step.channel, step.template_id]
            + [_digest(texts.get((step.template_id, step.channel, name))) for name in LANGUAGES]
            for step in steps
        ],
    }
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _digest(text: TemplateText | None) -> list[Any] | None:
    return None if text is None else [text.version, text.sha256]

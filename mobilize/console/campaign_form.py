"""A campaign as it is typed: its place under a demand, and its words in both languages."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final, Self

from flask_babel import gettext
from sqlalchemy.orm import Session

from mobilize.actions import queries
from mobilize.actions.models import Campaign, CampaignText
from mobilize.actions.texts import TextDraft
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.strategy.models import DemandVersion
from mobilize.strategy.queries import adopted_versions

PARTS: Final = tuple(field.name for field in fields(TextDraft))
"""What a campaign says, by the names of its parts."""
_SHORT: Final = frozenset({"title", "letter_subject"})
_LONGEST_LINE: Final = 200


@dataclass(frozen=True, kw_only=True)
class CampaignForm:
    """The page's fields.

    Attributes:
        slug: The short name in the page's address; it does not change later.
        demand: The public id of the adopted version that the campaign asks for.
        goal: How many actions are hoped for, as typed; empty for none.
        opens_on: The first day, as typed; empty for none.
        closes_on: The last day, as typed; empty for none.
        words: What was typed, by part and language: `title_en`, `letter_body_fr`…
    """

    words: Mapping[str, str]
    slug: str = ""
    demand: str = ""
    goal: str = ""
    opens_on: str = ""
    closes_on: str = ""

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Self:
        """The fields as a sent form holds them; line ends as the database keeps them."""
        words = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in _names()}
        plain = ("slug", "demand", "goal", "opens_on", "closes_on")
        return cls(words=words, **{name: form.get(name, "").strip() for name in plain})

    @classmethod
    def of_campaign(cls, session: Session, campaign: Campaign) -> Self:
        """The fields that show a campaign as it stands."""
        texts = queries.texts(session, campaign.id)
        version = session.get_one(DemandVersion, campaign.demand_version_id)
        return cls(
            words={
                f"{part}_{language}": _said(texts.get(language), part)
                for part in PARTS
                for language in LANGUAGES
            },
            slug=campaign.slug,
            demand=version.public_id,
            goal=str(campaign.goal or ""),
            opens_on=str(campaign.opens_on or ""),
            closes_on=str(campaign.closes_on or ""),
        )

    def settings(self, session: Session) -> dict[str, Any]:
        """What the use cases take beside the words.

        Raises:
            InvalidInput: The demand is not an adopted one, or a number or day cannot be read.
        """
        adopted = {version.public_id: version.id for _, version in adopted_versions(session)}
        if self.demand not in adopted:
            raise InvalidInput(
                "No adopted demand is chosen.",
                hint="Choose what the campaign asks for; a demand is adopted first.",
                fields={"demand": gettext("Choose one.")},
            )
        return {
            "demand_version_id": adopted[self.demand],
            "goal": self._number("goal", self.goal),
            "opens_on": self._day("opens_on", self.opens_on),
            "closes_on": self._day("closes_on", self.closes_on),
        }

    def drafts(self) -> dict[Language, TextDraft]:
        """The words of both languages.

        Raises:
            InvalidInput: A part is empty, too long, or has a merge field that scripts do not know;
                `fields` says which.
        """
        drafts = {
            language: TextDraft(**{part: self.words[f"{part}_{language}"] for part in PARTS})
            for language in LANGUAGES
        }
        problems = {
            f"{part}_{language}": problem
            for language, draft in drafts.items()
            for part, problem in _problems(draft, language).items()
        }
        if problems:
            raise InvalidInput(
                "Some words of the campaign are missing or cannot be used.",
                hint="Look at the marked fields: a campaign is there in both languages.",
                fields=problems,
            )
        return drafts

    def _number(self, name: str, text: str) -> int | None:
        if not text:
            return None
        if not text.isdecimal() or not 0 < int(text) <= 10**9:
            raise InvalidInput(
                "The goal is not positive.",
                hint="Leave it empty for no goal.",
                fields={name: gettext("A whole number above zero.")},
            )
        return int(text)

    def _day(self, name: str, text: str) -> date | None:
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise InvalidInput(
                "This is no date.",
                hint="Write it as 2027-02-22.",
                fields={name: gettext("A day such as 2027-02-22.")},
            ) from None


def _problems(draft: TextDraft, language: Language) -> dict[str, str]:
    """What keeps each part of a draft from being kept, in the page's words."""
    found = {
        part: gettext("At most 200 characters.")
        for part in _SHORT
        if len(getattr(draft, part)) > _LONGEST_LINE
    }
    try:
        draft.tidied(language)
    except InvalidInput as error:
        for part in error.fields:
            found[part] = (
                gettext("Only {mp} and {riding} may stand in braces.")
                if asdict(draft)[part]
                else gettext("Write this part.")
            )
    return found


def _said(text: CampaignText | None, part: str) -> str:
    return getattr(text, part) if text else ""


def _names() -> list[str]:
    return [f"{part}_{language}" for part in PARTS for language in LANGUAGES]

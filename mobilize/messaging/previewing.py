"""A message as a made-up person would get it, for whoever reviews its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from mobilize.core.errors import NotFound
from mobilize.core.i18n import Language
from mobilize.messaging import sms
from mobilize.messaging.compiling import footer_of
from mobilize.messaging.discretion import discreet_line, telling_words
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts
from mobilize.messaging.rendering import Compiled, Rendered, compile_email, compile_sms
from mobilize.mps.queries import CURRENT_ORDER, mp_for_riding, riding_by_code, riding_names
from mobilize.settings import Settings

SAMPLE_NAME: Final = "Alex"
_SAMPLE_RIDING: Final = "35079"
"""Ottawa Centre, of the present order: the riding that Parliament stands in."""
_SAMPLE_LINK_END: Final = "0000000000000000000000"
"""As long as a real link's token, so that a text message is counted as it will be."""

Facts = Mapping[str, Mapping[str, str]]
"""What a mailing says to everybody alike, by language."""


@dataclass(frozen=True)
class TextCount:
    """What a text message costs as it is, and as it could be.

    Attributes:
        cost: Its segments and length.
        costly: The characters that turn it to the dearer alphabet, each with what says the same.
        cheaper: What it would cost with plain signs and letters; None where that changes nothing.
        offer: The template with them; what was typed where that changes nothing.
    """

    cost: sms.Cost
    costly: Sequence[sms.Costly] = ()
    cheaper: sms.Cost | None = None
    offer: str = ""


def preview(
    session: Session,
    *,
    settings: Settings,
    template_id: int,
    channel: Channel,
    language: Language,
    facts: Facts,
    on: date,
) -> Rendered:
    """Fill a template's present words in for a made-up person; its links lead nowhere.

    Args:
        session: The session.
        settings: The installation's, for the footer and the links' address.
        template_id: The template.
        channel: The channel to show.
        language: The language to show.
        facts: What everybody is told alike.
        on: The day for which the sample's riding and MP are named.

    Raises:
        NotFound: The template says nothing on that channel in that language.
    """
    text = present_text(session, template_id, channel, language)
    known = facts.get(language, {})
    compiled: Compiled
    if channel == "sms":
        compiled = compile_sms(body=text.body, facts=known)
    else:
        compiled = compile_email(
            subject=text.subject,
            body=text.body,
            language=language,
            facts=known,
            footer=footer_of(settings, language),
        )
    return compiled.render(sample_person(session, settings=settings, language=language, on=on))


def discreet_preview(
    session: Session,
    *,
    settings: Settings,
    template_id: int,
    channel: Channel,
    language: Language,
    facts: Facts,
    on: date,
) -> str | None:
    """What the made-up person's screen would show had they asked for discretion.

    Returns:
        An email's subject, or a whole text message; None where it would not go to them at all.

    Raises:
        NotFound: The template says nothing on that channel in that language.
    """
    line = discreet_line(
        present_text(session, template_id, channel, language),
        language=language,
        facts=facts.get(language, {}),
        telling=telling_words(session),
    )
    person = sample_person(session, settings=settings, language=language, on=on)
    return line.for_person(person) if line else None


def text_count(
    session: Session,
    *,
    settings: Settings,
    template_id: int,
    channel: Channel,
    language: Language,
    facts: Facts,
    on: date,
) -> TextCount:
    """What a template's present text message costs for the made-up person.

    Raises:
        NotFound: The template says nothing on that channel in that language.
    """
    body = present_text(session, template_id, channel, language).body
    person = sample_person(session, settings=settings, language=language, on=on)
    return sms_count(body, person=person, facts=facts.get(language, {}))


def present_text(
    session: Session, template_id: int, channel: Channel, language: Language
) -> TemplateText:
    """A template's newest words.

    Raises:
        NotFound: It says nothing on that channel in that language.
    """
    for text in current_texts(session, template_id):
        if (text.channel, text.language) == (channel, language):
            return text
    raise NotFound("The message does not exist in this language.", hint="Write it first.")


def sample_links(public_url: str, language: Language) -> dict[str, str]:
    """Links as long as anybody's, which lead nowhere."""
    base = f"{public_url.rstrip('/')}/{language}"
    pages = {"action_url": "a", "stay_url": "stay", "leave_url": "leave"}
    pages["preferences_url"] = "preferences"
    return {name: f"{base}/{page}/{_SAMPLE_LINK_END}" for name, page in pages.items()}


def sample_person(
    session: Session, *, settings: Settings, language: Language, on: date
) -> dict[str, str]:
    """The values that a message takes from its recipient, for a person who does not exist."""
    links = sample_links(settings.site.public_url, language)
    values = {"given_name": SAMPLE_NAME, "riding": "", "mp": "", **links}
    riding = riding_by_code(session, CURRENT_ORDER, _SAMPLE_RIDING)
    if riding is not None:
        values["riding"] = riding_names(session, [riding.id], language, on).get(riding.id, "")
        mp = mp_for_riding(session, riding.id, on)
        values["mp"] = mp.name(language) if mp else ""
    return values


def sms_count(body: str, *, person: Mapping[str, str], facts: Mapping[str, str]) -> TextCount:
    """What a text message costs for one person, while it is being written.

    Raises:
        InvalidInput: The text does not parse.
    """
    text = compile_sms(body=body, facts=facts).render(person).text
    cost, offer = sms.cost_of(text), sms.cheap_source(body)
    cheaper = None
    if cost.costly and offer != body:
        cheaper = sms.cost_of(compile_sms(body=offer, facts=facts).render(person).text)
    return TextCount(cost, sms.costly_in(text), cheaper, offer)

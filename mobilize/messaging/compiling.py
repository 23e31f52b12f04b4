"""A mailing's text in one language, compiled once for all of its chunks."""

from functools import lru_cache

from mobilize.core.i18n import Language
from mobilize.messaging.models import Mailing, TemplateText
from mobilize.messaging.rendering import Compiled, Footer, compile_email, compile_sms
from mobilize.settings import Settings

Facts = tuple[tuple[str, str], ...]


def facts_of(mailing: Mailing, language: Language) -> Facts:
    """What a mailing's texts say that is the same for everybody, in an order of its own."""
    return tuple(sorted(mailing.facts.get(language, {}).items()))


def compile_text(
    text: TemplateText, facts: Facts, footer: Footer, language: Language, *, discreet: bool
) -> Compiled:
    """A text with what is the same for everybody folded in; the last hundred are kept.

    Args:
        text: The text.
        facts: As `facts_of` gives them.
        footer: Who writes, and how to leave.
        language: The language of the text.
        discreet: Whether somebody among those who get it asked for discretion.

    Raises:
        InvalidInput: It does not parse, or holds what is used inside messages.
    """
    return _compile(text.subject, text.body, text.channel, facts, footer, language, discreet)


@lru_cache(maxsize=128)
def _compile(
    subject: str,
    body: str,
    channel: str,
    facts: Facts,
    footer: Footer,
    language: Language,
    discreet: bool,
) -> Compiled:
    if channel == "sms":
        return compile_sms(body=body, facts=dict(facts))
    return compile_email(
        subject=subject,
        body=body,
        language=language,
        facts=dict(facts),
        footer=footer,
        discreet=discreet,
    )


def footer_of(settings: Settings, language: Language, *, preferences: bool = True) -> Footer:
    """The footer that the settings give for a language.

    Args:
        settings: The installation's.
        language: Which.
        preferences: Whether it leads to the person's own page, which an address has only once it
            belongs to somebody.
    """
    site = settings.site
    return Footer(
        organization=site.organization_en if language == "en" else site.organization_fr,
        postal_address=site.postal_address,
        contact_email=site.contact_email,
        hotline_number=site.hotline_number,
        preferences=preferences,
    )

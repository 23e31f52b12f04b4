"""A message as one person would get it at this moment, and what the gate says of them; not sent."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.i18n import Language, is_language
from mobilize.messaging.compiling import compile_text, footer_of
from mobilize.messaging.discretion import discreet_line, telling_words
from mobilize.messaging.gate import gate, recent_mailings
from mobilize.messaging.policy import Channel, policy_from
from mobilize.messaging.previewing import Facts, present_text, sample_links
from mobilize.messaging.rendering import DISCREET, Rendered
from mobilize.mps.queries import mp_names, riding_names
from mobilize.settings import Settings


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one person: why not, or whether it waits for a better hour."""

    reason: str | None
    waits: bool


def verdict_on(
    session: Session,
    contact: Contact,
    *,
    channel: Channel,
    topic: str,
    settings: Settings,
    now: datetime,
) -> Verdict:
    """Ask the gate about an alert to one person, as it will be asked at the sending.

    Args:
        session: The session.
        contact: The person.
        channel: How it would go.
        topic: The demand's slug.
        settings: The installation's, for its limits.
        now: The moment.
    """
    policy = policy_from(settings)
    rules = gate(
        channel=channel,
        kind="alert",
        topic=topic,
        now=now,
        policy=policy,
        recent=recent_mailings(session, channel=channel, policy=policy, now=now),
    )
    statement = select(rules.refusal, rules.put_off).select_from(Contact)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    reason, waits = session.execute(statement.where(Contact.id == contact.id)).one()
    return Verdict(reason, reason is None and bool(waits))


def preview_for(
    session: Session,
    contact: Contact,
    *,
    settings: Settings,
    template_id: int,
    channel: Channel,
    facts: Facts,
    on: date,
) -> Rendered | None:
    """Fill a template's present words in for one person, in their language; links lead nowhere.

    Args:
        session: The session.
        contact: The person.
        settings: The installation's, for the footer and the links' address.
        template_id: The template.
        channel: How it would go.
        facts: What everybody is told alike.
        on: The day for which the riding and the MP are named.

    Returns:
        None where their language is not known, or where they asked for discretion and the words
        tell their topic.

    Raises:
        NotFound: The template says nothing on that channel in their language.
    """
    language = contact.language
    if language is None or not is_language(language):
        return None
    text = present_text(session, template_id, channel, language)
    known = facts.get(language, {})
    values = _values(session, contact, settings, language, on)
    footer = footer_of(settings, language)
    compiled = compile_text(
        text, tuple(sorted(known.items())), footer, language, discreet=contact.discreet
    )
    rendered = compiled.render(values)
    if not contact.discreet:
        return rendered
    line = discreet_line(text, language=language, facts=known, telling=telling_words(session))
    if line is None:
        return None
    shown = line.for_person(values)
    if channel == "sms":
        return Rendered(subject="", html="", text=shown)
    return Rendered(subject=shown, html=rendered.html, text=rendered.text)


def _values(
    session: Session, contact: Contact, settings: Settings, language: Language, on: date
) -> dict[str, str]:
    ridings = [] if contact.riding_id is None else [contact.riding_id]
    return {
        "given_name": contact.given_name,
        "riding": "".join(riding_names(session, ridings, language, on).values()),
        "mp": "".join(mp_names(session, ridings, language, on).values()),
        **sample_links(settings.site.public_url, language),
        DISCREET: "yes" if contact.discreet else "",
    }

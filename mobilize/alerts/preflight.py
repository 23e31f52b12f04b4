"""Before an alert goes: what stands in its way, who would get it, and who would not and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.content import CampaignCard, StepDraft, TextKey, campaign_card, texts_of
from mobilize.alerts.longest import longest_values
from mobilize.alerts.problems import Problem
from mobilize.alerts.spending import Terms, TextBill, text_bill
from mobilize.alerts.text_checks import text_problems, text_warnings
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.discretion import Telling, telling_problem, telling_words
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import Forecast, forecast
from mobilize.messaging.rendering import unknown_names


@dataclass(frozen=True)
class StepForecast:
    """Who would get one step of an alert at this moment, and who would not and why."""

    channel: Channel
    template_id: int
    groups: Sequence[Forecast]


@dataclass(frozen=True)
class Preflight:
    """What an organizer sees before anything goes.

    Attributes:
        problems: What blocks; nothing goes while there are any.
        warnings: What does not block, and is worth a second look.
        people: How many people the audience means.
        needs_approval: Whether a second person must look.
        steps: For each step who would get it, by language and reason.
        bill: What its text messages would cost; none where it sends none.
    """

    problems: Sequence[Problem]
    warnings: Sequence[Problem]
    people: int
    needs_approval: bool
    steps: Sequence[StepForecast]
    bill: TextBill | None = None


def preflight(
    session: Session,
    *,
    campaign_id: int,
    rules: audience.Rules,
    steps: Sequence[StepDraft],
    now: datetime,
    today: date,
    terms: Terms,
    two_person_over: int,
    own_cap_cents: int | None = None,
) -> Preflight:
    """Look at everything at once, as it stands at this moment; nothing is changed.

    Args:
        session: The session.
        campaign_id: The campaign that the messages are about.
        rules: The audience.
        steps: The messages.
        now: The moment that the gate is asked about.
        today: The day of that moment where the organization is, for the campaign's last day.
        terms: The gate's limits, what text messages cost, and whether the sender has an address.
        two_person_over: With more people than this a second person must look.
        own_cap_cents: The alert's own cap on the cost of its text messages.
    """
    card = campaign_card(session, campaign_id)
    people = audience.count(session, rules, now=now)
    bill = text_bill(
        session,
        card=card,
        recipients=audience.select_contacts(session, rules, now=now),
        steps=steps,
        own_cap_cents=own_cap_cents,
        terms=terms,
        now=now,
        today=today,
    )
    problems = find_problems(
        session,
        card=card,
        people=people,
        steps=steps,
        today=today,
        recipients=audience.select_contacts(session, rules, now=now),
    )
    return Preflight(
        problems=problems + terms.problems() + (bill.problems() if bill else []),
        warnings=find_warnings(session, card=card, steps=steps),
        people=people,
        needs_approval=people > two_person_over,
        steps=[
            StepForecast(
                step.channel,
                step.template_id,
                forecast(
                    session,
                    recipients=audience.select_contacts(session, rules, now=now),
                    kind="alert",
                    channel=step.channel,
                    topic=card.demand.slug,
                    now=now,
                    policy=terms.policy,
                ),
            )
            for step in steps
        ],
        bill=bill,
    )


def find_problems(
    session: Session,
    *,
    card: CampaignCard,
    people: int,
    steps: Sequence[StepDraft],
    today: date,
    recipients: Select[int, str | None] | None = None,
) -> list[Problem]:
    """What blocks: every page and message exists in both languages, reviewed, or does not go.

    Args:
        session: The session.
        card: The campaign that the messages are about.
        people: How many people are meant.
        steps: The messages.
        today: The day where the organization is.
        recipients: Contact ids and languages, for the longest values among them.
    """
    problems = _campaign_problems(card, today)
    if not steps:
        problems.append(Problem("no_steps"))
    if not people:
        problems.append(Problem("nobody"))
    texts = texts_of(session, steps)
    facts, telling = card.facts(), telling_words(session)
    longest = (
        partial(longest_values, session, recipients, on=today) if recipients is not None else None
    )
    for step in steps:
        for language in LANGUAGES:
            problems += _text_problems(step, language, texts, facts, telling, longest)
    return problems


def find_warnings(
    session: Session, *, card: CampaignCard, steps: Sequence[StepDraft]
) -> list[Problem]:
    """What goes all the same, though not as well or as cheaply as it might."""
    texts, facts = texts_of(session, steps), card.facts()
    return [
        warning
        for step in steps
        for language in LANGUAGES
        if (text := texts.get((step.template_id, step.channel, language)))
        for warning in text_warnings(text, language, facts[language])
    ]


def _campaign_problems(card: CampaignCard, today: date) -> list[Problem]:
    problems = []
    opens, closes = card.campaign.opens_on, card.campaign.closes_on
    if card.campaign.state == "draft":
        problems.append(Problem("campaign_not_published"))
    if opens is not None and today < opens:
        problems.append(Problem("campaign_not_open", names=(opens.isoformat(),)))
    if card.campaign.state == "closed" or (closes is not None and closes < today):
        problems.append(Problem("campaign_closed"))
    if card.version.state != "adopted":
        problems.append(Problem("demand_not_adopted"))
    for language in LANGUAGES:
        page = card.texts.get(language)
        if page is None:
            problems.append(Problem("page_missing", language=language))
        elif page.reviewed_at is None:
            problems.append(Problem("page_not_reviewed", language=language))
    return problems


def _text_problems(
    step: StepDraft,
    language: Language,
    texts: dict[TextKey, TemplateText],
    facts: Mapping[str, Mapping[str, str]],
    telling: Telling,
    longest: Callable[[Language], Mapping[str, str]] | None,
) -> list[Problem]:
    text = texts.get((step.template_id, step.channel, language))
    if text is None:
        return [Problem("text_missing", step.channel, language)]
    problems = []
    if text.reviewed_at is None:
        problems.append(Problem("text_not_reviewed", step.channel, language))
    known = {name for values in facts.values() for name in values}
    problems += text_problems(text, language, facts[language], longest)
    unknown = unknown_names([text.subject, text.body, text.discreet], known)
    if unknown:
        names = tuple(sorted(unknown))
        problems.append(Problem("unknown_names", step.channel, language, names))
    indiscreet = telling_problem(text, facts=facts[language], telling=telling)
    if indiscreet:
        code, words = indiscreet
        problems.append(Problem(code, step.channel, language, words))
    return problems

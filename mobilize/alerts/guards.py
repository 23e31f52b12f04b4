"""What every use case of alerts begins with: the row locked, the move allowed, nothing changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.alerts import audience
from mobilize.alerts.content import CampaignCard, StepDraft, campaign_card, content_hash
from mobilize.alerts.lifecycle import IN_FRENCH, TRANSITIONS, Action, sources
from mobilize.alerts.models import Alert
from mobilize.alerts.preflight import find_problems
from mobilize.alerts.queries import steps_of
from mobilize.alerts.spending import Terms, text_bill
from mobilize.core.errors import Conflict, NotFound


def drafts_of(session: Session, alert_id: int) -> list[StepDraft]:
    """The steps of an alert as they were drafted."""
    return [
        StepDraft(channel="sms" if step.channel == "sms" else "email", template_id=step.template_id)
        for step in steps_of(session, alert_id)
    ]


def locked(session: Session, alert_id: int) -> Alert:
    """The alert as it stands, held until the transaction ends.

    Raises:
        NotFound: There is none.
    """
    alert = session.get(Alert, alert_id, with_for_update=True, populate_existing=True)
    if alert is None:
        raise NotFound("There is no such alert.", hint="Look it up in the list of alerts.")
    return alert


def move(session: Session, alert_id: int, action: Action) -> Alert:
    """Take a transition, or refuse; two who try at once are told apart by the row's lock."""
    alert = locked(session, alert_id)
    targets = {str(source): target for source, target in TRANSITIONS[action].items()}
    if alert.state not in targets:
        raise Conflict(
            f"The alert is {alert.state}; `{action}` is possible only from "
            f"{', '.join(sources(action))}.",
            hint="Look at the alert again: somebody else may have acted on it.",
            french=f"L’alerte est {IN_FRENCH[alert.state]}; l’action «\u00a0{action}\u00a0» "
            "ne se fait que lorsqu’elle est "
            f"{' ou '.join(IN_FRENCH[one] for one in sources(action))}.",
            french_hint="Regardez l’alerte de nouveau\u00a0: quelqu’un d’autre a pu agir.",
        )
    alert.state = targets[alert.state]
    return alert


def present_hash(session: Session, alert: Alert) -> str:
    """The digest of the alert's content as it stands now."""
    return content_hash(
        session,
        campaign_id=alert.campaign_id,
        rules=alert.rules,
        steps=drafts_of(session, alert.id),
    )


def need_same_content(session: Session, alert: Alert) -> None:
    """Refuse where the content is not what somebody looked at.

    Raises:
        Conflict: A text, the campaign, the audience or a step changed since it was submitted.
    """
    if alert.content_hash != present_hash(session, alert):
        raise Conflict(
            "The alert's content is not what was submitted: a text, the campaign, the audience or "
            "a step changed since.",
            hint="Edit it, look at the preview and submit it again.",
            french="Le contenu de l’alerte n’est plus celui qui a été soumis\u00a0: un texte, la "
            "campagne, le public ou une étape a changé depuis.",
            french_hint="Modifiez-la, regardez l’aperçu et soumettez-la de nouveau.",
        )


def need_no_problems(
    session: Session,
    alert: Alert,
    *,
    now: datetime,
    today: date,
    people: int | None = None,
    terms: Terms | None = None,
) -> CampaignCard:
    """The alert's campaign, where nothing stands in the way of sending.

    Args:
        session: The session.
        alert: The alert.
        now: The moment.
        today: Its day where the organization is.
        people: How many people it means, where that is known.
        terms: What the installation says about sending, where that is to be looked at: at a launch.

    Raises:
        Conflict: Something does; `fields` holds the codes of the problems.
    """
    card = campaign_card(session, alert.campaign_id)
    if people is None:
        people = audience.count(session, alert.rules, now=now)
    steps = drafts_of(session, alert.id)
    recipients = audience.select_contacts(session, alert.rules, now=now)
    problems = find_problems(
        session, card=card, people=people, steps=steps, today=today, recipients=recipients
    )
    if terms is not None:
        bill = text_bill(
            session,
            card=card,
            recipients=recipients,
            steps=steps,
            own_cap_cents=alert.text_cap_cents,
            terms=terms,
            now=now,
            today=today,
        )
        problems += terms.problems() + (bill.problems() if bill else [])
    if problems:
        raise Conflict(
            " ".join(problem.text("en") for problem in problems),
            hint="Put this right; the preflight shows all of it.",
            fields={"problems": [problem.code for problem in problems]},
            french=" ".join(problem.text("fr") for problem in problems),
            french_hint="Corrigez cela; la vérification montre tout.",
        )
    return card


def record(
    session: Session,
    alert: Alert,
    action: str,
    account_id: int | None,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Note in the audit log who did what; without an account it was the worker."""
    audit.record(
        session,
        now=now,
        actor=audit.actor_of(session, account_id),
        action=f"alert.{action}",
        subject_kind="alert",
        subject_id=alert.public_id,
        facts=dict(facts or {}),
    )

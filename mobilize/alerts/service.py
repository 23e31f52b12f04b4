"""What is done with alerts: write, submit, approve by a second person, launch, pause, cancel."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobilize.alerts import audience
from mobilize.alerts.content import CampaignCard, StepDraft, campaign_card
from mobilize.alerts.guards import (
    locked,
    move,
    need_no_problems,
    need_same_content,
    present_hash,
    record,
)
from mobilize.alerts.models import Alert, AlertStep
from mobilize.alerts.queries import alerts_with_all_mailings_ended, stalled_alerts, steps_of
from mobilize.alerts.rules import parse_rules
from mobilize.alerts.spending import Terms, cents_of, renew_budget, start_budget
from mobilize.core.errors import Conflict, Forbidden, InvalidInput
from mobilize.messaging.models import Mailing
from mobilize.messaging.service import cancel_mailing, pause_mailing, resume_mailing, start_mailing


def create_alert(
    session: Session,
    *,
    name: str,
    campaign_id: int,
    rules: Mapping[str, Any],
    steps: Sequence[StepDraft],
    created_by: int,
    now: datetime,
    audience_id: int | None = None,
) -> Alert:
    """Begin an alert as a draft; `audience_id` is the saved audience that the rules are those of.

    Raises:
        InvalidInput: The rules cannot be read, or a channel stands twice.
        NotFound: There is no such campaign.
    """
    _check(session, campaign_id, rules, steps)
    alert = Alert(
        name=name,
        campaign_id=campaign_id,
        rules=dict(rules),
        audience_id=audience_id,
        state="draft",
        created_by=created_by,
        created_at=now,
    )
    session.add(alert)
    session.flush()
    _write_steps(session, alert.id, steps)
    record(session, alert, "create", created_by, now)
    return alert


def edit_alert(
    session: Session,
    *,
    alert_id: int,
    name: str,
    campaign_id: int,
    rules: Mapping[str, Any],
    steps: Sequence[StepDraft],
    edited_by: int,
    now: datetime,
    audience_id: int | None = None,
) -> Alert:
    """Rewrite an alert that has not gone; it is a draft again, and its approval is void.

    Whoever wrote last counts as its author: approving one's own words is not a second look.
    """
    _check(session, campaign_id, rules, steps)
    alert = move(session, alert_id, "edit")
    alert.name, alert.campaign_id, alert.rules = name, campaign_id, dict(rules)
    alert.audience_id = audience_id
    alert.created_by = edited_by
    alert.content_hash = alert.approved_by = alert.approved_at = None
    session.execute(delete(AlertStep).where(AlertStep.alert_id == alert.id))
    _write_steps(session, alert.id, steps)
    record(session, alert, "edit", edited_by, now)
    return alert


def submit(
    session: Session, *, alert_id: int, submitted_by: int, now: datetime, today: date
) -> Alert:
    """Hand a draft to a second person, with everything in it as it stands now.

    Raises:
        Conflict: Something blocks it (`fields` says what), or it is no draft.
    """
    alert = move(session, alert_id, "submit")
    need_no_problems(session, alert, now=now, today=today)
    alert.content_hash = present_hash(session, alert)
    record(session, alert, "submit", submitted_by, now)
    return alert


def approve(session: Session, *, alert_id: int, approved_by: int, now: datetime) -> Alert:
    """Approve what was submitted; the caller has made sure of the role.

    Raises:
        Forbidden: The approver wrote the alert.
        Conflict: It is not in review, or its content changed since it was submitted.
    """
    alert = move(session, alert_id, "approve")
    if alert.created_by == approved_by:
        raise Forbidden(
            "You wrote this alert, so that you cannot approve it.",
            hint="Ask another person who may approve.",
        )
    need_same_content(session, alert)
    alert.approved_by, alert.approved_at = approved_by, now
    record(session, alert, "approve", approved_by, now)
    return alert


def launch(
    session: Session,
    *,
    alert_id: int,
    launched_by: int,
    now: datetime,
    today: date,
    two_person_over: int,
    terms: Terms,
) -> Alert:
    """Freeze the audience into messages, one mailing for each step; the worker sends them.

    Args:
        session: The transaction.
        alert_id: The alert.
        launched_by: The account that launches.
        now: The moment.
        today: Its day where the organization is.
        two_person_over: With more people than this, it must have been approved.
        terms: What text messages cost and may cost, and who the sender is.

    Raises:
        Conflict: It was launched before, is not approved, changed since, or something blocks it,
            such as text messages that would cost more than they may.
    """
    standing = locked(session, alert_id).state
    alert = move(session, alert_id, "launch")
    people = audience.count(session, alert.rules, now=now)
    if standing != "approved" and people > two_person_over:
        raise Conflict(
            f"The alert would go to {people} people; with more than {two_person_over} a second "
            "person must approve it.",
            hint="Ask a person who may approve.",
            french=f"L’alerte irait à {people} personnes; au-delà de {two_person_over}, une "
            "deuxième personne doit l’approuver.",
            french_hint="Demandez à une personne qui peut approuver.",
        )
    need_same_content(session, alert)
    card = need_no_problems(session, alert, now=now, today=today, people=people, terms=terms)
    alert.launched_by, alert.launched_at = launched_by, now
    for step in steps_of(session, alert.id):
        step.mailing_id = _start(session, alert, step, card, now).id
        if step.channel == "sms":
            own = alert.text_cap_cents
            start_budget(session, step.mailing_id, terms, own_cap_cents=own)
    session.flush()
    record(session, alert, "launch", launched_by, now, {"people": people})
    return alert


def pause(session: Session, *, alert_id: int, paused_by: int, reason: str, now: datetime) -> Alert:
    """Stop an alert on its way; what is with the provider stays there."""
    alert = move(session, alert_id, "pause")
    alert.pause_reason = reason
    for mailing in _mailings(session, alert.id, ("ready", "sending")):
        pause_mailing(session, mailing_id=mailing.id, reason=reason)
    record(session, alert, "pause", paused_by, now)
    return alert


def set_text_cap(
    session: Session,
    *,
    alert_id: int,
    cap: Decimal | None,
    set_by: int,
    terms: Terms,
    now: datetime,
) -> Alert:
    """Say what an alert's text messages may cost at most; of one on its way, from now on.

    Args:
        session: The transaction.
        alert_id: The alert.
        cap: Canadian dollars; none leaves it to the installation's cap.
        set_by: The account that says so.
        terms: The installation's own.
        now: The moment.

    Raises:
        InvalidInput: It is no sum of dollars, or more than the installation's cap.
        Conflict: The alert is over, has cost that much already, or has texts on their way and no
            price to hold them to a cap.
    """
    alert = locked(session, alert_id)
    if alert.state in {"done", "cancelled"}:
        raise Conflict(f"The alert is {alert.state}; nothing more goes out.")
    if cap is not None and terms.cap and cap > terms.cap:
        raise InvalidInput(
            "The cap is above the installation's own.",
            hint="Write less, or have twilio.alert_cap raised in the settings.",
        )
    alert.text_cap_cents = cents_of(cap)
    renew_budget(session, alert, terms)
    facts = {"cents": alert.text_cap_cents}
    record(session, alert, "set_text_cap", set_by, now, facts)
    return alert


def resume(
    session: Session, *, alert_id: int, resumed_by: int, terms: Terms, now: datetime
) -> Alert:
    """Let a paused alert go on; the gate is asked again for everybody who is left.

    Raises:
        Conflict: It is not paused, or its text messages have cost what they may.
    """
    alert = move(session, alert_id, "resume")
    alert.pause_reason = None
    # First the mailings, then their budgets: whoever writes down what texts cost takes them so.
    for mailing in _mailings(session, alert.id, ("paused",)):
        resume_mailing(session, mailing_id=mailing.id)
    session.flush()
    renew_budget(session, alert, terms)
    record(session, alert, "resume", resumed_by, now)
    return alert


def cancel(session: Session, *, alert_id: int, cancelled_by: int, now: datetime) -> Alert:
    """Give an alert up; of one on its way, whatever has not gone is taken back."""
    alert = move(session, alert_id, "cancel")
    for mailing in _mailings(session, alert.id, ("ready", "sending", "paused")):
        cancel_mailing(session, mailing_id=mailing.id, now=now)
    record(session, alert, "cancel", cancelled_by, now)
    return alert


def settle(session: Session, *, now: datetime) -> int:
    """Follow the mailings: an alert is done when all have ended, and paused when one was stopped.

    Returns:
        How many alerts changed their state.
    """
    ended = alerts_with_all_mailings_ended(session)
    for alert in ended:
        move(session, alert.id, "finish")
        record(session, alert, "finish", None, now)
    stalled = stalled_alerts(session)
    for alert, reason in stalled:
        move(session, alert.id, "pause").pause_reason = reason
        record(session, alert, "pause", None, now)
    session.flush()
    return len(ended) + len(stalled)


def _check(
    session: Session, campaign_id: int, rules: Mapping[str, Any], steps: Sequence[StepDraft]
) -> None:
    parse_rules(rules)
    campaign_card(session, campaign_id)
    if len({step.channel for step in steps}) < len(steps):
        raise InvalidInput(
            "An alert reaches a person at most once on a channel.",
            hint="Keep one message for each channel.",
        )


def _write_steps(session: Session, alert_id: int, steps: Sequence[StepDraft]) -> None:
    session.add_all(
        AlertStep(
            alert_id=alert_id,
            position=position,
            channel=step.channel,
            template_id=step.template_id,
        )
        for position, step in enumerate(steps, start=1)
    )
    session.flush()


def _start(
    session: Session, alert: Alert, step: AlertStep, card: CampaignCard, now: datetime
) -> Mailing:
    return start_mailing(
        session,
        kind="alert",
        channel="sms" if step.channel == "sms" else "email",
        template_id=step.template_id,
        recipients=audience.select_contacts(session, alert.rules, now=now),
        topic=card.demand.slug,
        campaign_ref=card.campaign.public_id,
        facts=card.facts(),
        now=now,
    )


def _mailings(session: Session, alert_id: int, states: Sequence[str]) -> Sequence[Mailing]:
    return session.scalars(
        select(Mailing)
        .join(AlertStep, AlertStep.mailing_id == Mailing.id)
        .where(AlertStep.alert_id == alert_id, Mailing.state.in_(states))
        .order_by(Mailing.id)
    ).all()

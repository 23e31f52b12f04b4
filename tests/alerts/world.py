"""An open campaign, reviewed messages, two organizers and a handful of supporters."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.actions import service as actions
from mobilize.actions.content import read_messages
from mobilize.actions.models import Campaign
from mobilize.alerts import service
from mobilize.alerts.content import StepDraft
from mobilize.alerts.models import Alert
from mobilize.alerts.spending import Terms
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.models import Template
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.messaging.templates import TextDraft, mark_reviewed, save_template
from tests.messaging.people import add_contact
from tests.support.campaigns import draft_campaign

EVERYBODY: dict[str, object] = {"all": []}
FRENCH: dict[str, object] = {"language": "fr"}
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class World:
    """What tests of alerts and follow-ups begin with."""

    campaign: Campaign
    template_id: int
    author: int
    approver: int


def make_world(session: Session, now: datetime, *, people: int = 4) -> World:
    """Build it; every second supporter is French-speaking."""
    campaign = _open_campaign(session, now)
    accounts = [_account(name, now) for name in ("organizer", "approver")]
    session.add_all(accounts)
    session.flush()
    template = _template(session, now)
    for language in LANGUAGES:
        mark_reviewed(
            session, template_id=template.id, language=language, account_id=accounts[1].id, now=now
        )
    for number in range(people):
        add_contact(session, number, now=now, language=LANGUAGES[number % 2])
    return World(campaign, template.id, accounts[0].id, accounts[1].id)


def make_alert(
    session: Session,
    world: World,
    now: datetime,
    *,
    rules: dict[str, object] | None = None,
    channel: Channel = "email",
) -> Alert:
    """A draft that goes to everybody."""
    return service.create_alert(
        session,
        name="Lasting protection",
        campaign_id=world.campaign.id,
        rules=EVERYBODY if rules is None else rules,
        steps=[StepDraft(channel, world.template_id)],
        created_by=world.author,
        now=now,
    )


def approve(session: Session, world: World, alert: Alert, now: datetime) -> None:
    """Bring a draft through review."""
    service.submit(session, alert_id=alert.id, submitted_by=world.author, now=now, today=TODAY)
    service.approve(session, alert_id=alert.id, approved_by=world.approver, now=now)


NO_LIMITS = Terms(
    price=Decimal(0),
    cap=Decimal(0),
    public_url="https://mobilize.example.org",
    policy=GatePolicy(
        email_per_week=9,
        sms_per_week=9,
        weekday=(time.min, time.max),
        weekend=(time.min, time.max),
        allowed=None,
    ),
    postal_address="100 Example Street",
)
"""Text messages without a price, at any hour."""


def launch(
    session: Session,
    world: World,
    alert: Alert,
    now: datetime,
    *,
    two_person_over: int = 0,
    terms: Terms = NO_LIMITS,
) -> Alert:
    """Send an alert on its way."""
    return service.launch(
        session,
        alert_id=alert.id,
        launched_by=world.author,
        now=now,
        today=TODAY,
        two_person_over=two_person_over,
        terms=terms,
    )


def _open_campaign(session: Session, now: datetime) -> Campaign:
    """The project's campaign, published; ridings and MPs are left to the tests that need them."""
    campaign = draft_campaign(session, now)
    for language in LANGUAGES:
        actions.mark_reviewed(
            session,
            campaign_id=campaign.id,
            language=language,
            account_id=None,
            actor="command",
            now=now,
        )
    return actions.publish(session, campaign_id=campaign.id, actor="command", now=now)


def _template(session: Session, now: datetime) -> Template:
    message = next(one for one in read_messages() if one.key == "lasting-protection-alert")
    texts = [
        TextDraft(
            channel=text.channel, language=text.language, subject=text.subject, body=text.body
        )
        for text in message.texts
    ]
    return save_template(session, key=message.key, name=message.name, texts=texts, now=now)


def _account(role: str, now: datetime) -> Account:
    return Account(
        name=f"Sample {role}",
        email=f"{role}@example.org",
        email_hash=role.encode().ljust(32, b"."),
        role=role,
        language="en",
        password_hash="",
        created_at=now,
    )

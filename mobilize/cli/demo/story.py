"""The demo's story: one campaign from the first import to the follow-ups, on a virtual clock.

Every step is what people really do: files are imported, a second person approves, pages are opened
and filled in over HTTP, mail is read in the sandbox. Only time is made up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from mobilize.accounts.service import NewCredentials, create_account
from mobilize.actions import service as actions
from mobilize.actions.content import read_campaigns
from mobilize.actions.models import Campaign
from mobilize.alerts import service as alerts
from mobilize.alerts.content import StepDraft
from mobilize.alerts.models import Alert
from mobilize.alerts.spending import terms_from
from mobilize.cli.demo.people import Files
from mobilize.cli.demo.sandbox import SandboxClient
from mobilize.cli.demo.visitor import Visitor
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.contacts.report import ImportReport
from mobilize.core.clock import VirtualClock
from mobilize.core.i18n import LANGUAGES
from mobilize.followups import service as followups
from mobilize.followups.service import PlanStepDraft
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.sending import drain
from mobilize.messaging.templates import mark_reviewed
from mobilize.partners import queries as partners
from mobilize.partners.importing import PartnerReport, import_partners
from mobilize.runtime import Runtime
from mobilize.strategy import queries as strategy
from mobilize.strategy import service as strategy_service
from mobilize.worker import tick_once

BEGIN: Final = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
"""A Thursday, three weeks before International Migrants Day: ten in the morning in Ottawa."""
LAUNCH: Final = datetime(2026, 12, 4, 15, 0, tzinfo=UTC)
REMINDER: Final = datetime(2026, 12, 11, 15, 5, tzinfo=UTC)
REPORT_BACK: Final = datetime(2026, 12, 21, 15, 5, tzinfo=UTC)

DEMAND: Final = "permanent-status"
MILESTONE: Final = "migrants-day"
CAMPAIGN: Final = "lasting-protection"
ORGANIZER: Final = "organizer@example.org"
APPROVER: Final = "approver@example.org"
PASSWORD: Final = "a demo is no secret"  # noqa: S105 - printed on purpose

_CALLERS: Final = 100
_LATE_CALLERS: Final = 30
_SIGNATORIES: Final = 12
_WORKER: Final = "demo"
_WAYS: Final = (
    ("call", "spoke_staff", "supportive"),
    ("call", "voicemail", ""),
    ("write", "sent", ""),
    ("call", "spoke_staff", "no_position"),
    ("call", "no_answer", ""),
    ("visit", "booked", ""),
    ("call", "spoke_mp", "undecided"),
)


@dataclass
class Told:
    """What the story leaves for the report and for whoever looks around afterwards."""

    supporters: ImportReport | None = None
    partners: PartnerReport | None = None
    organizer: NewCredentials | None = None
    approver: NewCredentials | None = None
    alert_id: int = 0
    campaign_id: int = 0
    plan_id: int = 0
    action_link: str = ""
    followups: list[str] = field(default_factory=list)


@dataclass
class Story:
    """Plays the demo on one installation.

    Args:
        runtime: The installation, on its virtual clock.
        transports: The providers, which are the sandbox.
        sandbox: The sandbox itself, to read what it accepted.
        served_at: Where the pages are served on this machine.
        say: Told one line for each step.
    """

    runtime: Runtime
    transports: Transports
    sandbox: SandboxClient
    served_at: str
    say: Callable[[str], None]
    told: Told = field(default_factory=Told)

    def play(self, files: Files) -> Told:
        """Tell the whole story."""
        self.people(files)
        self.demands()
        self.campaign()
        self.launch()
        self.first_days()
        self.sign_ons()
        self.followup(REMINDER, "the reminder goes to those who have not acted")
        self._callers(_CALLERS, _CALLERS + _LATE_CALLERS)
        self._deliver()
        self.followup(REPORT_BACK, "those who acted hear what came of it")
        return self.told

    def people(self, files: Files) -> None:
        """Bring in supporters and partners."""
        parts = self.runtime
        known: dict[str, Any] = {"actor": "command", "clock": parts.clock, "keyring": parts.keyring}
        supporters = import_supporters(parts.db, table=open_table(files.supporters), **known)
        organizations = import_partners(parts.db, path=files.partners, **known)
        self.told.supporters, self.told.partners = supporters, organizations
        self.say(
            f"{supporters.created} supporters and {organizations.partners['created']} partner "
            f"organizations imported; {supporters.rejected} bad rows put aside"
        )

    def demands(self) -> None:
        """Two people read the demands, and adopt them."""
        now = self.runtime.clock.now()
        with self.runtime.db.transaction() as session:
            accounts = [
                create_account(
                    session,
                    name=name,
                    email=email,
                    role=role,
                    language="en",
                    password=PASSWORD,
                    now=now,
                    actor="command",
                )
                for name, email, role in (
                    ("Organizer (demo)", ORGANIZER, "organizer"),
                    ("Approver (demo)", APPROVER, "approver"),
                )
            ]
            organizer, approver = accounts
            self.told.organizer, self.told.approver = organizer, approver
            for demand in strategy.demands(session):
                version = strategy.newest_version(session, demand.slug)
                assert version is not None
                for language in LANGUAGES:
                    strategy_service.mark_reviewed(
                        session,
                        version=version,
                        language=language,
                        account_id=approver.account.id,
                        now=now,
                    )
                strategy_service.adopt(
                    session, version=version, account_id=approver.account.id, now=now
                )
        self._approver = approver.account.id
        self._organizer = organizer.account.id
        self.say("the five demands are reviewed in both languages and adopted")

    def campaign(self) -> None:
        """Publish the campaign, write the alert and the plan, and have both approved."""
        now = self.runtime.clock.now()
        with self.runtime.db.transaction() as session:
            campaign = self._publish(session, now)
            alert = self._write_alert(session, campaign, now)
            self._write_plan(session, campaign, now)
            self.told.campaign_id, self.told.alert_id = campaign.id, alert.id
        self.say("a campaign is published; its alert is approved by a second person")

    def _publish(self, session: Session, now: datetime) -> Campaign:
        content = next(one for one in read_campaigns() if one.slug == CAMPAIGN)
        campaign = actions.create_campaign(
            session,
            slug=content.slug,
            demand_version_id=strategy.require_adopted(session, content.demand).id,
            goal=content.goal,
            opens_on=content.opens_on,
            closes_on=content.closes_on,
            created_by=self._organizer,
            actor="command",
            now=now,
        )
        for language, draft in content.texts.items():
            actions.save_text(session, campaign_id=campaign.id, language=language, draft=draft)
            actions.mark_reviewed(
                session,
                campaign_id=campaign.id,
                language=language,
                account_id=self._approver,
                actor="command",
                now=now,
            )
        return actions.publish(session, campaign_id=campaign.id, actor="command", now=now)

    def _template(self, session: Session, name: str, now: datetime) -> int:
        template = template_by_key(session, f"{CAMPAIGN}-{name}")
        assert template is not None
        for language in LANGUAGES:
            mark_reviewed(
                session,
                template_id=template.id,
                language=language,
                account_id=self._approver,
                now=now,
            )
        return template.id

    def _write_alert(self, session: Session, campaign: Campaign, now: datetime) -> Alert:
        template_id = self._template(session, "alert", now)
        alert = alerts.create_alert(
            session,
            name="Protection that lasts: first call",
            campaign_id=campaign.id,
            rules={"kind": "supporter"},
            steps=[StepDraft("email", template_id), StepDraft("sms", template_id)],
            created_by=self._organizer,
            now=now,
        )
        alerts.submit(
            session, alert_id=alert.id, submitted_by=self._organizer, now=now, today=now.date()
        )
        return alerts.approve(session, alert_id=alert.id, approved_by=self._approver, now=now)

    def _write_plan(self, session: Session, campaign: Campaign, now: datetime) -> None:
        done = {"completed": campaign.public_id}
        waiting = {"all": [{"kind": "supporter"}, {"not": done}]}
        milestone = strategy.milestone_by_slug(session, MILESTONE)
        steps: list[tuple[int, dict[str, Any], str]] = [
            (-7, waiting, "reminder"),
            (3, done, "report-back"),
        ]
        plan = followups.create_plan(
            session,
            name="Around International Migrants Day",
            campaign_id=campaign.id,
            anchor="milestone",
            milestone_id=milestone.id,
            steps=[
                PlanStepDraft(
                    offset_days=days,
                    local_time=time(10),
                    rules=rules,
                    channel="email",
                    template_id=self._template(session, name, now),
                )
                for days, rules, name in steps
            ],
            created_by=self._organizer,
            now=now,
        )
        followups.activate(
            session,
            plan_id=plan.id,
            activated_by=self._approver,
            now=now,
            zone=self._zone,
            two_person_over=self.runtime.settings.security.two_person_over,
        )
        self.told.plan_id = plan.id

    def launch(self) -> None:
        """Two weeks before the day, the alert goes out."""
        self._move_to(LAUNCH)
        now, settings = self.runtime.clock.now(), self.runtime.settings
        with self.runtime.db.transaction() as session:
            alerts.launch(
                session,
                alert_id=self.told.alert_id,
                launched_by=self._organizer,
                now=now,
                today=now.astimezone(self._zone).date(),
                two_person_over=settings.security.two_person_over,
                terms=terms_from(settings),
            )
        self._deliver()
        mails, texts = self.sandbox.messages("email"), self.sandbox.messages("sms")
        invited = (mail for mail in mails if mail["to"].startswith("supporter"))
        self._invited = sorted(invited, key=lambda mail: str(mail["to"]))
        self.say(f"the alert is out: {len(mails)} emails and {len(texts)} texts accepted")

    def first_days(self) -> None:
        """Supporters find their MP and act; some leave; one answers a text with ARRET."""
        self._move_to(LAUNCH + timedelta(hours=6))
        links = self._callers(0, _CALLERS)
        self.told.action_link = links[-1]
        visitor = self._visitor()
        for mail in self._invited[-3:]:
            visitor.press(self._link(mail, "/leave/"))
        answering = min(text["to"] for text in self.sandbox.messages("sms"))
        self.sandbox.text_us(
            sender=answering, to=self.runtime.settings.twilio.from_number, body="Arrêt svp"
        )
        self._deliver()
        self.say(f"{_CALLERS} supporters acted; four people left the list, one of them by text")

    def sign_ons(self) -> None:
        """Organizations sign the demand; one takes its signature back, one never confirms."""
        self._move_to(LAUNCH + timedelta(days=2))
        visitor = self._visitor()
        public = self.runtime.settings.site.public_url.rstrip("/")
        with self.runtime.db.read() as session:
            signing = partners.partners(session, limit=_SIGNATORIES).items
            people = {one.id: partners.people_of(session, one.id)[0].contact for one in signing}
        for place, one in enumerate(signing):
            person = people[one.id]
            visitor.sign_on(
                f"{public}/{person.language}/sign-on/{DEMAND}",
                organization=one.public_id,
                name=f"{person.given_name} {person.family_name}",
                email=str(person.email),
                visibility="public" if place % 4 else "private",
                may_sign="yes",
            )
        self._deliver()
        confirming = self._mails_with("/sign-on/confirm/")
        for mail in confirming[:-1]:
            visitor.press(self._link(mail, "/sign-on/confirm/"))
        self._deliver()
        visitor.press(self._link(self._mails_with("/sign-on/manage/")[0], "/sign-on/manage/"))
        self._deliver()
        self.say(f"{len(confirming) - 1} organizations signed on, and one withdrew")

    def followup(self, moment: datetime, words: str) -> None:
        """Let the days pass, and do what is due."""
        self._move_to(moment)
        before = self.sandbox.summary()
        tick_once(self.runtime)
        self._deliver()
        after = self.sandbox.summary()
        sent = _accepted(after) - _accepted(before)
        self.told.followups.append(f"{moment.astimezone(self._zone):%Y-%m-%d}: {sent}")
        self.say(f"{moment.astimezone(self._zone):%-d %B}: {words} ({sent} messages)")

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.runtime.settings.time.zone)

    def _callers(self, start: int, stop: int) -> list[str]:
        """Some of those who got the alert act, each through the link in their own mail."""
        mails = self._invited
        chosen = [mails[number * 11 % len(mails)] for number in range(start, stop)]
        links = []
        for number, mail in enumerate(chosen, start=start):
            channel, outcome, heard = _WAYS[number % len(_WAYS)]
            link = self._link(mail, "/a/")
            self._visitor().act(
                link,
                channel=channel,
                postal_code="K1A 0A6",
                outcome=outcome,
                heard=heard,
                reply_promised="yes" if number % 5 == 0 else "",
            )
            links.append(link)
        return links

    def _mails_with(self, path: str) -> list[dict[str, Any]]:
        return [
            mail
            for mail in self.sandbox.messages("email")
            if mail["to"].startswith("partner") and path in self.sandbox.mail(mail["seq"])["text"]
        ]

    def _link(self, mail: dict[str, Any], path: str) -> str:
        words: list[str] = self.sandbox.mail(mail["seq"])["text"].split()
        return next(word for word in words if path in urlsplit(word).path)

    def _visitor(self) -> Visitor:
        return Visitor(public_url=self.runtime.settings.site.public_url, served_at=self.served_at)

    def _move_to(self, moment: datetime) -> None:
        assert isinstance(self.runtime.clock, VirtualClock)
        self.runtime.clock.set(moment)
        self.sandbox.set_clock(moment)

    def _deliver(self) -> None:
        """Send what is in the outbox, and take in what the providers say of it."""
        drain(self.runtime, self.transports, worker=_WORKER)
        self.sandbox.flush()
        tick_once(self.runtime)
        drain(self.runtime, self.transports, worker=_WORKER)
        self.sandbox.flush()


def _accepted(summary: dict[str, Any]) -> int:
    return int(summary["email"]["accepted"]) + int(summary["sms"]["accepted"])

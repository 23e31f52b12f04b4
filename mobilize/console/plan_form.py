"""A follow-up plan as it is typed: what its days are counted from, and its steps."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import time
from typing import Any, Final, Self

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mobilize.actions.models import Campaign
from mobilize.actions.queries import campaign_by_ref
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id, audience_refs
from mobilize.alerts.saved import taken_from
from mobilize.console.audience_form import AudienceForm
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES
from mobilize.followups.models import Plan, PlanStep
from mobilize.followups.queries import milestone_id, steps_of
from mobilize.followups.service import PlanStepDraft
from mobilize.messaging.models import Template
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts, template_by_public_id
from mobilize.strategy.models import Milestone

MOST_STEPS: Final = 10
_YEAR: Final = 366


@dataclass(frozen=True, kw_only=True)
class StepForm:
    """One step's fields, whose names on the page begin with its prefix.

    Attributes:
        prefix: `step1-`, `step2-`…
        days: Days from the anchor's date, as typed; negative before it.
        at: The time of day where the organization is, as typed.
        channel: How it goes.
        template: The public id of the template that it says.
        audience: Whom it is for.
    """

    prefix: str
    days: str = ""
    at: str = "10:00"
    channel: Channel = "email"
    template: str = ""
    audience: AudienceForm = field(default_factory=AudienceForm)

    @classmethod
    def of_form(cls, form: MultiDict[str, str], number: int) -> Self:
        """The fields as a sent form holds them; those of a step that was just added are empty."""
        prefix = f"step{number}-"
        if f"{prefix}days" not in form:
            return cls(prefix=prefix)
        return cls(
            prefix=prefix,
            days=form.get(f"{prefix}days", "").strip(),
            at=form.get(f"{prefix}at", "").strip(),
            channel="sms" if form.get(f"{prefix}channel") == "sms" else "email",
            template=form.get(f"{prefix}template", ""),
            audience=AudienceForm.of_form(form, prefix),
        )

    @classmethod
    def of_step(cls, session: Session, step: PlanStep, number: int) -> Self:
        """The fields that show a step as it stands."""
        return cls(
            prefix=f"step{number}-",
            days=str(step.offset_days),
            at=step.local_time.strftime("%H:%M"),
            channel="sms" if step.channel == "sms" else "email",
            template=session.get_one(Template, step.template_id).public_id,
            audience=AudienceForm.of_rules(
                step.rules,
                saved=audience_refs(session, [step.audience_id or 0]).get(
                    step.audience_id or 0, ""
                ),
            ),
        )

    def draft(self, session: Session) -> PlanStepDraft:
        """The step as the plans' use cases take it.

        Raises:
            InvalidInput: A field cannot be used; `fields` says which.
        """
        sign, digits = self.days[:1], self.days.removeprefix("-")
        if not digits.isdecimal() or int(digits) > _YEAR:
            raise self._wrong("days", gettext("A whole number of days, up to a year."))
        try:
            at = time.fromisoformat(self.at)
        except ValueError:
            raise self._wrong("at", gettext("A time such as 10:00.")) from None
        if at.tzinfo is not None:
            raise self._wrong("at", gettext("A time such as 10:00."))
        rules, audience_id = self._rules(session)
        return PlanStepDraft(
            offset_days=-int(digits) if sign == "-" else int(digits),
            local_time=at,
            rules=rules,
            audience_id=audience_id,
            channel=self.channel,
            template_id=self._template_id(session),
        )

    def _rules(self, session: Session) -> tuple[dict[str, Any], int | None]:
        try:
            return taken_from(session, rules=self.audience.rules(), ref=self.audience.saved)
        except InvalidInput as error:
            fields = {f"{self.prefix}{name}": why for name, why in error.fields.items()}
            raise InvalidInput(error.message, hint=error.hint, fields=fields) from None

    def _template_id(self, session: Session) -> int:
        if not self.template:
            raise self._wrong("template", gettext("Choose what it says."))
        template = template_by_public_id(session, self.template)
        said = {
            text.language
            for text in current_texts(session, template.id)
            if text.channel == self.channel
        }
        if not said.issuperset(LANGUAGES):
            raise self._wrong(
                "template", gettext("This message is not there for this channel in both languages.")
            )
        return template.id

    def _wrong(self, name: str, why: str) -> InvalidInput:
        return InvalidInput(
            "A step of the plan cannot be used as it is.",
            hint="Look at the marked field.",
            fields={f"{self.prefix}{name}": why},
        )


@dataclass(frozen=True, kw_only=True)
class PlanForm:
    """The page's fields.

    Attributes:
        name: The plan's name, for organizers.
        campaign: The public id of the campaign that its messages are about.
        anchor: `milestone`, `alert` or `completion`.
        milestone: The public id of the milestone, for that anchor.
        alert: The public id of the alert, for that anchor.
        steps: The steps in their order.
    """

    name: str = ""
    campaign: str = ""
    anchor: str = "milestone"
    milestone: str = ""
    alert: str = ""
    steps: tuple[StepForm, ...] = (StepForm(prefix="step1-"),)

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> Self:
        """The fields as a sent form holds them, with a step more or less where that was asked."""
        asked, typed = form.get("do"), form.get("steps", "")
        number = int(typed) if typed.isdecimal() else 1
        number += {"add": 1, "remove": -1}.get(asked or "", 0)
        number = min(max(number, 1), MOST_STEPS)
        return cls(
            name=form.get("name", "").strip(),
            campaign=form.get("campaign", ""),
            anchor=form.get("anchor", ""),
            milestone=form.get("milestone", ""),
            alert=form.get("alert", ""),
            steps=tuple(StepForm.of_form(form, each) for each in range(1, number + 1)),
        )

    @classmethod
    def of_plan(cls, session: Session, plan: Plan) -> Self:
        """The fields that show a plan as it stands."""
        milestone = session.get(Milestone, plan.milestone_id) if plan.milestone_id else None
        alert = session.get(Alert, plan.alert_id) if plan.alert_id else None
        steps = enumerate(steps_of(session, plan.id), 1)
        return cls(
            name=plan.name,
            campaign=session.get_one(Campaign, plan.campaign_id).public_id,
            anchor=plan.anchor,
            milestone=milestone.public_id if milestone else "",
            alert=alert.public_id if alert else "",
            steps=tuple(StepForm.of_step(session, step, number) for number, step in steps),
        )

    def checked(self, session: Session) -> dict[str, Any]:
        """What the plans' use cases take of it.

        Raises:
            InvalidInput: A field is missing or cannot be used; `fields` says which.
        """
        campaign = campaign_by_ref(session, self.campaign)
        missing = {
            name
            for name, there in (
                ("name", self.name),
                ("campaign", campaign),
                ("milestone", self.milestone or self.anchor != "milestone"),
                ("alert", self.alert or self.anchor != "alert"),
            )
            if not there
        }
        if campaign is None or missing:
            raise _missing(missing)
        by_milestone, by_alert = self.anchor == "milestone", self.anchor == "alert"
        return {
            "name": self.name[:200],
            "campaign_id": campaign.id,
            "anchor": self.anchor,
            "milestone_id": milestone_id(session, self.milestone) if by_milestone else None,
            "alert_id": alert_by_public_id(session, self.alert).id if by_alert else None,
            "steps": [step.draft(session) for step in self.steps],
        }


def _missing(names: Collection[str]) -> InvalidInput:
    return InvalidInput(
        "The plan is not complete.",
        hint="Give it a name, a campaign, and what its days are counted from.",
        fields=dict.fromkeys(names, gettext("Choose or write this.")),
    )

"""Taking a supporter's report of a contact with an MP's office: once, and for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.actions.outcomes import HEARD, is_outcome_of, reply_due_on
from mobilize.actions.queries import (
    campaign_by_id,
    contact_by_form,
    is_open,
    participation_of,
    texts,
)
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language
from mobilize.messaging.models import Message
from mobilize.messaging.queueing import queue_to_contact
from mobilize.mps.queries import mp_for_riding

LONGEST_NOTE: Final = 500
"""Characters; a note is for what the office said, not for a story."""
_LONGEST_FORM_KEY: Final = 40
THANK_YOU: Final = "thank-you"


@dataclass(frozen=True, kw_only=True)
class MpContactReport:
    """What a supporter told us.

    Attributes:
        form_key: What makes it one and the same report, however often it arrives.
        contact_id: Who told it; none where the page was reached without a personal link.
        message_id: The message whose link brought them.
    """

    campaign_id: int
    riding_id: int
    channel: str
    outcome: str
    form_key: str
    language: Language
    heard: str | None = None
    reply_promised: bool = False
    followup_wanted: bool = False
    note: str = ""
    contact_id: int | None = None
    message_id: int | None = None


def record_mp_contact(session: Session, *, report: MpContactReport, now: datetime) -> MpContact:
    """Log a contact with an MP's office, complete the participation and queue the thank-you.

    The same form again returns what it became the first time. All of it stands or falls with the
    caller's transaction, so nothing is lost once a page said "thank you".

    Raises:
        InvalidInput: The outcome is not one of the channel's, or a part is too long.
        Conflict: The campaign takes no reports now.
    """
    _check(report)
    already = contact_by_form(session, report.form_key)
    if already is not None:
        return already
    campaign = campaign_by_id(session, report.campaign_id)
    if not is_open(campaign, on=now.date()):
        raise Conflict("This campaign takes no reports now.", hint="See the other campaigns.")
    participation = _take_part(session, report, now)
    # Two posts of one form may arrive at once: the second waits for the first and adds nothing.
    row = _row(session, report, campaign, participation, now)
    upsert(session, cast("Table", MpContact.__table__), [row], key=["form_key"])
    logged = contact_by_form(session, report.form_key)
    if logged is None:
        raise Conflict("The report could not be kept.", hint="Send it again.")
    if participation is not None and report.contact_id is not None:
        _thank(session, campaign, logged, participation, report.contact_id, now)
    return logged


def _check(report: MpContactReport) -> None:
    wrong = {}
    if not is_outcome_of(report.channel, report.outcome):
        wrong["outcome"] = f"`{report.outcome}` cannot come of `{report.channel}`"
    if report.heard is not None and report.heard not in HEARD:
        wrong["heard"] = f"`{report.heard}` is not one of {', '.join(HEARD)}"
    if len(report.note) > LONGEST_NOTE:
        wrong["note"] = f"longer than {LONGEST_NOTE} characters"
    if not 0 < len(report.form_key) <= _LONGEST_FORM_KEY:
        wrong["form_key"] = "missing or too long"
    if wrong:
        listed = "; ".join(f"{name}: {reason}" for name, reason in wrong.items())
        raise InvalidInput(f"The report cannot be kept. {listed}.", fields=wrong)


def _take_part(session: Session, report: MpContactReport, now: datetime) -> Participation | None:
    if report.contact_id is None:
        return None
    row = {
        "campaign_id": report.campaign_id,
        "contact_id": report.contact_id,
        "message_id": report.message_id,
        "mailing_id": session.scalar(
            select(Message.mailing_id).where(Message.id == report.message_id)
        ),
        "language": report.language,
        "completed_at": now,
    }
    key = ["campaign_id", "contact_id"]
    upsert(session, cast("Table", Participation.__table__), [row], key=key)
    return participation_of(session, campaign_id=report.campaign_id, contact_id=report.contact_id)


def _row(
    session: Session,
    report: MpContactReport,
    campaign: Campaign,
    participation: Participation | None,
    now: datetime,
) -> dict[str, Any]:
    sitting = mp_for_riding(session, report.riding_id, now.date())
    return {
        "campaign_id": campaign.id,
        "demand_version_id": campaign.demand_version_id,
        "participation_id": None if participation is None else participation.id,
        "contact_id": report.contact_id,
        "riding_id": report.riding_id,
        "mandate_id": None if sitting is None else sitting.mandate_id,
        "channel": report.channel,
        "outcome": report.outcome,
        "heard": report.heard,
        "reply_promised": report.reply_promised,
        "followup_wanted": report.followup_wanted,
        "reply_due_on": reply_due_on(now.date(), promised=report.reply_promised),
        "note": report.note.strip() or None,
        "form_key": report.form_key,
        "language": report.language,
        "happened_at": now,
        "recorded_at": now,
    }


def _thank(
    session: Session,
    campaign: Campaign,
    logged: MpContact,
    participation: Participation,
    contact_id: int,
    now: datetime,
) -> None:
    text = texts(session, campaign.id)[logged.language]
    due = logged.reply_due_on
    queue_to_contact(
        session,
        template_key=THANK_YOU,
        contact_id=contact_id,
        language=cast("Language", logged.language),
        # One thank-you for a person's part in a campaign, however many offices they speak with.
        dedupe_key=f"participation-{participation.id}",
        variables={
            "campaign": text.title,
            "thanks": text.thanks,
            "reply_due_on": due.isoformat() if due else "",
        },
        campaign_ref=campaign.public_id,
        now=now,
    )

"""What is done with the strategy: load it, review and adopt wordings, plan and confirm dates."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language
from mobilize.strategy import loading, queries
from mobilize.strategy.calendar import Span, instant, spans
from mobilize.strategy.content import Content
from mobilize.strategy.loading import LoadReport
from mobilize.strategy.models import (
    DemandVersion,
    Milestone,
    MilestoneOccurrence,
)


def load_content(session: Session, *, content: Content, now: datetime) -> LoadReport:
    """Bring the files' content in: a changed text becomes a draft, the same changes nothing."""
    return loading.load(session, content, now)


def mark_reviewed(
    session: Session,
    *,
    version: DemandVersion,
    language: Language,
    account_id: int,
    now: datetime,
) -> None:
    """Record that somebody read a draft in one language and stands by it.

    Raises:
        Conflict: The version is no draft.
    """
    _need_draft(version)
    if language == "en":
        version.reviewed_en_at, version.reviewed_en_by = now, account_id
    else:
        version.reviewed_fr_at, version.reviewed_fr_by = now, account_id
    session.flush()


def adopt(session: Session, *, version: DemandVersion, account_id: int, now: datetime) -> None:
    """Make a draft the wording that is published and signed, in place of the one before.

    Raises:
        Conflict: It is no draft, or was not reviewed in both languages.
    """
    _need_draft(version)
    reviews = {"English": version.reviewed_en_at, "French": version.reviewed_fr_at}
    if missing := [language for language, at in reviews.items() if at is None]:
        raise Conflict(
            f"Version {version.number} was not reviewed in {' and '.join(missing)}.",
            hint="Read the draft in each language and mark it reviewed.",
        )
    session.execute(
        update(DemandVersion)
        .where(DemandVersion.demand_id == version.demand_id, DemandVersion.state == "adopted")
        .values(state="superseded")
    )
    version.state, version.adopted_at, version.adopted_by = "adopted", now, account_id
    session.flush()


def _need_draft(version: DemandVersion) -> None:
    if version.state != "draft":
        raise Conflict(
            f"Version {version.number} is {version.state}, and only a draft can change.",
            hint="Change the text in config/strategy/demands.toml and load it as a new draft.",
        )


def plan_occurrences(session: Session, *, years: range, now: datetime) -> int:
    """Write down the occurrences of all milestones; return how many are new or changed.

    What an organizer confirmed, what was cancelled and what is past is left as it is.
    """
    known = {
        (row.milestone_id, row.key): row for row in session.scalars(select(MilestoneOccurrence))
    }
    changed = 0
    for milestone in queries.milestones(session):
        for span in spans(milestone.rule["when"], years):
            row = known.get((milestone.id, span.key))
            if row is None:
                row = MilestoneOccurrence(milestone_id=milestone.id, key=span.key)
                session.add(row)
            elif _is_settled(row, now):
                continue
            changed += _place(row, milestone, span.start, state=_planned_state(milestone, span))
    session.flush()
    return changed


def confirm_occurrence(
    session: Session,
    *,
    milestone: Milestone,
    key: str,
    on_date: date,
    account_id: int,
    now: datetime,
) -> MilestoneOccurrence:
    """Set the true date of an occurrence, so that plans around it may send.

    A milestone without a rule can happen again (a bill's stages): a new key is a new occurrence.

    Raises:
        InvalidInput: The milestone's rule knows no such key.
    """
    row = queries.occurrence(session, milestone.id, key)
    if row is None and milestone.rule["when"] != "none":
        raise InvalidInput(
            f"The milestone `{milestone.slug}` has no occurrence `{key}`.",
            hint="Plan the year first.",
        )
    if row is None:
        row = MilestoneOccurrence(milestone_id=milestone.id, key=key)
        session.add(row)
    _place(row, milestone, on_date, state="confirmed")
    row.confirmed_at, row.confirmed_by = now, account_id
    session.flush()
    return row


def _is_settled(row: MilestoneOccurrence, now: datetime) -> bool:
    past = row.at is not None and row.at < now
    return past or row.confirmed_at is not None or row.state == "cancelled"


def _planned_state(milestone: Milestone, span: Span) -> str:
    if span.start is None:
        return "awaited"
    return "estimated" if milestone.rule["needs_confirmation"] else "confirmed"


def _place(row: MilestoneOccurrence, milestone: Milestone, day: date | None, *, state: str) -> bool:
    """Put an occurrence on its day; say whether anything changed."""
    at = instant(day, milestone.local_time, milestone.time_zone) if day else None
    changed = (row.state, row.on_date, row.at) != (state, day, at)
    row.state, row.on_date, row.at = state, day, at
    return changed

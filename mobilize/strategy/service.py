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
    ADOPTED,
    AWAITED,
    CONFIRMED,
    DRAFT,
    ESTIMATED,
    PASSED,
    SUPERSEDED,
    DemandVersion,
    Milestone,
    MilestoneOccurrence,
    Principle,
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
        .where(DemandVersion.demand_id == version.demand_id, DemandVersion.status == ADOPTED)
        .values(status=SUPERSEDED)
    )
    version.status, version.adopted_at, version.adopted_by = ADOPTED, now, account_id
    session.flush()


def adopt_principles(session: Session, *, account_id: int, now: datetime) -> list[Principle]:
    """Adopt every drafted principle; whoever adopts them has read both languages."""
    drafts = list(queries.draft_principles(session))
    session.execute(
        update(Principle)
        .where(Principle.key.in_([row.key for row in drafts]), Principle.status == ADOPTED)
        .values(status=SUPERSEDED)
    )
    for row in drafts:
        row.status, row.adopted_at, row.adopted_by = ADOPTED, now, account_id
    session.flush()
    return drafts


def _need_draft(version: DemandVersion) -> None:
    if version.status != DRAFT:
        raise Conflict(
            f"Version {version.number} is {version.status}, and only a draft can change.",
            hint="Change the text in config/strategy/demands.toml and load it as a new draft.",
        )


def plan_occurrences(session: Session, *, years: range, now: datetime) -> int:
    """Write down the occurrences of all milestones; return how many are new or changed.

    What an organizer confirmed, and what is past, is left as it is. A confirmed date that has
    gone by becomes `passed`; an estimated one waits for an organizer instead.
    """
    rows = session.scalars(select(MilestoneOccurrence)).all()
    known = {(row.milestone_id, row.key): row for row in rows}
    changed = 0
    for milestone in queries.milestones(session):
        for span in spans(milestone.rule, years):
            row = known.get((milestone.id, span.key))
            if row is None:
                row = MilestoneOccurrence(milestone_id=milestone.id, key=span.key)
                session.add(row)
            elif row.confirmed_at is not None or row.status == PASSED:
                continue
            changed += _place(row, milestone, span, status=_planned_status(milestone, span))
    session.flush()
    for row in session.scalars(
        select(MilestoneOccurrence).where(
            MilestoneOccurrence.status == CONFIRMED, MilestoneOccurrence.at < now
        )
    ):
        if (row.ends_at or row.at or now) < now:
            row.status = PASSED
            changed += 1
    session.flush()
    return changed


def confirm_occurrence(
    session: Session,
    *,
    milestone: Milestone,
    key: str,
    start: date,
    end: date | None = None,
    account_id: int,
    now: datetime,
) -> MilestoneOccurrence:
    """Set the true date of an occurrence, so that plans around it may send.

    A milestone without a rule can happen again (a bill's stages): a new key is a new occurrence.

    Raises:
        InvalidInput: The window ends before it starts, or the rule knows no such key.
        Conflict: The occurrence has passed.
    """
    if end is not None and end < start:
        raise InvalidInput("The window ends before it starts.", fields={"end": "before start"})
    row = queries.occurrence(session, milestone.id, key)
    if row is None and milestone.rule != "none":
        raise InvalidInput(
            f"The milestone `{milestone.slug}` has no occurrence `{key}`.",
            hint="Plan the year first.",
        )
    if row is None:
        row = MilestoneOccurrence(milestone_id=milestone.id, key=key)
        session.add(row)
    elif row.status == PASSED:
        raise Conflict(
            f"The occurrence `{key}` of `{milestone.slug}` has passed.",
            hint="Give a later one its date.",
        )
    _place(row, milestone, Span(key=key, start=start, end=end), status=CONFIRMED)
    row.confirmed_at, row.confirmed_by = now, account_id
    session.flush()
    return row


def _planned_status(milestone: Milestone, span: Span) -> str:
    if span.start is None:
        return AWAITED
    return ESTIMATED if milestone.needs_confirmation else CONFIRMED


def _place(row: MilestoneOccurrence, milestone: Milestone, span: Span, *, status: str) -> bool:
    """Put an occurrence on its days; say whether anything changed."""
    zone, hour = milestone.time_zone, milestone.local_time
    fields = {
        "status": status,
        "local_date": span.start,
        "local_end": span.end,
        "at": instant(span.start, hour, zone) if span.start else None,
        "ends_at": instant(span.end, hour, zone) if span.end else None,
    }
    changed = any(getattr(row, name) != value for name, value in fields.items())
    for name, value in fields.items():
        setattr(row, name, value)
    return changed

"""What is done with the strategy: load it, review and adopt wordings, plan and confirm dates."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.accounts import audit
from mobilize.core.db import alone
from mobilize.core.errors import Conflict
from mobilize.core.i18n import Language
from mobilize.strategy import queries
from mobilize.strategy.calendar import Span, instant, spans
from mobilize.strategy.content import Content
from mobilize.strategy.loading import load_demands, load_milestones, load_principles
from mobilize.strategy.models import DemandVersion, Milestone, MilestoneOccurrence


@dataclass(frozen=True)
class LoadReport:
    """What the files hold, and what of it was new or changed."""

    demands: int
    milestones: int
    new_drafts: int
    new_principles: int
    changed_milestones: int

    @override
    def __str__(self) -> str:
        """One line for whoever loaded: `5 demands, 29 milestones, nothing changed`."""
        changes = [
            f"{count} {what}"
            for count, what in (
                (self.new_drafts, "new drafts to review"),
                (self.new_principles, "new wordings of principles"),
                (self.changed_milestones, "milestones new or changed"),
            )
            if count
        ]
        held = f"{self.demands} demands, {self.milestones} milestones"
        return f"{held}, {', '.join(changes) or 'nothing changed'}"


def load_content(session: Session, *, content: Content, now: datetime) -> LoadReport:
    """Bring the files' content in; loading the same again changes nothing.

    A changed demand becomes a new draft. What was adopted is never edited.
    """
    alone(session, "strategy")
    return LoadReport(
        demands=len(content.demands),
        milestones=len(content.milestones),
        new_drafts=load_demands(session, content.demands, now),
        new_principles=load_principles(session, content.principles, now),
        changed_milestones=load_milestones(session, content.milestones, now),
    )


def mark_reviewed(
    session: Session,
    *,
    version: DemandVersion,
    language: Language,
    account_id: int | None,
    now: datetime,
) -> None:
    """Note that somebody read a draft in one language and stands by it.

    Raises:
        Conflict: The version is no draft.
    """
    _need_draft(session, version)
    if language == "en":
        version.reviewed_en_at, version.reviewed_en_by = now, account_id
    else:
        version.reviewed_fr_at, version.reviewed_fr_by = now, account_id
    session.flush()
    _note(session, version, f"review_{language}", account_id, now)


def adopt(
    session: Session, *, version: DemandVersion, account_id: int | None, now: datetime
) -> None:
    """Make a draft the wording that is published and signed, in place of the one before.

    Raises:
        Conflict: It is no draft, or was not reviewed in both languages.
    """
    _need_draft(session, version)
    reviews = {"English": version.reviewed_en_at, "French": version.reviewed_fr_at}
    if missing := [language for language, at in reviews.items() if at is None]:
        raise Conflict(
            f"Version {version.number} was not reviewed in {' and '.join(missing)}.",
            hint="Read the draft in each language and mark it reviewed.",
        )
    # The earlier one goes first: the database allows one adopted version of a demand at a time.
    session.execute(
        update(DemandVersion)
        .where(DemandVersion.demand_id == version.demand_id, DemandVersion.state == "adopted")
        .values(state="superseded")
    )
    version.state, version.adopted_at, version.adopted_by = "adopted", now, account_id
    session.flush()
    _note(session, version, "adopt", account_id, now)


def plan_occurrences(session: Session, *, years: range, now: datetime) -> int:
    """Write down the dates of all milestones; asking again changes nothing.

    A date that somebody confirmed or moved, or that was cancelled, is left as it is; so is one
    that has gone by. A date that nobody can tell becomes one entry that is awaited.

    Args:
        session: The session.
        years: The years for which yearly rules are worked out.
        now: The moment.

    Returns:
        How many dates are new or moved.
    """
    alone(session, "strategy")
    known = {
        (occurrence.milestone_id, occurrence.key): occurrence
        for occurrence in session.scalars(select(MilestoneOccurrence))
    }
    changed = 0
    for milestone in queries.milestones(session):
        for span in spans(milestone.rule["when"], years):
            occurrence = known.get((milestone.id, span.key))
            if occurrence is None:
                occurrence = MilestoneOccurrence(milestone_id=milestone.id, key=span.key)
                session.add(occurrence)
            elif _is_settled(occurrence, now):
                continue
            occurrence.until_on = span.end
            changed += _place(occurrence, milestone, span.start, _planned_state(milestone, span))
    session.flush()
    return changed


def confirm_occurrence(
    session: Session,
    *,
    occurrence_id: int,
    on_date: date,
    account_id: int | None,
    now: datetime,
) -> MilestoneOccurrence:
    """Set an occurrence's true date, so that what is planned around it may go out.

    Confirming again moves it.

    Raises:
        Conflict: It was cancelled.
    """
    occurrence = session.get_one(MilestoneOccurrence, occurrence_id, with_for_update=True)
    if occurrence.state == "cancelled":
        raise Conflict(
            "This date of the milestone was cancelled.", hint="Add another date instead."
        )
    return _confirm(session, occurrence, on_date, account_id, now)


def add_occurrence(
    session: Session,
    *,
    milestone_id: int,
    on_date: date,
    account_id: int | None,
    now: datetime,
) -> MilestoneOccurrence:
    """Add one more sure date to a milestone that can happen again, as a bill's next stage.

    Raises:
        Conflict: The milestone has been given that date before.
    """
    alone(session, "strategy")
    if any(one.on_date == on_date for one in queries.occurrences(session, milestone_id)):
        raise Conflict("The milestone has that date already.", hint="Confirm the one it has.")
    occurrence = MilestoneOccurrence(milestone_id=milestone_id, key=on_date.isoformat())
    return _confirm(session, occurrence, on_date, account_id, now)


def _confirm(
    session: Session,
    occurrence: MilestoneOccurrence,
    on_date: date,
    account_id: int | None,
    now: datetime,
) -> MilestoneOccurrence:
    milestone = session.get_one(Milestone, occurrence.milestone_id)
    _place(occurrence, milestone, on_date, "confirmed")
    occurrence.confirmed_at, occurrence.confirmed_by = now, account_id
    session.add(occurrence)
    session.flush()
    audit.record(
        session,
        now=now,
        actor=audit.actor_of(session, account_id),
        action="milestone.confirm",
        subject_kind="milestone_occurrence",
        subject_id=occurrence.public_id,
        facts={"milestone": milestone.slug, "on": on_date.isoformat()},
    )
    return occurrence


def _need_draft(session: Session, version: DemandVersion) -> None:
    # Read again behind a lock: somebody else may have adopted it a moment ago.
    session.refresh(version, with_for_update=True)
    if version.state != "draft":
        raise Conflict(
            f"Version {version.number} is {version.state}; only a draft is reviewed and adopted.",
            hint="Change the text in config/strategy/demands.toml and load it as a new draft.",
        )


def _note(
    session: Session, version: DemandVersion, verb: str, account_id: int | None, now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        actor=audit.actor_of(session, account_id),
        action=f"demand.{verb}",
        subject_kind="demand_version",
        subject_id=version.public_id,
    )


def _is_settled(occurrence: MilestoneOccurrence, now: datetime) -> bool:
    if occurrence.confirmed_at is not None or occurrence.state == "cancelled":
        return True
    return occurrence.at is not None and occurrence.at < now


def _planned_state(milestone: Milestone, span: Span) -> str:
    if span.start is None:
        return "awaited"
    return "estimated" if milestone.rule["confirm"] else "confirmed"


def _place(
    occurrence: MilestoneOccurrence, milestone: Milestone, day: date | None, state: str
) -> bool:
    """Put an occurrence on its day; say whether anything changed."""
    values = {
        "state": state,
        "on_date": day,
        "at": instant(day, milestone.local_time, milestone.time_zone) if day else None,
    }
    changed = any(getattr(occurrence, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(occurrence, name, value)
    return changed

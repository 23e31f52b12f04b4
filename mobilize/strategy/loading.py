"""Brings the campaign's content from its files into the tables, changing only what changed."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.strategy import queries
from mobilize.strategy.content import (
    Content,
    DemandText,
    MilestoneText,
    PrincipleText,
    content_hash,
)
from mobilize.strategy.models import (
    ADOPTED,
    DRAFT,
    SUPERSEDED,
    Demand,
    DemandElement,
    DemandVersion,
    Milestone,
    Principle,
)


@dataclass(slots=True)
class LoadReport:
    """What a load changed, by slug or key; all empty when the files say nothing new."""

    drafted: list[str] = field(default_factory=list)
    """Demands with a new draft."""
    withdrawn: list[str] = field(default_factory=list)
    """Demands whose draft fell away, since the file went back to the adopted text."""
    principles: list[str] = field(default_factory=list)
    milestones: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Demands and principles that stand in the tables but no longer in the file; they are kept."""


def load_demands(
    session: Session, texts: tuple[DemandText, ...], report: LoadReport, now: datetime
) -> None:
    """Draft a new version of each demand whose text is neither drafted nor adopted."""
    standing = {demand.slug: demand for demand in queries.demands(session)}
    report.absent += sorted(standing.keys() - {text.slug for text in texts})
    for position, text in enumerate(texts, start=1):
        if text.slug not in standing:
            standing[text.slug] = Demand(slug=text.slug, position=position)
            session.add(standing[text.slug])
        standing[text.slug].position = position
    session.flush()
    current: dict[int, dict[str, DemandVersion]] = {}
    for version in queries.current_versions(session):
        current.setdefault(version.demand_id, {})[version.status] = version
    last = dict(
        session.execute(
            select(DemandVersion.demand_id, func.max(DemandVersion.number)).group_by(
                DemandVersion.demand_id
            )
        )
        .tuples()
        .all()
    )
    drafts = []
    for text in texts:
        demand = standing[text.slug]
        if _wants_draft(text, current.get(demand.id, {}), report):
            report.drafted.append(text.slug)
            version = _draft(text, demand.id, last.get(demand.id, 0) + 1, now)
            session.add(version)
            drafts.append((version, text))
    session.flush()
    session.add_all(element for version, text in drafts for element in _elements(version, text))
    session.flush()


def _wants_draft(text: DemandText, current: dict[str, DemandVersion], report: LoadReport) -> bool:
    wording = content_hash(text)
    draft, adopted = current.get(DRAFT), current.get(ADOPTED)
    if draft is not None:
        if draft.content_hash == wording:
            return False
        draft.status = SUPERSEDED
    if adopted is not None and adopted.content_hash == wording:
        if draft is not None:
            report.withdrawn.append(text.slug)
        return False
    return True


def _draft(text: DemandText, demand_id: int, number: int, now: datetime) -> DemandVersion:
    fields = asdict(text)
    del fields["slug"], fields["elements"]
    return DemandVersion(
        demand_id=demand_id,
        number=number,
        status=DRAFT,
        content_hash=content_hash(text),
        created_at=now,
        **fields,
    )


def _elements(version: DemandVersion, text: DemandText) -> list[DemandElement]:
    return [
        DemandElement(version_id=version.id, position=position, **asdict(element))
        for position, element in enumerate(text.elements, start=1)
    ]


def load_principles(
    session: Session, texts: tuple[PrincipleText, ...], report: LoadReport, now: datetime
) -> None:
    """Draft each new wording of a principle; an earlier draft of it falls away."""
    rows = session.scalars(select(Principle)).all()
    known = {(row.key, row.content_hash): row for row in rows}
    report.absent += sorted({row.key for row in rows} - {text.key for text in texts})
    for position, text in enumerate(texts, start=1):
        wording = content_hash(text)
        for row in rows:
            if row.key == text.key and row.status == DRAFT and row.content_hash != wording:
                row.status = SUPERSEDED
        row_now = known.get((text.key, wording))
        if row_now is None:
            row_now = Principle(
                content_hash=wording, status=SUPERSEDED, created_at=now, **asdict(text)
            )
            session.add(row_now)
        row_now.position = position
        if row_now.status == SUPERSEDED:
            row_now.status = DRAFT
            report.principles.append(text.key)
    session.flush()


def load_milestones(
    session: Session, texts: tuple[MilestoneText, ...], report: LoadReport, now: datetime
) -> None:
    """Bring the calendar's milestones up to date; one that left the file is retired."""
    rows = {row.slug: row for row in session.scalars(select(Milestone))}
    for position, text in enumerate(texts, start=1):
        fields = _milestone_fields(text, position)
        row = rows.get(text.slug)
        if row is None:
            session.add(Milestone(**fields))
            report.milestones.append(text.slug)
        elif any(getattr(row, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(row, name, value)
            report.milestones.append(text.slug)
    for slug in sorted(rows.keys() - {text.slug for text in texts}):
        if rows[slug].retired_at is None:
            rows[slug].retired_at = now
            report.milestones.append(slug)
    session.flush()


def _milestone_fields(text: MilestoneText, position: int) -> dict[str, Any]:
    fields = asdict(text)
    fields["demands"] = list(text.demands)
    fields["steps"] = [asdict(step) for step in text.steps]
    return fields | {"position": position, "retired_at": None}


def load(session: Session, content: Content, now: datetime) -> LoadReport:
    """Bring all content in; loading the same again changes nothing."""
    report = LoadReport()
    load_demands(session, content.demands, report, now)
    load_principles(session, content.principles, report, now)
    load_milestones(session, content.milestones, report, now)
    return report

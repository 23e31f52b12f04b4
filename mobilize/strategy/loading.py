"""Brings the campaign's content from its files into the tables, changing only what changed."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.strategy import queries
from mobilize.strategy.content import (
    Content,
    DemandText,
    MilestoneText,
    PrincipleText,
    content_hash,
)
from mobilize.strategy.models import (
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
    """What stands in the tables but no longer in the files; it is kept."""

    @override
    def __str__(self) -> str:
        return (
            f"{len(self.drafted)} new drafts of demands, {len(self.principles)} principles, "
            f"{len(self.milestones)} milestones"
        )


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
        current.setdefault(version.demand_id, {})[version.state] = version
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
    draft, adopted = current.get("draft"), current.get("adopted")
    if draft is not None:
        if draft.content_hash == wording:
            return False
        draft.state = "superseded"
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
        state="draft",
        content_hash=content_hash(text),
        created_at=now,
        **fields,
    )


def _elements(version: DemandVersion, text: DemandText) -> list[DemandElement]:
    return [
        DemandElement(demand_version_id=version.id, position=position, **asdict(element))
        for position, element in enumerate(text.elements, start=1)
    ]


def load_principles(
    session: Session, texts: tuple[PrincipleText, ...], report: LoadReport, now: datetime
) -> None:
    """Add each new wording of a principle under the next number."""
    newest = {row.slug: row for row in queries.principles(session)}
    report.absent += sorted(newest.keys() - {text.key for text in texts})
    for position, text in enumerate(texts, start=1):
        row, wording = newest.get(text.key), content_hash(text)
        if row is not None and row.content_hash == wording:
            row.position = position
            continue
        session.add(
            Principle(
                slug=text.key,
                number=1 if row is None else row.number + 1,
                position=position,
                title_en=text.name_en,
                title_fr=text.name_fr,
                text_en=text.text_en,
                text_fr=text.text_fr,
                content_hash=wording,
                created_at=now,
            )
        )
        report.principles.append(text.key)
    session.flush()


def load_milestones(
    session: Session, texts: tuple[MilestoneText, ...], report: LoadReport, now: datetime
) -> None:
    """Bring the calendar's milestones up to date in place."""
    rows = {row.slug: row for row in queries.milestones(session)}
    report.absent += sorted(rows.keys() - {text.slug for text in texts})
    for text in texts:
        row = rows.get(text.slug)
        if row is not None and row.content_hash == content_hash(text):
            continue
        if row is None:
            row = Milestone(slug=text.slug)
            session.add(row)
        for name, value in _milestone_fields(text).items():
            setattr(row, name, value)
        row.updated_at = now
        report.milestones.append(text.slug)
    session.flush()


def _milestone_fields(text: MilestoneText) -> dict[str, Any]:
    return {
        "kind": text.kind.replace("-", "_"),
        "title_en": text.title_en,
        "title_fr": text.title_fr,
        "rule": {
            "when": text.rule,
            "needs_confirmation": text.needs_confirmation,
            "demands": list(text.demands),
        },
        "time_zone": text.time_zone,
        "local_time": time.fromisoformat(text.local_time),
        "source": text.source,
        # One column for both languages: the English sentence, then the French one.
        "note": f"{text.certainty_en}\n{text.certainty_fr}",
        "followups": [asdict(step) for step in text.steps],
        "content_hash": content_hash(text),
    }


def load(session: Session, content: Content, now: datetime) -> LoadReport:
    """Bring all content in; loading the same again changes nothing."""
    report = LoadReport()
    load_demands(session, content.demands, report, now)
    load_principles(session, content.principles, report, now)
    load_milestones(session, content.milestones, report, now)
    return report

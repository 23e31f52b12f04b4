"""Brings the campaign's content from its files into the tables, changing only what changed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.strategy import queries
from mobilize.strategy.content import DemandText, MilestoneText, PrincipleText, content_hash
from mobilize.strategy.models import Demand, DemandElement, DemandVersion, Milestone, Principle


def load_demands(session: Session, texts: Sequence[DemandText], now: datetime) -> int:
    """Draft a new version of each demand whose text is neither drafted nor adopted.

    A draft that the file has left behind is superseded, so that nobody adopts it by mistake. A
    demand that the file no longer has stays: it may have been signed.

    Returns:
        How many drafts are new.
    """
    standing = _standing(session, texts)
    current: dict[int, dict[str, DemandVersion]] = {}
    for version in session.scalars(
        select(DemandVersion).where(DemandVersion.state.in_(("draft", "adopted")))
    ):
        current.setdefault(version.demand_id, {})[version.state] = version
    numbers = select(DemandVersion.demand_id, func.max(DemandVersion.number))
    last = dict(session.execute(numbers.group_by(DemandVersion.demand_id)).all())
    drafts = []
    for text in texts:
        demand_id = standing[text.slug].id
        if _wants_draft(text, current.get(demand_id, {})):
            version = _draft(text, demand_id, last.get(demand_id, 0) + 1, now)
            session.add(version)
            drafts.append((version, text))
    session.flush()
    session.add_all(element for version, text in drafts for element in _elements(version, text))
    session.flush()
    return len(drafts)


def load_principles(session: Session, texts: Sequence[PrincipleText], now: datetime) -> int:
    """Add each new wording of a principle; earlier ones stay for the record.

    Returns:
        How many wordings are new.
    """
    standing = {principle.slug: principle for principle in queries.principles(session)}
    new = 0
    for position, text in enumerate(texts, start=1):
        before = standing.get(text.key)
        if before is not None and before.content_hash == content_hash(text):
            before.position = position
            continue
        session.add(
            Principle(
                slug=text.key,
                number=before.number + 1 if before else 1,
                position=position,
                title_en=text.name_en,
                title_fr=text.name_fr,
                text_en=text.text_en,
                text_fr=text.text_fr,
                content_hash=content_hash(text),
                created_at=now,
            )
        )
        new += 1
    session.flush()
    return new


def load_milestones(session: Session, texts: Sequence[MilestoneText], now: datetime) -> int:
    """Bring the calendar's milestones up to date; their dates are planned apart from it.

    Returns:
        How many are new or changed.
    """
    standing = {milestone.slug: milestone for milestone in queries.milestones(session)}
    changed = 0
    for text in texts:
        wording = content_hash(text)
        milestone = standing.get(text.slug)
        if milestone is None:
            milestone = Milestone(slug=text.slug)
            session.add(milestone)
        elif milestone.content_hash == wording:
            continue
        for name, value in _milestone_values(text).items():
            setattr(milestone, name, value)
        milestone.content_hash = wording
        milestone.updated_at = now
        changed += 1
    session.flush()
    return changed


def _standing(session: Session, texts: Sequence[DemandText]) -> dict[str, Demand]:
    standing = {demand.slug: demand for demand in queries.demands(session)}
    for position, text in enumerate(texts, start=1):
        if text.slug not in standing:
            standing[text.slug] = Demand(slug=text.slug)
            session.add(standing[text.slug])
        standing[text.slug].position = position
    session.flush()
    return standing


def _wants_draft(text: DemandText, current: dict[str, DemandVersion]) -> bool:
    wording = content_hash(text)
    draft, adopted = current.get("draft"), current.get("adopted")
    if draft is not None:
        if draft.content_hash == wording:
            return False
        draft.state = "superseded"
    return adopted is None or adopted.content_hash != wording


def _draft(text: DemandText, demand_id: int, number: int, now: datetime) -> DemandVersion:
    values = asdict(text)
    del values["slug"], values["elements"]
    return DemandVersion(
        demand_id=demand_id,
        number=number,
        state="draft",
        content_hash=content_hash(text),
        created_at=now,
        **values,
    )


def _elements(version: DemandVersion, text: DemandText) -> list[DemandElement]:
    return [
        DemandElement(demand_version_id=version.id, position=position, **asdict(element))
        for position, element in enumerate(text.elements, start=1)
    ]


def _milestone_values(text: MilestoneText) -> dict[str, Any]:
    return {
        "kind": text.kind,
        "title_en": text.title_en,
        "title_fr": text.title_fr,
        "rule": {"when": text.rule, "confirm": text.needs_confirmation},
        "time_zone": text.time_zone,
        "local_time": time.fromisoformat(text.local_time),
        "source": text.source,
        "note_en": text.certainty_en,
        "note_fr": text.certainty_fr,
        "followups": [asdict(step) for step in text.steps],
    }

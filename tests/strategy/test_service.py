"""Loading is idempotent, adoption needs both languages, and dates stay where people put them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, NotFound
from mobilize.strategy import queries, service
from mobilize.strategy.content import Content, read_content
from mobilize.strategy.models import DemandElement, DemandVersion, MilestoneOccurrence

SLUG = "root-causes"
YEARS = range(2026, 2029)


def loaded(session: Session, now: datetime) -> Content:
    content = read_content()
    service.load_content(session, content=content, now=now)
    return content


def reworded(content: Content, ask: str = "Face it.") -> Content:
    first, *others = content.demands
    return replace(content, demands=(replace(first, ask_en=ask), *others))


def an_account(session: Session, now: datetime) -> int:
    account = Account(
        name="Sample approver",
        email="approver@example.org",
        email_hash=b"h" * 32,
        role="approver",
        language="en",
        password_hash="none",
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account.id


def draft_of(session: Session) -> DemandVersion:
    demand = queries.demand_by_slug(session, SLUG)
    versions = queries.versions_of(session, demand.id)
    return next(version for version in versions if version.state == "draft")


def adopt_draft(session: Session, account_id: int, now: datetime) -> DemandVersion:
    version = draft_of(session)
    for language in ("en", "fr"):
        service.mark_reviewed(
            session, version=version, language=language, account_id=account_id, now=now
        )
    service.adopt(session, version=version, account_id=account_id, now=now)
    return version


def test_loading_again_changes_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        first = service.load_content(session, content=read_content(), now=now)
    assert (first.new_drafts, first.new_principles, first.changed_milestones) == (5, 6, 29)
    with db.transaction() as session:
        again = service.load_content(session, content=read_content(), now=now)
        assert (again.new_drafts, again.new_principles, again.changed_milestones) == (0, 0, 0)
        assert session.scalar(select(func.count()).select_from(DemandElement)) == 62
        assert len(queries.principles(session)) == 6


def test_a_changed_text_replaces_the_draft_by_a_new_one(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        content = loaded(session, now)
        report = service.load_content(session, content=reworded(content), now=now)
        assert report.new_drafts == 1
        draft = draft_of(session)
        assert (draft.number, draft.ask_en) == (2, "Face it.")
        elements = queries.elements_of(session, draft.id)
        assert [len(of_kind) for of_kind in elements.values()] == [2, 3, 4, 1]


def test_nothing_is_public_before_adoption(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        with pytest.raises(Conflict, match="is adopted"):
            queries.require_adopted(session, SLUG)
        with pytest.raises(NotFound):
            queries.require_adopted(session, "no-such-demand")
        assert queries.adopted_versions(session) == []


def test_adoption_needs_a_review_in_each_language(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        account_id = an_account(session, now)
        version = draft_of(session)
        service.mark_reviewed(
            session, version=version, language="en", account_id=account_id, now=now
        )
        with pytest.raises(Conflict, match="not reviewed in French"):
            service.adopt(session, version=version, account_id=account_id, now=now)
        adopt_draft(session, account_id, now)
        assert queries.require_adopted(session, SLUG) is version
        assert queries.demand_title(session, SLUG, "fr") == "Causes profondes"


def test_an_adopted_version_stays_until_the_next_is_adopted(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        content = loaded(session, now)
        account_id = an_account(session, now)
        first = adopt_draft(session, account_id, now)
        words = first.ask_en
        service.load_content(session, content=reworded(content), now=now)
        assert queries.require_adopted(session, SLUG) is first
        assert first.ask_en == words
        second = adopt_draft(session, account_id, now + timedelta(days=1))
        assert queries.require_adopted(session, SLUG) is second
        assert first.state == "superseded"
        with pytest.raises(Conflict, match="only a draft"):
            service.adopt(session, version=first, account_id=account_id, now=now)


def test_going_back_to_the_adopted_text_withdraws_the_draft(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        content = loaded(session, now)
        adopt_draft(session, an_account(session, now), now)
        service.load_content(session, content=reworded(content), now=now)
        report = service.load_content(session, content=content, now=now)
        assert report.new_drafts == 0
        demand = queries.demand_by_slug(session, SLUG)
        states = [version.state for version in queries.versions_of(session, demand.id)]
        assert states == ["superseded", "adopted"]


def occurrence(session: Session, slug: str, key: str) -> MilestoneOccurrence:
    milestone = queries.milestone_by_slug(session, slug)
    return next(row for row in queries.occurrences(session, milestone.id) if row.key == key)


def test_planning_again_changes_nothing(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        assert service.plan_occurrences(session, years=YEARS, now=now) > 29
    with db.transaction() as session:
        assert service.plan_occurrences(session, years=YEARS, now=now) == 0
        day = occurrence(session, "awareness-day", "2027")
        assert (day.state, day.at) == ("confirmed", datetime(2027, 2, 22, 15, tzinfo=UTC))
        assert occurrence(session, "federal-budget", "2027").state == "estimated"
        assert occurrence(session, "us-report-submissions", "2027").state == "estimated"
        assert occurrence(session, "renewed-strategy", "once").at is None


def test_a_confirmed_date_is_not_planned_away(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        service.plan_occurrences(session, years=YEARS, now=now)
        row = service.confirm_occurrence(
            session,
            occurrence_id=occurrence(session, "federal-budget", "2027").id,
            on_date=date(2027, 10, 26),
            account_id=an_account(session, now),
            now=now,
        )
        assert service.plan_occurrences(session, years=YEARS, now=now) == 0
        assert (row.state, row.on_date) == ("confirmed", date(2027, 10, 26))


def test_a_bill_can_reach_several_stages(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        account_id = an_account(session, now)
        bill = queries.milestone_by_slug(session, "bill-s-235")
        for day in (date(2027, 3, 1), date(2027, 5, 3)):
            row = service.add_occurrence(
                session, milestone_id=bill.id, on_date=day, account_id=account_id, now=now
            )
            assert row.state == "confirmed"
        with pytest.raises(Conflict, match="already"):
            service.add_occurrence(
                session, milestone_id=bill.id, on_date=day, account_id=account_id, now=now
            )


def test_upcoming_is_in_the_order_of_the_days(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        service.plan_occurrences(session, years=YEARS, now=now)
        coming = queries.upcoming(session, on=now.date(), limit=3)
        assert [dated.milestone.slug for dated in coming] == [
            "abolition-of-slavery-day",
            "human-rights-day",
            "migrants-day",
        ]

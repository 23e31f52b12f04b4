"""Loading is idempotent, adoption needs both languages, and dates stay where people put them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput, NotFound
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
    return next(
        version
        for version in queries.current_versions(session)
        if version.demand_id == demand.id and version.state == "draft"
    )


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
    assert (len(first.drafted), len(first.principles), len(first.milestones)) == (5, 6, 29)
    with db.transaction() as session:
        again = service.load_content(session, content=read_content(), now=now)
        assert again == type(again)()
        assert session.scalar(select(func.count()).select_from(DemandElement)) == 62
        assert len(queries.principles(session)) == 6


def test_a_changed_text_replaces_the_draft_by_a_new_one(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        content = loaded(session, now)
        report = service.load_content(session, content=reworded(content), now=now)
        assert report.drafted == [SLUG]
        draft = draft_of(session)
        assert (draft.number, draft.ask_en) == (2, "Face it.")
        assert len(queries.elements_of(session, draft.id)) == 10


def test_nothing_is_public_before_adoption(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        with pytest.raises(Conflict, match="no adopted version"):
            queries.require_adopted(session, SLUG)
        with pytest.raises(NotFound):
            queries.require_adopted(session, "no-such-demand")
        assert queries.demand_title(session, SLUG, "fr") == ""


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
        with pytest.raises(Conflict, match="only a draft can change"):
            service.adopt(session, version=first, account_id=account_id, now=now)


def test_going_back_to_the_adopted_text_withdraws_the_draft(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        content = loaded(session, now)
        adopt_draft(session, an_account(session, now), now)
        service.load_content(session, content=reworded(content), now=now)
        report = service.load_content(session, content=content, now=now)
        assert (report.drafted, report.withdrawn) == ([], [SLUG])


def occurrence(session: Session, slug: str, key: str) -> MilestoneOccurrence:
    milestone = queries.milestone_by_slug(session, slug)
    row = queries.occurrence(session, milestone.id, key)
    assert row is not None
    return row


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
        assert occurrence(session, "renewed-strategy", "next").at is None


def test_a_confirmed_date_is_not_planned_away(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        service.plan_occurrences(session, years=YEARS, now=now)
        budget = queries.milestone_by_slug(session, "federal-budget")
        row = service.confirm_occurrence(
            session,
            milestone=budget,
            key="2027",
            on_date=date(2027, 10, 26),
            account_id=an_account(session, now),
            now=now,
        )
        assert service.plan_occurrences(session, years=YEARS, now=now) == 0
        assert (row.state, row.on_date) == ("confirmed", date(2027, 10, 26))


def test_only_what_has_no_rule_takes_a_new_key(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        account_id = an_account(session, now)
        day = date(2027, 3, 1)
        bill = queries.milestone_by_slug(session, "bill-s-235")
        row = service.confirm_occurrence(
            session, milestone=bill, key="committee", on_date=day, account_id=account_id, now=now
        )
        assert row.state == "confirmed"
        yearly = queries.milestone_by_slug(session, "world-day")
        with pytest.raises(InvalidInput, match="no occurrence"):
            service.confirm_occurrence(
                session, milestone=yearly, key="2050", on_date=day, account_id=account_id, now=now
            )


def test_upcoming_is_in_order_and_waiting_names_the_undated(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        loaded(session, now)
        service.plan_occurrences(session, years=YEARS, now=now)
        coming = queries.upcoming(session, today=now.date(), limit=3)
        assert [milestone.slug for milestone, _ in coming] == [
            "abolition-of-slavery-day",
            "human-rights-day",
            "migrants-day",
        ]
        waiting = {milestone.slug for milestone, _ in queries.waiting(session, today=now.date())}
        assert {"renewed-strategy", "engagement-summary", "dissolution"} <= waiting
        assert "us-report" in waiting

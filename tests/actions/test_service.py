"""A campaign's life: written, reviewed, published, closed."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from mobilize.actions import queries, service
from mobilize.actions.content import read_campaigns
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.strategy.models import DemandVersion
from tests.support.campaigns import adopted_demand, draft_campaign

DRAFTS = read_campaigns()[0].texts


def test_a_campaign_is_published_when_both_languages_are_reviewed(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        service.mark_reviewed(
            session,
            campaign_id=campaign.id,
            language="en",
            account_id=None,
            actor="command",
            now=now,
        )
        with pytest.raises(Conflict, match="the text in fr was not marked as reviewed"):
            service.publish(session, campaign_id=campaign.id, actor="command", now=now)
        service.mark_reviewed(
            session,
            campaign_id=campaign.id,
            language="fr",
            account_id=None,
            actor="command",
            now=now,
        )
        service.publish(session, campaign_id=campaign.id, actor="command", now=now)
        assert queries.open_campaigns(session, on=now.date()) == [campaign]


def test_a_changed_text_must_be_reviewed_again(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        service.mark_reviewed(
            session,
            campaign_id=campaign.id,
            language="en",
            account_id=None,
            actor="command",
            now=now,
        )
        same = service.save_text(
            session, campaign_id=campaign.id, language="en", draft=DRAFTS["en"]
        )
        assert same.reviewed_at == now
        changed = service.save_text(
            session,
            campaign_id=campaign.id,
            language="en",
            draft=replace(DRAFTS["en"], thanks="Thank you."),
        )
        assert changed.reviewed_at is None


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"letter_body": "Sans champ"}, "letter_body does not have the same merge fields"),
        ({"intro": "Voir https://example.org/fr"}, "intro does not have the same links"),
        ({"content_note": ""}, "content_note is empty in one language only"),
    ],
)
def test_languages_that_do_not_match_are_not_published(
    db: Database, now: datetime, part: dict[str, str], reason: str
) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        service.save_text(
            session, campaign_id=campaign.id, language="fr", draft=replace(DRAFTS["fr"], **part)
        )
        with pytest.raises(Conflict, match=reason):
            service.publish(session, campaign_id=campaign.id, actor="command", now=now)


def test_a_missing_language_is_named(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        version = adopted_demand(session, now)
        campaign = service.create_campaign(
            session, slug="only-english", demand_version_id=version.id, actor="command", now=now
        )
        service.save_text(session, campaign_id=campaign.id, language="en", draft=DRAFTS["en"])
        with pytest.raises(Conflict, match="there is no text in fr"):
            service.publish(session, campaign_id=campaign.id, actor="command", now=now)


def test_nothing_is_asked_in_the_name_of_a_demand_that_was_not_adopted(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        session.get_one(DemandVersion, campaign.demand_version_id).state = "draft"
        with pytest.raises(Conflict, match="a draft that nobody has adopted"):
            service.publish(session, campaign_id=campaign.id, actor="command", now=now)


def test_an_unknown_merge_field_is_refused_where_it_is_written(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        with pytest.raises(InvalidInput, match="call_script has unknown merge fields: vote"):
            service.save_text(
                session,
                campaign_id=campaign.id,
                language="en",
                draft=replace(DRAFTS["en"], call_script="I {vote} here"),
            )


def test_a_campaign_is_open_up_to_its_last_day(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        version = adopted_demand(session, now)
        campaign = service.create_campaign(
            session,
            slug="short",
            demand_version_id=version.id,
            opens_on=now.date(),
            closes_on=now.date() + timedelta(days=1),
            actor="command",
            now=now,
        )
        campaign.state = "published"
        open_on = [
            queries.is_open(campaign, on=now.date() + timedelta(days=day)) for day in (-1, 0, 1, 2)
        ]
        assert open_on == [False, True, True, False]
        service.close(session, campaign_id=campaign.id, actor="command", now=now)
        assert not queries.is_open(campaign, on=now.date())


def test_a_short_name_is_given_once(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        with pytest.raises(Conflict, match="There is a campaign `lasting-protection` already"):
            service.create_campaign(
                session,
                slug=campaign.slug,
                demand_version_id=campaign.demand_version_id,
                actor="command",
                now=now,
            )


def test_only_a_draft_changes_its_days_and_its_demand(db: Database, now: datetime) -> None:
    later = now.date() + timedelta(days=30)
    with db.transaction() as session:
        campaign = draft_campaign(session, now)
        other = adopted_demand(session, now, slug="open-work-permits")
        change = partial(
            service.change_campaign,
            session,
            campaign_id=campaign.id,
            demand_version_id=other.id,
            goal=None,
            opens_on=None,
            actor="command",
            now=now,
        )
        change(closes_on=later)
        assert (campaign.demand_version_id, campaign.goal, campaign.closes_on) == (
            other.id,
            None,
            later,
        )
        campaign.state = "published"
        with pytest.raises(Conflict):
            change(closes_on=None)

"""Every page of the console opens, in both languages, for those whom it is for and nobody else."""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from flask import Flask
from sqlalchemy import select

from mobilize.accounts.roles import PERMISSIONS
from mobilize.actions.models import MpContact
from mobilize.contacts.models import Contact
from mobilize.followups.service import PlanStepDraft, create_plan
from mobilize.messaging.history import ref_of
from mobilize.messaging.models import Message
from mobilize.messaging.queueing import queue_to_contact
from mobilize.mps.queries import CURRENT_ORDER, mp_for_riding, riding_ids
from mobilize.partners.models import Partner, SignOn
from mobilize.runtime import Runtime
from mobilize.strategy.models import Milestone, MilestoneOccurrence
from tests.alerts.world import EVERYBODY, World, make_alert
from tests.console.conftest import ONE_DATABASE, Desk

PAGES = {
    "/console/": "see",
    "/console/running": "see",
    "/console/alerts": "see",
    "/console/alerts/new": "compose",
    "/console/alerts/{alert}": "see",
    "/console/alerts/{alert}/progress": "see",
    "/console/alerts/{alert}/audience": "compose",
    "/console/alerts/{alert}/messages": "compose",
    "/console/alerts/{alert}/preview": "see",
    "/console/alerts/{alert}/preview/fr.html": "see",
    "/console/alerts/{alert}/preview/person": "people",
    "/console/alerts/{alert}/preview/person?person={person}": "people",
    "/console/alerts/{alert}/preview/person/{person}.html": "people",
    "/console/alerts/{alert}/approve": "approve",
    "/console/alerts/{alert}/launch": "launch",
    "/console/campaigns": "see",
    "/console/campaigns/{campaign}": "see",
    "/console/mp-contacts": "people",
    "/console/campaigns/new": "compose",
    "/console/campaigns/{campaign}/edit": "compose",
    "/console/plans": "see",
    "/console/plans/new": "compose",
    "/console/plans/{plan}": "see",
    "/console/plans/{plan}/rehearsal": "see",
    "/console/people": "people",
    "/console/people/{person}": "people",
    "/console/people/{person}/timeline": "people",
    "/console/people/{person}/messages/{message}": "people",
    "/console/people/{person}/correct": "people",
    "/console/people/{person}/copy": "export",
    "/console/people/{person}/erase": "people",
    "/console/people/{person}/reopen": "people",
    "/console/fields": "people",
    "/console/retention": "see",
    "/console/people/duplicates": "people",
    "/console/partners": "see",
    "/console/unknown": "see",
    "/console/demands": "see",
    "/console/demands/permanent-status": "see",
}


@pytest.fixture
def names(runtime: Runtime, world: World, now: datetime) -> dict[str, str]:
    """One of everything, by the word that stands for its id in an address."""
    with runtime.db.transaction() as session:
        alert = make_alert(session, world, now)
        plan = create_plan(
            session,
            name="Reminder",
            campaign_id=world.campaign.id,
            anchor="alert",
            alert_id=alert.id,
            steps=[
                PlanStepDraft(
                    offset_days=3,
                    local_time=time(10),
                    rules=EVERYBODY,
                    channel="email",
                    template_id=world.template_id,
                )
            ],
            created_by=world.author,
            now=now,
        )
        person = session.get_one(Contact, 1)
        person.given_name, person.family_name = "Canary", "Feathers"
        queue_to_contact(
            session,
            template_key="lasting-protection-alert",
            contact_id=person.id,
            language="en",
            dedupe_key="one",
            now=now,
        )
        message_id = session.scalars(select(Message.id)).one()
        partner = Partner(
            name_en="Sample", name_fr="Exemple", name_norm="sample", created_at=now, updated_at=now
        )
        milestone = Milestone(
            slug="day",
            kind="estimated",
            title_en="A day",
            title_fr="Un jour",
            rule={"when": "none"},
            time_zone="America/Toronto",
            local_time=time(9),
            source="a law",
            content_hash="0" * 64,
            updated_at=now,
        )
        session.add_all([partner, milestone])
        session.flush()
        session.add(
            MilestoneOccurrence(
                milestone_id=milestone.id, key="once", on_date=date(2027, 2, 22), state="estimated"
            )
        )
        session.add(
            SignOn(
                partner_id=partner.id,
                demand_version_id=world.campaign.demand_version_id,
                signatory_name="Robin Example",
                email_hash=b"e" * 32,
                language="en",
                created_at=now,
            )
        )
        return {
            "alert": alert.public_id,
            "campaign": world.campaign.public_id,
            "plan": plan.public_id,
            "person": person.public_id,
            "message": ref_of(session, message_id),
        }


@pytest.fixture
def called(runtime: Runtime, world: World, now: datetime) -> None:
    """Somebody of Ottawa Centre who called the office there."""
    with runtime.db.transaction() as session:
        riding_id = riding_ids(session, CURRENT_ORDER)["35079"]
        mp = mp_for_riding(session, riding_id, now.date())
        session.get_one(Contact, 1).riding_id = riding_id
        session.add(
            MpContact(
                campaign_id=world.campaign.id,
                demand_version_id=world.campaign.demand_version_id,
                contact_id=1,
                riding_id=riding_id,
                mandate_id=mp.mandate_id if mp else None,
                channel="call",
                outcome="spoke_staff",
                heard="supportive",
                form_key="one",
                language="en",
                happened_at=now,
                recorded_at=now,
            )
        )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_opens(
    at_desk: Callable[..., Desk], names: dict[str, str], called: None, language: str
) -> None:
    desk = at_desk("admin", language=language)
    for address in PAGES:
        page = desk.read(address.format(**names))
        assert page.strip()
        if "<html" in page and not address.endswith(".html"):
            assert f'<html lang="{language}">' in page
    logged = desk.read("/console/mp-contacts?riding=35079")
    assert ("Ottawa Centre" if language == "en" else "Ottawa-Centre") in logged
    assert ("In favour" if language == "en" else "Favorable") in logged
    assert "In favour" not in desk.read("/console/mp-contacts?riding=24001")


@ONE_DATABASE
@pytest.mark.parametrize("role", ["viewer", "organizer", "auditor"])
def test_a_page_is_for_those_who_may(
    at_desk: Callable[..., Desk], names: dict[str, str], role: str
) -> None:
    desk = at_desk(role)
    for address, permission in PAGES.items():
        allowed = permission in PERMISSIONS[role]
        desk.read(address.format(**names), status=200 if allowed else 403)


@ONE_DATABASE
def test_every_address_that_changes_something_asks_for_a_right(app: Flask) -> None:
    """A view without the mark of `needs` would answer a viewer; each is asked as one."""
    open_to_all = {"console.sign_in", "console.confirm", "console.sign_out"}
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.") and "POST" in (rule.methods or set())
    ]
    assert len(rules) > 15
    for rule in rules:
        view = app.view_functions[rule.endpoint]
        if rule.endpoint not in open_to_all:
            assert hasattr(view, "__wrapped__"), rule.endpoint


@ONE_DATABASE
def test_a_viewer_changes_nothing(at_desk: Callable[..., Desk], names: dict[str, str]) -> None:
    desk = at_desk("viewer")
    for way in ("submit", "approve", "launch", "pause", "resume", "cancel", "reviewed/en"):
        assert desk.send(f"/console/alerts/{names['alert']}/{way}").status_code == 403
    assert desk.send(f"/console/campaigns/{names['campaign']}/close").status_code == 403
    assert desk.send(f"/console/plans/{names['plan']}/activate").status_code == 403
    assert desk.send("/console/demands/permanent-status/adopt").status_code == 403


@ONE_DATABASE
def test_addresses_are_masked(at_desk: Callable[..., Desk], names: dict[str, str]) -> None:
    desk = at_desk()
    for page in (desk.read("/console/people"), desk.read(f"/console/people/{names['person']}")):
        assert "•••@example.org" in page
        assert "person0@example.org" not in page


@ONE_DATABASE
def test_people_are_found_by_name_and_not_in_an_address(
    at_desk: Callable[..., Desk], names: dict[str, str]
) -> None:
    desk = at_desk()
    found = desk.send("/console/people", search="canary").get_data(as_text=True)
    assert "Canary Feathers" in found
    assert "1 person" in found
    refused = desk.send("/console/people", search="no@")
    assert refused.status_code == 422
    assert 'value="no@"' in refused.get_data(as_text=True)


@ONE_DATABASE
def test_a_date_is_confirmed(at_desk: Callable[..., Desk], names: dict[str, str]) -> None:
    desk = at_desk()
    page = desk.read("/console/demands")
    address = page.split('action="/console/milestones/')[1].split('"')[0]
    told = desk.follow(f"/console/milestones/{address}", on_date="2027-02-23")
    assert "The date is confirmed" in told
    assert "February 23, 2027" in told
    wrong = desk.follow(f"/console/milestones/{address}", on_date="soon")
    assert "This is no date." in wrong


@ONE_DATABASE
def test_a_date_is_added(at_desk: Callable[..., Desk], names: dict[str, str]) -> None:
    desk = at_desk()
    told = desk.follow("/console/milestones/add", milestone="day", on_date="2027-03-15")
    assert "The date is added" in told
    assert "March 15, 2027" in told
    again = desk.follow("/console/milestones/add", milestone="day", on_date="2027-03-15")
    assert "The milestone has that date already." in again


@ONE_DATABASE
def test_a_plan_is_ended(at_desk: Callable[..., Desk], names: dict[str, str]) -> None:
    desk = at_desk()
    told = desk.follow(f"/console/plans/{names['plan']}/end")
    assert "nothing of it goes out any more" in told
    assert "Activate" not in told
    assert desk.send(f"/console/plans/{names['plan']}/end").status_code == 303

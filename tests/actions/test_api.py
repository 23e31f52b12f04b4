"""Campaigns and the log of MP contacts over JSON."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key
from tests.support.campaigns import (
    AJAX,
    adopted_demand,
    draft_campaign,
    invited,
    open_campaign,
)

CAMPAIGNS = "/api/v1/campaigns"


@pytest.fixture
def key(runtime: Runtime) -> dict[str, str]:
    return bearer(make_key(runtime))


@pytest.fixture
def campaign_id(runtime: Runtime, now: datetime) -> str:
    """A campaign that brought three calls; its public id."""
    with runtime.db.transaction() as session:
        campaign = open_campaign(session, now)
        message = invited(session, campaign, now)
        for number in range(3):
            report = MpContactReport(
                campaign_id=campaign.id,
                riding_id=riding_ids(session, CURRENT_ORDER)[AJAX],
                channel="call",
                outcome="spoke_staff",
                note="Kept inside",
                form_key=f"form-{number}",
                language="fr",
                contact_id=message.contact_id,
            )
            record_mp_contact(session, report=report, now=now)
        return campaign.public_id


def test_without_a_key_there_is_nothing_to_see(client: FlaskClient, campaign_id: str) -> None:
    for path in ("", f"/{campaign_id}", f"/{campaign_id}/mp-contacts", f"/{campaign_id}/counts"):
        assert client.get(f"{CAMPAIGNS}{path}").status_code == 401


def test_campaigns_are_listed_and_shown_with_their_texts(
    client: FlaskClient, campaign_id: str, key: dict[str, str]
) -> None:
    [listed] = client.get(CAMPAIGNS, headers=key).get_json()
    assert (listed["id"], listed["state"]) == (campaign_id, "published")
    shown = client.get(f"{CAMPAIGNS}/{campaign_id}", headers=key).get_json()
    assert shown["campaign"] == listed
    assert [text["title"] for text in shown["texts"]] == [
        "Protection that lasts",
        "Une protection qui dure",
    ]


def test_contacts_come_page_by_page_without_person_or_note(
    client: FlaskClient, campaign_id: str, key: dict[str, str]
) -> None:
    address = f"{CAMPAIGNS}/{campaign_id}/mp-contacts"
    first = client.get(f"{address}?limit=2", headers=key)
    rest = client.get(f"{address}?after={first.get_json()['after']}", headers=key).get_json()
    assert len(first.get_json()["items"]) == 2
    assert (len(rest["items"]), rest["after"]) == (1, None)
    assert rest["items"][0]["riding"] == AJAX
    assert "Kept inside" not in first.text
    assert "contact_id" not in first.text


def test_contacts_are_counted_by_riding_and_channel(
    client: FlaskClient, campaign_id: str, key: dict[str, str]
) -> None:
    counts = client.get(f"{CAMPAIGNS}/{campaign_id}/counts", headers=key).get_json()
    assert counts == [{"riding": AJAX, "riding_order": "2023", "channel": "call", "contacts": 3}]


def test_an_unknown_campaign_is_said_to_be_none(client: FlaskClient, key: dict[str, str]) -> None:
    answer = client.get(f"{CAMPAIGNS}/nothing", headers=key)
    assert answer.status_code == 404
    assert answer.get_json()["message"] == "There is no such campaign."


WORDS = {
    "title": "Permits that last",
    "intro": "Why it matters.",
    "call_script": "Hello, I live in {riding}.",
    "letter_subject": "Permits that last",
    "letter_body": "Dear {mp},",
    "visit_brief": "Bring one story of policy, never of a person.",
    "thanks": "Thank you.",
}


def test_a_campaign_is_written_reviewed_published_and_closed(
    client: FlaskClient, runtime: Runtime, key: dict[str, str], now: datetime
) -> None:
    with runtime.db.transaction() as session:
        adopted_demand(session, now)
    made = client.post(
        CAMPAIGNS, headers=key, json={"slug": "lasting", "demand": "permanent-status", "goal": 50}
    )
    assert (made.status_code, made.get_json()["state"]) == (201, "draft")
    one = f"{CAMPAIGNS}/{made.get_json()['id']}"
    changed = client.put(one, headers=key, json={"demand": "permanent-status", "goal": 60})
    assert changed.get_json()["goal"] == 60

    for language in ("en", "fr"):
        kept = client.put(f"{one}/texts/{language}", headers=key, json=WORDS).get_json()
        refused = client.post(f"{one}/publish", headers=key)
        assert refused.status_code == 409
        seen = {"language": language, "sha256": kept["sha256"]}
        assert client.post(f"{one}/reviews", headers=key, json=seen).status_code == 204

    assert client.post(f"{one}/publish", headers=key).get_json()["state"] == "published"
    assert client.post(f"{one}/close", headers=key).get_json()["state"] == "closed"
    with runtime.db.read() as session:
        noted = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_kind == "campaign")
            .order_by(AuditEntry.id)
        ).all()
    assert noted == [
        f"campaign.{verb}" for verb in ("create", "change", "review", "review", "publish", "close")
    ]


def test_words_that_changed_since_are_not_taken_as_read(
    client: FlaskClient, runtime: Runtime, key: dict[str, str], now: datetime
) -> None:
    with runtime.db.transaction() as session:
        one = f"{CAMPAIGNS}/{draft_campaign(session, now).public_id}"
    before = client.put(f"{one}/texts/en", headers=key, json=WORDS).get_json()["sha256"]
    client.put(f"{one}/texts/en", headers=key, json={**WORDS, "thanks": "Thanks."})
    seen = {"language": "en", "sha256": before}
    assert client.post(f"{one}/reviews", headers=key, json=seen).status_code == 409


def test_a_short_name_must_stand_well_in_an_address(
    client: FlaskClient, runtime: Runtime, key: dict[str, str], now: datetime
) -> None:
    with runtime.db.transaction() as session:
        adopted_demand(session, now)
    body = {"slug": "Not so short!", "demand": "permanent-status"}
    answer = client.post(CAMPAIGNS, headers=key, json=body)
    assert (answer.status_code, list(answer.get_json()["fields"])) == (422, ["slug"])


def test_who_only_watches_writes_nothing(client: FlaskClient, runtime: Runtime) -> None:
    viewer = bearer(make_key(runtime, role="viewer"))
    body = {"slug": "lasting", "demand": "permanent-status"}
    assert client.post(CAMPAIGNS, headers=viewer, json=body).status_code == 403


def test_a_page_beyond_all_numbers_is_refused_not_broken(
    client: FlaskClient, campaign_id: str, key: dict[str, str]
) -> None:
    address = f"{CAMPAIGNS}/{campaign_id}/mp-contacts?after={10**30}"
    assert client.get(address, headers=key).status_code == 422

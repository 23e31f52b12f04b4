"""Campaigns and the log of MP contacts over JSON."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key
from tests.support.campaigns import AJAX, invited, open_campaign

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

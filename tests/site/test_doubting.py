"""An MP who is not theirs: said once per person and riding, counted by area, resolved."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.actions.doubt_models import MpDoubt
from mobilize.contacts.models import Contact
from mobilize.runtime import Runtime
from tests.site.conftest import Scene
from tests.support.accounts import bearer, make_key

API = "/api/v1/mp-doubts"


@pytest.fixture
def key(runtime: Runtime) -> dict[str, str]:
    return bearer(make_key(runtime))


def doubting(scene: Scene, start: str) -> str:
    """The address of the page on which somebody says so."""
    return scene.link_to(scene.client.get(start), "/not-mine")


def public(scene: Scene) -> str:
    """The campaign's open page for Ajax."""
    where = "/en/c/lasting-protection/where"
    return str(scene.client.post(where, data={"riding": "35001"}).location)


def test_the_page_asks_what_is_wrong_in_both_languages(scene: Scene) -> None:
    assert "Not your MP?" in scene.client.get(doubting(scene, public(scene))).text
    page = scene.client.get(doubting(scene, scene.personal)).text
    assert "J’habite une autre circonscription." in page
    assert "35001" not in doubting(scene, scene.personal)


def test_a_person_counts_once_for_a_riding_and_is_not_named(
    scene: Scene, client: FlaskClient, key: dict[str, str]
) -> None:
    with scene.runtime.db.transaction() as session:
        contact = session.get_one(Contact, scene.message.contact_id)
        contact.fsa = "L1S"
    page = doubting(scene, scene.personal)
    for kind in ("riding", "person", "person"):
        assert scene.client.post(page, data={"kind": kind}).status_code == 200
    [count] = client.get(API, headers=key).get_json()
    latest = count.pop("latest")
    assert latest.startswith("2026-11-22")
    assert count == {
        "riding": "35001",
        "riding_order": "2023",
        "name_en": "Ajax",
        "name_fr": "Ajax",
        "fsa": "L1S",
        "kind": "person",
        "people": 1,
    }
    with scene.runtime.db.read() as session:
        assert "contact_id" not in MpDoubt.__table__.columns
        [kept] = session.scalars(select(MpDoubt))
        assert kept.mandate_id is not None


def test_whoever_says_so_is_led_on_to_find_their_own(scene: Scene) -> None:
    answer = scene.client.post(doubting(scene, public(scene)), data={"kind": "riding"})
    assert "Thank you for telling us" in answer.text
    assert "/where" in answer.text


def test_without_an_answer_it_is_asked_again_and_nothing_is_kept(scene: Scene) -> None:
    for data in ({}, {"kind": "a story of mine"}):
        answer = scene.client.post(doubting(scene, public(scene)), data=data)
        assert answer.status_code == 422
        assert "Choose one of the answers." in answer.text
    with scene.runtime.db.read() as session:
        assert session.scalars(select(MpDoubt)).all() == []


def test_one_form_is_one_word_and_two_forms_are_two(
    scene: Scene, client: FlaskClient, key: dict[str, str]
) -> None:
    page = doubting(scene, public(scene))
    for number in (1, 1, 2):
        data = {"kind": "person", "form_key": f"form-{number}"}
        assert scene.client.post(page, data=data).status_code == 200
    [count] = client.get(API, headers=key).get_json()
    assert (count["people"], count["fsa"]) == (2, None)
    assert re.search('name="form_key" value="[^"]{20,}"', scene.client.get(page).text)


def test_an_organizer_resolves_it_and_the_same_word_opens_it_again(
    scene: Scene, client: FlaskClient, key: dict[str, str]
) -> None:
    page = doubting(scene, scene.personal)
    scene.client.post(page, data={"kind": "person"})
    body = {"riding": "35001", "resolution": "was_right"}
    assert client.post(f"{API}/resolve", json=body, headers=key).get_json() == {"people": 1}
    assert client.get(API, headers=key).get_json() == []
    assert client.post(f"{API}/resolve", json=body, headers=key).get_json() == {"people": 0}
    with scene.runtime.db.read() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("mp_doubts.resolve") == 1
    scene.client.post(page, data={"kind": "person"})
    assert len(client.get(API, headers=key).get_json()) == 1


def test_only_organizers_see_the_queue(client: FlaskClient, key: dict[str, str]) -> None:
    assert client.get(API).status_code == 401
    wrong = {"riding": "99999", "resolution": "corrected"}
    assert client.post(f"{API}/resolve", json=wrong, headers=key).status_code == 404

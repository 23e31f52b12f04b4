"""Leaving the list by a message's link: one button, at once, for good."""

import pytest
from sqlalchemy import func, select, update

from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.messaging.models import Message
from tests.site.conftest import Scene


def withdrawals(scene: Scene) -> set[tuple[str, str]]:
    with scene.runtime.db.read() as session:
        rows = session.execute(
            select(ConsentEvent.channel, ConsentEvent.topic).where(
                ConsentEvent.contact_id == scene.message.contact_id,
                ConsentEvent.action == "withdrawn",
            )
        )
        return {(channel, topic) for channel, topic in rows}


@pytest.fixture
def address(scene: Scene) -> str:
    return f"/fr/leave/{scene.runtime.links.seal('leave', scene.message.id)}"


def test_opening_the_page_takes_nobody_off(scene: Scene, address: str) -> None:
    page = scene.client.get(address)
    assert page.status_code == 200
    assert "Retirez-moi de la liste" in page.text
    assert withdrawals(scene) == set()


def test_one_tap_leaves_email_and_texts(scene: Scene, address: str) -> None:
    answer = scene.client.post(address, data={"what": "all"})
    assert "Vous ne figurez plus sur la liste" in answer.text
    assert withdrawals(scene) == {("email", ""), ("sms", "")}


def test_leaving_again_says_the_same(scene: Scene, address: str) -> None:
    first = scene.client.post(address, data={"what": "all"})
    again = scene.client.post(address, data={"what": "all"})
    assert (again.status_code, again.text) == (first.status_code, first.text)


def test_one_topic_can_be_left_alone(scene: Scene, address: str) -> None:
    answer = scene.client.post(address, data={"what": "topic"})
    assert "Statut permanent" in answer.text
    assert withdrawals(scene) == {("email", "permanent-status"), ("sms", "permanent-status")}


@pytest.mark.parametrize("token", ["forged", "A" * 22])
def test_a_forged_link_tells_nothing(scene: Scene, token: str) -> None:
    for answer in (
        scene.client.get(f"/en/leave/{token}"),
        scene.client.post(f"/en/leave/{token}"),
    ):
        assert answer.status_code == 404
    with scene.runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(ConsentEvent)) == 0


def test_a_bare_address_leaves_altogether(scene: Scene, address: str) -> None:
    with scene.runtime.db.transaction() as session:
        session.execute(
            update(Message)
            .where(Message.id == scene.message.id)
            .values(contact_id=None, address_hash=b"a" * 32)
        )
    assert "topic" not in scene.client.get(address).text
    scene.client.post(address, data={"what": "topic"})
    with scene.runtime.db.read() as session:
        [stopped] = session.scalars(select(Suppression))
    assert (stopped.channel, stopped.address_hash) == ("email", b"a" * 32)

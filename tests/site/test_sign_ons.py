"""An organization signs on, confirms, and withdraws; nobody learns who is on file."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from mobilize.messaging.models import Message
from mobilize.partners.models import SignOn
from tests.site.conftest import Scene
from tests.support.partners import EMAIL, signing_partner

SIGN = "/en/sign-on/permanent-status"


@pytest.fixture
def organization(scene: Scene, now: datetime) -> str:
    """A partner with somebody who may sign for it; its public id."""
    with scene.runtime.db.transaction() as session:
        return signing_partner(session, now).public_id


def filled(organization: str, **changes: str) -> dict[str, str]:
    """A form that is complete; an empty change leaves the field out."""
    form = {
        "partner": organization,
        "name": "Sam Placeholder",
        "title": "Director",
        "email": EMAIL,
        "board_date": "2026-11-02",
        "conditions": "Except the second goal",
        "visibility": "public",
        "may_sign": "yes",
    } | changes
    return {name: value for name, value in form.items() if value}


def only(scene: Scene) -> SignOn:
    with scene.runtime.db.read() as session:
        return session.scalars(select(SignOn)).one()


def test_a_sign_on_is_asked_for_confirmed_and_withdrawn(scene: Scene, organization: str) -> None:
    page = scene.client.get(SIGN)
    assert "Permanent Status" in page.text
    assert f'value="{organization}"' in page.text
    assert scene.client.post(SIGN, data=filled(organization)).status_code == 200
    asked = only(scene)
    assert (asked.state, asked.conditions) == ("pending", "Except the second goal")

    confirm = f"/en/sign-on/confirm/{scene.runtime.links.seal('sign-on', asked.id)}"
    assert "Example Settlement Centre" in scene.client.get(confirm).text
    assert only(scene).state == "pending"
    manage = scene.client.post(confirm).location
    assert only(scene).state == "confirmed"

    assert "Withdraw the sign-on" in scene.client.get(manage).text
    for _ in range(2):
        assert scene.client.post(manage).status_code == 303
    assert only(scene).state == "withdrawn"
    assert "Withdrawn." in scene.client.get(manage).text


def test_the_answer_is_the_same_whoever_asks(scene: Scene, organization: str) -> None:
    stranger = filled(organization, email="stranger@example.org")
    answers = [scene.client.post(SIGN, data=form) for form in (stranger, filled(organization))]
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text == answers[1].text
    with scene.runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(SignOn)) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"partner": ""}, "Choose your organization."),
        ({"name": ""}, "Write your name."),
        ({"email": "nobody"}, "Write an email address"),
        ({"board_date": "soon"}, "Write a day"),
        ({"conditions": "x" * 2001}, "This is too long."),
        ({"visibility": "secret"}, "Choose who may see it."),
        ({"may_sign": ""}, "Only somebody who may sign"),
    ],
)
def test_an_incomplete_form_keeps_what_was_typed(
    scene: Scene, organization: str, change: dict[str, str], problem: str
) -> None:
    answer = scene.client.post(SIGN, data=filled(organization, **change))
    assert answer.status_code == 422
    assert problem in answer.text
    assert "Director" in answer.text
    with scene.runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_links_are_for_one_purpose(scene: Scene, organization: str) -> None:
    scene.client.post(SIGN, data=filled(organization))
    links, asked = scene.runtime.links, only(scene)
    manage = links.seal("sign-on-manage", asked.id)
    assert scene.client.post(f"/en/sign-on/confirm/{manage}").status_code == 404
    assert scene.client.post("/en/sign-on/confirm/forged").status_code == 404
    assert scene.client.get("/en/sign-on/manage/forged").status_code == 404
    assert only(scene).state == "pending"


def test_a_demand_that_is_not_adopted_cannot_be_signed(scene: Scene) -> None:
    assert scene.client.get("/en/sign-on/root-causes").status_code == 404

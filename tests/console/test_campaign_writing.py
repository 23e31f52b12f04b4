"""A campaign is written and changed at the console; a mistake keeps what was typed."""

import re
from collections.abc import Callable
from dataclasses import asdict

import pytest
from sqlalchemy import select

from mobilize.actions.content import read_campaigns
from mobilize.actions.models import Campaign, CampaignText
from mobilize.runtime import Runtime
from tests.alerts.world import World
from tests.console.conftest import Desk

pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)

WORDS = {
    f"{part}_{language}": text
    for language, draft in read_campaigns()[0].texts.items()
    for part, text in asdict(draft).items()
}


def filled(desk: Desk, **fields: str) -> dict[str, str]:
    """A whole form under the one adopted demand; `fields` replaces parts of it."""
    page = desk.read("/console/campaigns/new")
    demand = re.search(r'<option value="([^"]+)">Permanent Status', page)
    assert demand is not None
    return {"slug": "spring-calls", "demand": demand[1], "goal": "500", **WORDS, **fields}


def test_a_campaign_is_written_read_and_published(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    assert "/console/campaigns/new" in desk.read("/console/campaigns")
    answer = desk.send(
        "/console/campaigns/new", **filled(desk, opens_on="2026-11-22", closes_on="2027-02-22")
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    address = answer.headers["Location"]
    for language in ("en", "fr"):
        form = desk.read(address).split(f'action="{address}/reviewed/{language}"')[1]
        seen = re.search(r'name="seen" value="([^"]*)"', form)
        assert seen is not None
        desk.follow(f"{address}/reviewed/{language}", seen=seen[1])
    assert "The campaign is published." in desk.follow(f"{address}/publish")

    with runtime.db.read() as session:
        made = session.scalars(select(Campaign).where(Campaign.slug == "spring-calls")).one()
    assert (made.goal, str(made.closes_on), made.created_by) == (
        500,
        "2027-02-22",
        desk.account_id,
    )
    refused = desk.send(f"{address}/edit", **filled(desk, goal="600"))
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"title_fr": " "}, "Write this part."),
        ({"call_script_en": "Hello {minister}"}, "may stand in braces"),
        ({"letter_subject_en": "x" * 201}, "At most 200 characters."),
        ({"slug": "Spring Calls"}, "cannot stand in an address"),
        ({"slug": "lasting-protection"}, "already"),
        ({"demand": "none"}, "No adopted demand is chosen."),
        ({"goal": "many"}, "A whole number above zero."),
        ({"closes_on": "soon"}, "A day such as 2027-02-22."),
        ({"opens_on": "2027-02-02", "closes_on": "2027-02-01"}, "close before it opens"),
    ],
)
def test_a_mistake_keeps_what_was_typed(
    at_desk: Callable[..., Desk],
    runtime: Runtime,
    world: World,
    fields: dict[str, str],
    told: str,
) -> None:
    desk = at_desk()
    typed = filled(desk, **{"thanks_en": "A word of thanks & more", **fields})
    answer = desk.send("/console/campaigns/new", **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code in {409, 422}
    assert told in page
    assert "A word of thanks &amp; more" in page
    with runtime.db.read() as session:
        assert len(session.scalars(select(Campaign)).all()) == 1


def test_a_draft_is_changed_and_read_again(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk(language="fr")
    english = at_desk("approver")
    answer = english.send("/console/campaigns/new", **filled(english))
    address = answer.headers["Location"]
    page = desk.read(f"{address}/edit")
    assert "Modifier la campagne" in page
    assert 'value="500"' in page

    changed = filled(english, slug="another", goal="", thanks_fr="Merci beaucoup.")
    assert "Merci beaucoup." in desk.follow(f"{address}/edit", **changed)
    with runtime.db.read() as session:
        made = session.scalars(select(Campaign).order_by(Campaign.id.desc())).first()
        assert made is not None
        text = session.get_one(CampaignText, (made.id, "fr"))
    assert (made.slug, made.goal, text.reviewed_at) == ("spring-calls", None, None)


def test_a_viewer_writes_no_campaign(at_desk: Callable[..., Desk], world: World) -> None:
    desk = at_desk("viewer")
    desk.read("/console/campaigns/new", status=403)
    assert desk.send("/console/campaigns/new", slug="x").status_code == 403
    assert "/console/campaigns/new" not in desk.read("/console/campaigns")

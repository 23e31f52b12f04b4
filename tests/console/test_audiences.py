"""Saved audiences in the console, and the builder with and without JavaScript."""

from collections.abc import Callable

from sqlalchemy import select

from mobilize.alerts.models import Alert, Audience
from mobilize.followups.models import PlanStep
from mobilize.messaging.models import Template
from mobilize.runtime import Runtime
from tests.alerts.world import World
from tests.console.conftest import ONE_DATABASE, Desk

pytestmark = ONE_DATABASE


def _saved(runtime: Runtime) -> Audience:
    with runtime.db.read() as session:
        return session.scalars(select(Audience)).one()


def test_an_audience_is_written_changed_archived_and_restored(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk, viewer = at_desk("organizer"), at_desk("viewer")
    assert "There is no saved audience yet" in desk.read("/console/audiences")
    listed = desk.follow("/console/audiences/new", name="Francophones", language="fr", do="save")
    assert "French-speaking people" in listed
    saved = _saved(runtime)
    address = f"/console/audiences/{saved.public_id}"
    assert f'hx-get="{address}/count"' in listed
    assert desk.read(f"{address}/count") == "2 people"
    assert f"{address}/count" not in viewer.read("/console/audiences")
    viewer.read(f"{address}/count", status=403)

    page = desk.follow(address, name="French", language="fr", province="QC", do="save")
    assert "French-speaking people in Quebec" in page
    assert _saved(runtime).rules == {"all": [{"language": ["fr"]}, {"province": ["QC"]}]}
    assert viewer.send(address, name="Mine", do="save").status_code == 403

    wrong = desk.send(address, name="", do="save")
    assert wrong.status_code == 422
    assert "The audience has no name." in wrong.get_data(as_text=True)

    assert "The audience is archived." in desk.follow(f"{address}/archive")
    assert "French" in desk.read("/console/audiences?archived=1")
    assert "offered again" in desk.follow(f"{address}/restore")


def test_a_rule_is_added_filled_in_and_taken_away_without_javascript(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk("organizer", language="fr")
    new = "/console/audiences/new"
    page = desk.send(new, name="P", **{"rule-new": "acted_around", "rule-add": "yes"})
    shown = page.get_data(as_text=True)
    assert 'name="rule1-before"' in shown
    assert "n’est pas complète" in shown
    refused = desk.send(new, name="P", do="save", **{"rule-count": "1", "rule1-kind": "tag"})
    assert refused.status_code == 422

    fields = {
        "rule-count": "2",
        "rule1-kind": "messaged_within",
        "rule1-value": "7",
        "rule1-not": "yes",
        "rule2-kind": "partner_person",
    }
    dropped = desk.send(new, name="P", **fields, **{"rule-drop": "2"}).get_data(as_text=True)
    assert "n’ont reçu ni alerte ni suivi au cours des 7 derniers jours" in dropped
    assert 'name="rule2-kind"' not in dropped
    assert "rejoindrait" in desk.send(new, name="P", do="reach").get_data(as_text=True)

    desk.follow(new, name="P", do="save", **fields)
    assert _saved(runtime).rules == {
        "all": [{"not": {"messaged_within": 7}}, {"partner_person": True}]
    }


def test_the_parts_of_the_builder_are_fetched_while_one_chooses(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk("organizer")
    step = {"prefix": "step1-", "step1-language": "fr"}
    counted = desk.send("/console/audiences/count", **step).get_data(as_text=True)
    assert 'id="step1-count"' in counted
    assert "French-speaking people" in counted
    assert "2 people" in counted
    reached = desk.send("/console/audiences/reach", **step).get_data(as_text=True)
    assert "reach 2 by email and 2 by text" in reached
    assert desk.send("/console/audiences/reach", written="{").get_data(as_text=True) == ""

    pressed = {**step, "step1-rule-new": "stance", "step1-rule-add": "yes"}
    built = desk.send("/console/audiences/builder", **pressed).get_data(as_text=True)
    assert 'name="step1-rule1-about"' in built
    assert 'value="permanent-status"' in built
    assert desk.send("/console/audiences/count", prefix="x<").status_code == 422


def test_alerts_and_plans_begin_from_a_saved_audience(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk("organizer")
    desk.follow("/console/audiences/new", name="Francophones", language="fr", do="save")
    ref = _saved(runtime).public_id
    alert = {"name": "Spring", "campaign": world.campaign.public_id, "saved": ref}
    begun = desk.send("/console/alerts/new", **alert, **{"saved-use": "yes"})
    shown = begun.get_data(as_text=True)
    assert "French-speaking people" in shown
    assert f'<option value="{ref}" selected>' in shown
    desk.follow("/console/alerts/new", **alert, language="fr", do="save")
    desk.follow("/console/alerts/new", **{**alert, "name": "Else"}, language="en", do="save")
    with runtime.db.read() as session:
        taken = dict(session.execute(select(Alert.name, Alert.audience_id)).all())
        template = session.get_one(Template, world.template_id).public_id
    assert taken["Spring"] is not None
    assert taken["Else"] is None

    plan = {
        "name": "After",
        "campaign": world.campaign.public_id,
        "anchor": "completion",
        "steps": "1",
        "step1-days": "3",
        "step1-at": "10:00",
        "step1-channel": "email",
        "step1-template": template,
        "step1-saved": ref,
    }
    begun = desk.send("/console/plans/new", **plan, **{"step1-saved-use": "yes"})
    assert "French-speaking people" in begun.get_data(as_text=True)
    desk.follow("/console/plans/new", **plan, **{"step1-language": "fr"}, do="save")
    with runtime.db.read() as session:
        assert session.scalars(select(PlanStep.audience_id)).one() == taken["Spring"]

    page = desk.read(f"/console/audiences/{ref}")
    assert "Spring" in page
    assert "After" in page
    assert "As they are here" in page
    changed = desk.follow(f"/console/audiences/{ref}", name="Francophones", do="save")
    assert "As they were before a change" in changed

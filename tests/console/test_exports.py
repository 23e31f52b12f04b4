"""Taking people out in the console: asked for, decided by another person, fetched as a file."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from mobilize.accounts.models import AccountSession
from mobilize.alerts.models import Audience
from mobilize.contacts import joining
from mobilize.core.clock import SystemClock
from mobilize.runtime import Runtime
from tests.alerts.world import World
from tests.console.conftest import ONE_DATABASE, Desk

pytestmark = ONE_DATABASE
NEW = "/console/exports/new"


def ask(desk: Desk, **fields: object) -> str:
    """Ask for an export; the address of its page."""
    answer = desk.send(NEW, **{"purpose": "postcards", "part": ["name", "email"], **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_an_organizer_fetches_a_small_export_once(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()
    page = ask(desk, language="fr")
    assert "Can be fetched" in desk.read(page)
    assert "French-speaking" in desk.read(page)

    answer = desk.send(f"{page}/file")

    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).splitlines()
    assert lines[0] == "email,given_name,family_name,do_not_contact"
    assert len(lines) > 1
    assert "already" in desk.follow(f"{page}/file")
    assert "postcards" in desk.read("/console/exports")


def test_a_large_export_needs_somebody_else(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    with runtime.db.transaction() as session:
        for number in range(500):
            joining.create(
                session,
                email=f"more{number}@example.org",
                actor="command",
                now=runtime.clock.now(),
            )
    asking, deciding = at_desk("approver"), at_desk("admin", language="fr")
    page = ask(asking)
    mine = asking.read(page)
    assert "Waits for a second person" in mine
    assert ">Approve<" not in mine

    seen = deciding.read(page)
    assert "cartes" not in seen
    assert ">Approuver<" in seen
    deciding.follow(f"{page}/approve")
    assert "Fetch the file" in asking.read(page)
    assert "Récupérer le fichier" not in deciding.read(page)


def test_what_was_typed_stays_where_the_form_was_not_taken(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()

    page = desk.send(NEW, purpose="", language="fr", form="xlsx").get_data(as_text=True)

    assert "No part of the records is chosen." in page
    assert 'value="xlsx" checked' in page


def test_a_saved_audience_can_be_chosen(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    with runtime.db.transaction() as session:
        saved = Audience(name="Québec", rules={"language": "fr"}, created_at=runtime.clock.now())
        session.add(saved)
    desk = at_desk(language="fr")
    assert "Québec" in desk.read(NEW)

    assert "francophones" in desk.read(ask(desk, saved=saved.public_id))


def test_without_a_fresh_sign_in_nothing_is_handed_over(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    page = ask(desk)
    with runtime.db.transaction() as session:
        session.execute(
            update(AccountSession).values(fresh_at=SystemClock().now() - timedelta(hours=1))
        )

    assert "/console/confirm" in desk.send(f"{page}/file").headers["Location"]
    assert "/console/confirm" in desk.client.get(page).headers["Location"]


def test_a_viewer_finds_no_export(at_desk: Callable[..., Desk], world: World) -> None:
    assert at_desk("viewer").read("/console/exports", status=403)

"""Partners in the console: found, written down, with the people who speak for them."""

from collections.abc import Callable

from sqlalchemy import select

from mobilize.contacts.consent_models import ConsentEvent
from mobilize.partners.models import Partner
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk

pytestmark = ONE_DATABASE
PARTNERS = "/console/partners"


def add(desk: Desk, **fields: object) -> str:
    """Add an organization; the address of its page."""
    answer = desk.send(f"{PARTNERS}/new", **{"membership": "ally", **fields})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def test_an_organization_is_written_down_changed_and_found(at_desk: Callable[..., Desk]) -> None:
    desk = at_desk(language="fr")
    page = add(
        desk, name_fr="Maison Exemple", kind="shelter", province="QC", riding=["24008"],
        office=["24009"],
    )  # fmt: skip
    shown = desk.read(page)
    assert "Maison d’hébergement ou de transition" in shown
    assert "(bureau)" in shown

    fields = {"name_fr": "Maison Exemple", "name_en": "Example House", "kind": "legal"}
    desk.follow(f"{page}/edit", membership="member", member_since="2019-05-01", **fields)
    shown = desk.read(page)
    assert "Clinique juridique" in shown
    assert "depuis le 1 mai 2019" in shown or "depuis le 1er mai 2019" in shown
    assert "(bureau)" not in shown

    assert "Maison Exemple" in desk.read(f"{PARTNERS}?kind=legal&search=maison&membership=member")
    assert "Maison Exemple" not in desk.read(f"{PARTNERS}?kind=shelter")


def test_what_was_typed_stays_where_the_form_was_not_taken(at_desk: Callable[..., Desk]) -> None:
    desk = at_desk()

    answer = desk.send(f"{PARTNERS}/new", name_en="Example", member_since="soon", kind="legal")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Example"' in page
    assert '<option value="legal" selected>' in page


def test_a_person_with_a_published_address_speaks_for_it(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk()
    page = add(desk, name_en="Example House")
    fields = {"email": "ana@example.org", "given_name": "Ana", "role": "director"}

    half = desk.send(f"{page}/people/new", where="https://house.example.org", **fields)
    assert half.status_code == 422
    assert 'value="https://house.example.org"' in half.get_data(as_text=True)
    proof = {
        "where": "https://house.example.org",
        "seen_on": "2026-11-20",
        "nothing_against": "yes",
    }
    shown = desk.follow(f"{page}/people/new", **fields, **proof)

    assert "a***@example.org" in shown or "ana@example.org" not in shown
    assert '<option value="director" selected>' in shown
    with runtime.db.read() as session:
        assert session.scalars(select(ConsentEvent.basis)).all() == ["published"]


def test_a_person_stops_speaking_for_it_and_an_organization_is_archived(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk()
    page = add(desk, name_en="Example House")
    shown = desk.follow(f"{page}/people/new", email="bo@example.org", role="contact")
    (action,) = {
        part.split('"')[0] for part in shown.split('action="') if "/people/" in part.split('"')[0]
    }
    assert "board" in desk.follow(action, role="board", title="Chair")
    assert "Nobody is written down." in desk.follow(action, do="remove")

    assert "archived" in desk.follow(f"{page}/state")
    assert "Example House" not in desk.read(PARTNERS)
    assert "Example House" in desk.read(f"{PARTNERS}?state=archived")
    with runtime.db.read() as session:
        assert session.scalars(select(Partner.state)).all() == ["archived"]


def test_a_viewer_sees_the_organization_and_nobody_of_it(at_desk: Callable[..., Desk]) -> None:
    page = add(at_desk(), name_en="Example House")
    viewer = at_desk("viewer")

    shown = viewer.read(page)

    assert "Example House" in shown
    assert "Who speaks for it" not in shown
    viewer.read(f"{page}/edit", status=403)
    viewer.read(f"{PARTNERS}/new", status=403)

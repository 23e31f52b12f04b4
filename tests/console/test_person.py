"""A person's page: nothing goes to them any more at the press of a button."""

from collections.abc import Callable
from datetime import datetime

from mobilize.contacts import joining
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk

pytestmark = ONE_DATABASE


def test_an_organizer_says_do_not_contact_and_lifts_it(
    at_desk: Callable[..., Desk], runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        ana = joining.create(session, email="ana@example.org", actor="supporter", now=now)
    desk, page = at_desk(language="fr"), f"/console/people/{ana.public_id}"
    assert "Ne pas joindre :" not in desk.read(page).replace("\u00a0", " ")
    told = desk.follow(f"{page}/do-not-contact", wanted="yes")
    assert "Plus rien n’est envoyé à cette personne." in told
    assert "Permettre à nouveau de la joindre" in told
    assert "Permettre" not in desk.follow(f"{page}/do-not-contact", wanted="no")

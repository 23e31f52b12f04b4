"""A person's page: nothing goes to them any more at the press of a button; and coming back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from mobilize.contacts import joining
from mobilize.contacts.service import suppress, withdraw
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk
from tests.messaging.people import add_contact

pytestmark = ONE_DATABASE
HOUR = timedelta(hours=1)


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


@pytest.mark.parametrize(
    ("language", "asks", "opened"),
    [
        ("en", "They ask in writing", "Open again, and noted"),
        ("fr", "demande par écrit", "C’est rouvert"),
    ],
)
def test_a_person_who_left_comes_back_at_their_written_request(
    at_desk: Callable[..., Desk],
    runtime: Runtime,
    now: datetime,
    language: str,
    asks: str,
    opened: str,
) -> None:
    with runtime.db.transaction() as session:
        ana = add_contact(session, 1, now=now - 2 * HOUR)
    desk, page = at_desk(language=language), f"/console/people/{ana.public_id}"
    assert asks not in desk.read(page)
    with runtime.db.transaction() as session:
        withdraw(
            session,
            contact_id=ana.id,
            channel="email",
            source="leave page",
            actor="supporter",
            now=now - HOUR,
        )
    assert asks in desk.read(page)
    form = desk.read(f"{page}/reopen")
    assert 'value="email"' in form
    assert 'value="sms"' not in form, "nobody left there"

    said = {"channel": "email", "how": "letter", "note": "Binder 4, page 12"}
    refused = desk.send(f"{page}/reopen", **said)
    assert refused.status_code == 422
    assert "Binder 4, page 12" in refused.text, "what was typed stays"
    told = desk.follow(f"{page}/reopen", **said, asked_on=now.date().isoformat())
    assert opened in told
    assert "Binder 4, page 12" in told, "the timeline shows the proof"
    assert asks not in told


def test_what_a_complaint_closed_is_offered_to_nobody(
    at_desk: Callable[..., Desk], runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        ana = add_contact(session, 1, now=now, consents=())
        assert ana.email_hash is not None
        suppress(session, channel="email", address_hash=ana.email_hash, reason="complaint", now=now)
    desk, page = at_desk(), f"/console/people/{ana.public_id}"
    assert "in writing" not in desk.read(page)
    assert "stays closed" in desk.read(f"{page}/reopen")
    answer = desk.send(
        f"{page}/reopen",
        channel="email",
        how="letter",
        note="Binder 4",
        asked_on=now.date().isoformat(),
    )
    assert answer.status_code == 409

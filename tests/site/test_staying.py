"""By a message's own link an implied consent becomes an express one, in exact words, once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.contacts.consent_models import Consent, ConsentEvent, ConsentWording
from mobilize.contacts.identity import email_hash
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from tests.site.conftest import Scene


@pytest.fixture
def address(scene: Scene, now: datetime) -> str:
    """The page of somebody whose consent to email ends in three weeks."""
    contact_id = scene.message.contact_id
    assert contact_id is not None
    with scene.runtime.db.transaction() as session:
        contact = session.get_one(Contact, contact_id)
        contact.email = "canary@example.org"
        contact.email_hash = email_hash(scene.runtime.keyring, contact.email)
        event = NewConsent(
            contact_id=contact_id,
            channel="email",
            action="granted",
            basis="implied_volunteer",
            basis_date=(now - timedelta(days=710)).date(),
            evidence="roster",
            source="import",
            actor="command",
            occurred_at=now - timedelta(days=1),
        )
        record(session, events=[event], now=now)
    return f"/fr/stay/{scene.runtime.links.seal('leave', scene.message.id)}"


def actions(scene: Scene) -> list[tuple[str, str | None]]:
    with scene.runtime.db.read() as session:
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id))
        return [(one.action, one.basis) for one in events]


def test_one_tap_makes_it_express_with_the_words_that_were_shown(
    scene: Scene, address: str
) -> None:
    page = scene.client.get(address)
    assert "des courriels sur ses campagnes" in page.text
    assert actions(scene) == [("granted", "implied_volunteer")], "looking changes nothing"

    for _again in range(2):
        assert "Merci de rester" in scene.client.post(address).text
    assert actions(scene) == [("granted", "implied_volunteer"), ("renewed", "express")]
    with scene.runtime.db.read() as session:
        [words] = session.scalars(select(ConsentWording))
        assert all(line in page.text for line in words.text.splitlines())
        assert session.scalars(select(Consent.expires_at)).all() == [None]


def test_who_left_is_not_brought_back_by_an_old_link(
    scene: Scene, address: str, now: datetime
) -> None:
    contact_id = scene.message.contact_id
    assert contact_id is not None
    with scene.runtime.db.transaction() as session:
        withdraw(
            session, contact_id=contact_id, channel="email", source="p", actor="supporter", now=now
        )
    assert "Vous avez quitté cette liste" in scene.client.get(address).text
    assert scene.client.post(address).status_code == 409
    assert actions(scene)[-1] == ("withdrawn", None)


def test_the_person_who_stands_for_a_merged_record_says_yes(
    scene: Scene, address: str, now: datetime
) -> None:
    with scene.runtime.db.transaction() as session:
        old = session.get_one(Contact, scene.message.contact_id)
        kept = Contact(language="fr", created_at=now, updated_at=now)
        session.add(kept)
        session.flush()
        kept.email_hash, old.email_hash = b"k" * 32, None
        old.state, old.merged_into_id = "merged", kept.id
    scene.client.post(address)
    with scene.runtime.db.read() as session:
        last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        assert last is not None
        assert (last.contact_id, last.basis) == (kept.id, "express")


@pytest.mark.parametrize("token", ["forged", "A" * 22])
def test_a_forged_link_tells_nothing(scene: Scene, token: str) -> None:
    assert scene.client.get(f"/en/stay/{token}").status_code == 404
    assert scene.client.post(f"/en/stay/{token}").status_code == 404

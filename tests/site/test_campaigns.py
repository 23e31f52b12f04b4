"""A campaign's pages: from the link to the thank-you, by both doors, in both languages."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from mobilize.actions.models import Campaign, MpContact
from mobilize.messaging.models import Message
from mobilize.mps.models import Mandate, Office
from tests.site.conftest import Scene

CANARIES = ("Canary", "Feathers")


def reports(scene: Scene) -> int:
    with scene.runtime.db.read() as session:
        return session.scalar(select(func.count()).select_from(MpContact)) or 0


def test_a_supporter_calls_and_reports_in_french(scene: Scene) -> None:
    first = scene.client.get(scene.personal)
    assert "Jennifer McKelvie" in first.text
    call = scene.link_to(first, "/call")
    words = scene.client.get(call)
    assert "J’habite dans Ajax" in words.text
    assert "Ce que verra le bureau de circonscription" in words.text
    answer = scene.client.post(
        call,
        data={
            "form_key": scene.form_key(words),
            "outcome": "spoke_staff",
            "heard": "supportive",
            "reply_promised": "yes",
        },
    )
    assert answer.status_code == 303
    assert "Merci" in scene.client.get(answer.location).text
    with scene.runtime.db.read() as session:
        kept = session.scalars(select(MpContact)).one()
    assert (kept.outcome, kept.heard, kept.language) == ("spoke_staff", "supportive", "fr")
    assert kept.contact_id == scene.message.contact_id


def test_a_form_sent_twice_is_one_report_and_the_same_thank_you(scene: Scene) -> None:
    call = scene.link_to(scene.client.get(scene.personal), "/call")
    form = {"form_key": scene.form_key(scene.client.get(call)), "outcome": "voicemail"}
    answers = [scene.client.post(call, data=form) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert reports(scene) == 1


def test_an_incomplete_report_keeps_what_was_typed(scene: Scene) -> None:
    call = scene.link_to(scene.client.get(scene.personal), "/call")
    key = scene.form_key(scene.client.get(call))
    answer = scene.client.post(
        call, data={"form_key": key, "note": "They <were> kind", "reply_promised": "yes"}
    )
    assert answer.status_code == 422
    assert "Choisissez ce qui s’est passé." in answer.text
    assert "They &lt;were&gt; kind" in answer.text
    assert 'name="reply_promised" value="yes" checked' in answer.text
    assert scene.form_key(answer) == key
    assert reports(scene) == 0


def test_a_personal_link_shows_nothing_of_the_person(scene: Scene) -> None:
    page = scene.client.get(scene.personal)
    for step in ("/call", "/write", "/visit"):
        address = scene.link_to(page, step)
        for text in (page.text, scene.client.get(address).text, address):
            assert not any(canary in text for canary in CANARIES)
        assert "Ajax" not in address
    assert "Ce n’est pas vous?" in page.text
    assert "/fr/c/lasting-protection" in page.text


def test_titles_say_nothing_of_the_topic(scene: Scene) -> None:
    page = scene.client.get(scene.personal)
    for address in (scene.personal, scene.link_to(page, "/write"), "/en/c/lasting-protection"):
        text = scene.client.get(address).text
        assert "<title>Information</title>" in text


def test_looking_changes_nothing(scene: Scene) -> None:
    page = scene.client.get(scene.personal)
    for step in ("/call", "/write", "/visit", "/where"):
        assert scene.client.get(scene.link_to(page, step)).status_code == 200
    with scene.runtime.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert reports(scene) == 0


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_open_page_takes_a_report_from_anybody(scene: Scene, language: str) -> None:
    start = f"/{language}/c/lasting-protection"
    placed = scene.client.post(f"{start}/where", data={"riding": "24001"})
    letter = scene.link_to(scene.client.get(placed.location), "/write")
    page = scene.client.get(letter)
    assert "mailto:" in page.text
    answer = scene.client.post(letter, data={"form_key": scene.form_key(page), "outcome": "sent"})
    assert answer.status_code == 303
    with scene.runtime.db.read() as session:
        kept = session.scalars(select(MpContact)).one()
        assert session.scalar(select(func.count()).select_from(Message)) == 1
    assert (kept.contact_id, kept.participation_id, kept.channel) == (None, None, "write")


def test_a_vacant_seat_can_still_be_acted_on(scene: Scene) -> None:
    today = scene.runtime.clock.now().date()
    with scene.runtime.db.transaction() as session:
        session.execute(
            update(Mandate).values(end_not_before=today, end_not_after=today, end_reason="resigned")
        )
    page = scene.client.get(scene.personal)
    assert "Ce siège est vacant" in page.text
    call = scene.link_to(page, "/call")
    words = scene.client.get(call)
    assert "votre bureau de circonscription" in words.text
    answer = scene.client.post(
        call, data={"form_key": scene.form_key(words), "outcome": "no_answer"}
    )
    assert answer.status_code == 303


def test_an_old_number_is_shown_with_its_day(scene: Scene) -> None:
    with scene.runtime.db.read() as session:
        riding_id = session.scalars(
            select(Mandate.riding_id).join(Office).where(Office.tel.is_not(None))
        ).first()
        token = scene.runtime.links.seal("place", riding_id or 0)
    page = scene.client.get(f"/en/c/lasting-protection/at/{token}/call")
    assert 'href="tel:+1' in page.text
    assert "On record since 2023-11-19" in page.text


@pytest.mark.parametrize("token", ["forged", "A" * 22, "é" * 22])
def test_a_link_that_leads_nowhere_leads_on(scene: Scene, token: str) -> None:
    answer = scene.client.get(f"/en/a/{token}")
    assert answer.status_code == 404
    assert 'href="/en/c/lasting-protection"' in answer.text


def test_a_token_for_another_purpose_opens_nothing(scene: Scene) -> None:
    leave = scene.runtime.links.seal("leave", scene.message.id)
    assert scene.client.get(f"/en/a/{leave}").status_code == 404
    assert scene.client.get(f"{scene.personal}/at/{leave}").status_code == 404
    assert scene.client.get(f"{scene.personal}/thanks/{leave}").status_code == 404


def test_an_expired_link_leads_on(scene: Scene) -> None:
    now = scene.runtime.clock.now()
    old = scene.runtime.links.seal("act", scene.message.id, expires_at=now - timedelta(days=1))
    assert scene.client.get(f"/en/a/{old}").status_code == 404


def test_a_campaign_that_is_over_says_so(scene: Scene) -> None:
    with scene.runtime.db.transaction() as session:
        session.execute(update(Campaign).values(state="closed"))
    answer = scene.client.get(scene.personal)
    assert answer.status_code == 404
    assert "Cette action est terminée" in answer.text


def test_a_draft_is_not_there(scene: Scene) -> None:
    with scene.runtime.db.transaction() as session:
        session.execute(update(Campaign).values(state="draft"))
    assert scene.client.get("/en/c/lasting-protection").status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_first_page_leads_to_what_is_open(scene: Scene, language: str) -> None:
    assert f"/{language}/c/lasting-protection" in scene.client.get(f"/{language}/").text

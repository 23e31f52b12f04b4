"""An alert's way through the console, from a blank page to its results."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mobilize.accounts.models import AccountSession
from mobilize.alerts.models import Alert, AlertStep
from mobilize.contacts.models import Contact
from mobilize.core.clock import SystemClock
from mobilize.messaging.models import Message, Template, TemplateText
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.alerts.world import World, make_alert
from tests.console.conftest import ONE_DATABASE, Desk

WORDS = {
    "by_email": "yes",
    "subject_en": "A call that counts",
    "subject_fr": "Un appel qui compte",
    "email_en": "Hello {{ given_name }}\n\n[Act now]({{ action_url }})",
    "email_fr": "Bonjour {{ given_name }}\n\n[Agir]({{ action_url }})",
}


def begin(desk: Desk, world: World, **fields: object) -> str:
    """Write the first step; the alert's address."""
    chosen = {"name": "Spring", "campaign": world.campaign.public_id, "do": "save", **fields}
    answer = desk.send("/console/alerts/new", **chosen)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"].removesuffix("/messages")


def write(desk: Desk, world: World) -> str:
    """Write an alert with its own words, both languages read."""
    address = begin(desk, world)
    desk.follow(f"{address}/messages", do="save", **WORDS)
    for language in ("en", "fr"):
        review(desk, address, language)
    return address


def review(desk: Desk, address: str, language: str) -> str:
    page = desk.read(f"{address}/preview")
    form = page.split(f'action="{address}/reviewed/{language}"')[1]
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    assert seen is not None
    return desk.follow(f"{address}/reviewed/{language}", seen=seen[1])


def content(page: str) -> str:
    found = re.search(r'name="content" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_from_a_blank_page_to_the_results(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    writer, second = at_desk("organizer"), at_desk("approver")
    address = write(writer, world)
    page = writer.read(address)
    assert "This stands in the way" not in page
    assert "Submit for approval" in page
    assert "a second person can approve it" in writer.follow(f"{address}/submit")

    shown = second.read(f"{address}/approve")
    assert "A call that counts" in shown
    told = second.follow(f"{address}/approve", content=content(shown))
    assert "The alert is approved" in told

    shown = writer.read(f"{address}/launch")
    told = writer.follow(f"{address}/launch", content=content(shown))
    assert "The alert is on its way." in told
    assert "Waiting to go" in told
    assert 'hx-trigger="every 3s"' in writer.read(f"{address}/progress")
    with runtime.db.read() as session:
        assert session.scalars(select(Message.state)).all() == ["queued"] * 4

    assert "The pause has no reason." in writer.follow(f"{address}/pause", reason="")
    assert "A wrong date" in writer.follow(f"{address}/pause", reason="A wrong date")
    assert "A wrong date" in writer.read("/console/")
    assert "The alert goes on." in writer.follow(f"{address}/resume")
    told = writer.follow(f"{address}/cancel")
    assert "taken back before it went" in told
    with runtime.db.read() as session:
        assert set(session.scalars(select(Message.state))) == {"cancelled"}


@ONE_DATABASE
def test_an_alert_with_texts_is_approved_and_launched(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World, now: datetime
) -> None:
    """Whoever may launch reads what the texts cost, and may cap it, wherever the check stands."""
    with runtime.db.transaction() as session:
        address = f"/console/alerts/{make_alert(session, world, now, channel='sms').public_id}"
    writer, second = at_desk("organizer"), at_desk("approver")
    writer.follow(f"{address}/submit")
    shown = second.read(f"{address}/approve")
    assert "What the text messages cost" in shown
    second.follow(f"{address}/approve", content=content(shown))
    shown = writer.read(f"{address}/launch")
    assert 'name="dollars"' in shown
    assert "is on its way" in writer.follow(f"{address}/launch", content=content(shown))


@ONE_DATABASE
def test_nobody_approves_their_own_words(at_desk: Callable[..., Desk], world: World) -> None:
    alone = at_desk("approver")
    address = write(alone, world)
    alone.follow(f"{address}/submit")
    shown = alone.read(f"{address}/approve")
    assert "somebody else has to approve it" in shown
    assert 'name="content"' not in shown


@ONE_DATABASE
def test_what_changed_after_the_look_is_not_approved(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    writer, second = at_desk("organizer"), at_desk("approver")
    address = write(writer, world)
    writer.follow(f"{address}/submit")
    seen = content(second.read(f"{address}/approve"))
    writer.follow(f"{address}/messages", do="save", **WORDS | {"subject_en": "Another one"})
    for language in ("en", "fr"):
        review(writer, address, language)
    writer.follow(f"{address}/submit")
    told = second.follow(f"{address}/approve", content=seen)
    assert "The alert changed since you opened the page." in told
    with runtime.db.read() as session:
        assert session.scalars(select(Alert.state)).one() == "in_review"


@ONE_DATABASE
def test_a_review_is_of_the_words_that_were_shown(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()
    address = begin(desk, world)
    desk.follow(f"{address}/messages", do="save", **WORDS)
    told = desk.follow(f"{address}/reviewed/en", seen="what-stood-there-before")
    assert "The words changed since you opened the page." in told


@ONE_DATABASE
def test_an_approval_asks_for_a_fresh_sign_in(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    writer, second = at_desk("organizer"), at_desk("approver")
    address = write(writer, world)
    writer.follow(f"{address}/submit")
    with runtime.db.transaction() as session:
        earlier = SystemClock().now() - timedelta(hours=1)
        session.execute(update(AccountSession).values(fresh_at=earlier))
    for answer in (
        second.client.get(f"{address}/approve"),
        second.send(f"{address}/approve", content="x"),
        writer.client.get(f"{address}/launch"),
    ):
        assert answer.headers["Location"].startswith("/console/confirm?next=/console/")


@ONE_DATABASE
def test_what_was_typed_stays_when_something_is_wrong(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()
    answer = desk.send("/console/alerts/new", do="save", name="Kept name", province="QC")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "No campaign is chosen." in page
    assert 'value="Kept name"' in page
    assert re.search(r'value="QC" checked', page)

    address = begin(desk, world)
    answer = desk.send(f"{address}/messages", do="save", **WORDS | {"email_fr": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "The message is not there in both languages." in page
    assert "Un appel qui compte" in page


@ONE_DATABASE
def test_the_audience_is_counted_without_keeping_anything(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    counted = desk.send("/console/audiences/count", language="fr").get_data(as_text=True)
    assert "French-speaking" in counted
    assert "2 people at this moment" in counted
    page = desk.send("/console/alerts/new", do="refresh", language="fr").get_data(as_text=True)
    assert "2 people at this moment" in page
    wrong = desk.send("/console/audiences/count", written="{").get_data(as_text=True)
    assert "The written rules are no JSON" in wrong
    with runtime.db.read() as session:
        assert session.scalars(select(Alert.id)).all() == []


@ONE_DATABASE
def test_the_audience_comes_back_as_it_was_chosen(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()
    address = begin(
        desk, world, language="fr", riding="35079", not_completed=world.campaign.public_id
    )
    page = desk.read(f"{address}/audience")
    assert re.search(r'value="fr" checked', page)
    assert re.search(r'value="35079" selected', page)
    written = '{"any": [{"all": [{"province": "QC"}, {"language": "en"}]}, {"tag": "youth"}]}'
    other = begin(desk, world, written=written)
    assert "&#34;any&#34;" in desk.read(f"{other}/audience")


@ONE_DATABASE
def test_a_costly_character_is_named_while_typing(
    at_desk: Callable[..., Desk], world: World
) -> None:
    desk = at_desk()
    address = begin(desk, world)
    cheap = desk.send(f"{address}/cost/en", sms_en="Call now").get_data(as_text=True)
    assert "1 segment, 8 characters" in cheap
    dear = desk.send(f"{address}/cost/fr", sms_fr="ARRÊT").get_data(as_text=True)
    assert "<kbd>Ê</kbd> (latin capital letter e with circumflex) at place 4" in dear
    assert "instead: <kbd>E</kbd>" in dear
    broken = desk.send(f"{address}/cost/fr", sms_fr="{{").get_data(as_text=True)
    assert "text-danger" in broken


@ONE_DATABASE
def test_one_press_writes_a_text_in_the_cheap_alphabet_and_keeps_nothing(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    address = begin(desk, world)
    words = {
        "by_sms": "yes",
        "sms_fr": "Même l’été {{ riding | default: 'l’île' }}",
        "sms_en": "“Now”",
    }
    page = desk.send(f"{address}/messages", cheap="sms_fr", **words).get_data(as_text=True)
    assert "Meme l&#39;été {{ riding | default: &#39;l’ile&#39; }}</textarea>" in page
    assert "“Now”</textarea>" in page
    assert 'name="cheap" value="sms_en"' in page
    with runtime.db.read() as session:
        assert session.scalars(select(AlertStep)).all() == []


@ONE_DATABASE
def test_shared_words_are_taken_as_they_are_and_never_changed(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    address = begin(desk, world)
    with runtime.db.read() as session:
        shared = session.get_one(Template, world.template_id)
        texts = session.scalars(
            select(TemplateText).where(TemplateText.template_id == shared.id)
        ).all()
    words = {f"{text.channel}_{text.language}": text.body for text in texts}
    words |= {f"subject_{text.language}": text.subject for text in texts if text.channel == "email"}
    page = desk.read(f"{address}/messages?template={shared.public_id}")
    assert "Save and look at the preview" in page
    given = {"do": "save", "by_email": "yes", "template": shared.public_id, **words}
    desk.follow(f"{address}/messages", **given)
    assert templates_of(runtime) == [shared.id]
    desk.follow(f"{address}/messages", **given | {"subject_en": "Our own subject"})
    (own,) = templates_of(runtime)
    assert own != shared.id
    with runtime.db.read() as session:
        versions = session.scalars(
            select(TemplateText.version).where(TemplateText.template_id == shared.id)
        )
        assert set(versions) == {1}


def templates_of(runtime: Runtime) -> list[int]:
    with runtime.db.read() as session:
        return list(session.scalars(select(AlertStep.template_id)))


@ONE_DATABASE
def test_the_mail_stands_in_a_frame_that_may_do_nothing(
    at_desk: Callable[..., Desk], world: World, now: datetime
) -> None:
    desk = at_desk()
    address = write(desk, world)
    page = desk.read(f"{address}/preview")
    assert f'<iframe class="mail" sandbox title="The mail as it is seen" src="{address}' in page
    mail = desk.client.get(f"{address}/preview/fr.html")
    assert "Bonjour Alex" in mail.get_data(as_text=True)
    policy = mail.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert mail.headers["X-Frame-Options"] == "SAMEORIGIN"


@ONE_DATABASE
@pytest.mark.parametrize("address", ["/console/alerts/none", "/console/alerts/none/messages"])
def test_what_is_not_there_is_said(at_desk: Callable[..., Desk], address: str) -> None:
    assert "There is no such alert." in at_desk().read(address, status=404)


@ONE_DATABASE
def test_what_texts_cost_is_told_before_the_launch_and_capped(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk("approver")
    address = begin(desk, world)
    words = {"by_sms": "yes", "sms_en": "Now. Reply STOP", "sms_fr": "Ici. ARRET"}
    desk.follow(f"{address}/messages", do="save", **words)
    page = desk.read(address)
    assert "What the text messages cost" in page
    assert "The price of a segment is not set" in page
    assert "There is no cap" in page
    told = desk.follow(f"{address}/text-cap", dollars="12,50 $")
    assert "The cap on text messages is kept." in told
    assert "They may cost $12.50 at most" in told
    assert "There is a cap of $12.50 on text messages and no price" in told
    wrong = desk.follow(f"{address}/text-cap", dollars="much")
    assert "The cap is no sum of Canadian dollars." in wrong
    assert 'value="12.50"' in wrong
    assert "There is no cap" in desk.follow(f"{address}/text-cap", dollars="")
    french = at_desk("approver", language="fr").read(address)
    assert "Ce que coûtent les textos" in french


@ONE_DATABASE
@pytest.mark.parametrize(
    "address",
    ["alerts/new", "audiences/new", "exports/new", "plans/new", "alerts/{alert}/messages"],
)
def test_enter_in_a_field_presses_no_button_that_changes_what_stands_there(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World, now: datetime, address: str
) -> None:
    """A browser presses a form's first button."""
    with runtime.db.transaction() as session:
        alert = make_alert(session, world, now).public_id
    page = at_desk("admin").send(
        f"/console/{address.format(alert=alert)}", sms_en="Un « mot » ŵ", do="refresh"
    )
    form = page.get_data(as_text=True).split("<main")[1].split('<form method="post"')[1]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert 'value="save"' in first[0]


@ONE_DATABASE
def test_an_organizer_sends_themself_a_test(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    address = write(desk, world)
    assert "Send me a test" in desk.read(f"{address}/preview")
    assert "A test is on its way to your own address" in desk.follow(f"{address}/test-send")
    with runtime.db.read() as session:
        assert session.scalars(select(Message.account_id)).all() == [desk.account_id] * 2

    viewer = at_desk("viewer")
    assert "Send me a test" not in viewer.read(f"{address}/preview")
    assert viewer.send(f"{address}/test-send").status_code == 403


def test_an_alert_is_shown_as_one_person_gets_it(
    at_desk: Callable[..., Desk], runtime: Runtime, world: World
) -> None:
    desk = at_desk()
    address = write(desk, world)
    with runtime.db.transaction() as session:
        french = session.scalars(select(Contact).where(Contact.language == "fr")).first()
        assert french is not None
        french.given_name = "Canari"
        french.do_not_contact = True
        french.riding_id = riding_ids(session, CURRENT_ORDER)["35079"]
        ref, email = french.public_id, french.email
    assert ref in desk.read(f"{address}/preview/person")

    page = desk.read(f"{address}/preview/person?person={ref}")
    assert "Un appel qui compte" in page
    assert "Would not go" in page
    assert "is not to be contacted at all" in page
    assert email is not None
    assert email not in page
    assert "Bonjour Canari" in desk.read(f"{address}/preview/person/{ref}.html")
    by_page = desk.read(f"{address}/preview/person?person=https://example.org/console/people/{ref}")
    assert "Un appel qui compte" in by_page
    assert "There is no such contact." in desk.read(f"{address}/preview/person?person=nobody")
    with runtime.db.read() as session:
        assert session.scalars(select(Message.id)).all() == []

    viewer = at_desk("viewer")
    viewer.read(f"{address}/preview/person?person={ref}", status=403)

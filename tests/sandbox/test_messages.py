"""Messages, spoken to by Twilio's own client."""

from datetime import date

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.support.sandbox import AUTH_TOKEN, Sandbox

US = "+16135550100"
THEM = "+16135550123"
SERVICE = "MG" + "a" * 32


def refused(client: Client, **message: str) -> int:
    """The code that a message is refused with."""
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**({"to": THEM, "from_": US, "body": "Hello"} | message))
    assert caught.value.status == 400
    return int(caught.value.code)


def test_a_text_is_queued_and_then_delivered(sandbox: Sandbox, twilio: Client) -> None:
    message = twilio.messages.create(to=THEM, from_=US, body="Hello")

    assert message.status == "queued"
    assert (message.num_segments, message.date_sent, message.error_code) == ("1", None, None)
    assert twilio.messages(message.sid).fetch().status == "delivered"


def test_a_service_accepts_first_and_picks_a_number(sandbox: Sandbox, twilio: Client) -> None:
    message = twilio.messages.create(to=THEM, messaging_service_sid=SERVICE, body="Hello")

    assert (message.status, message.from_, message.num_segments) == ("accepted", None, "0")
    later = twilio.messages(message.sid).fetch()
    assert (later.from_, later.num_segments) == ("+15005550006", "1")
    assert later.messaging_service_sid == SERVICE


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+15005550001", 21211),
        ("+15005550002", 21612),
        ("+15005550003", 21408),
        ("+15005550004", 21610),
        ("+15005550009", 21614),
        ("613-555-0123", 21211),
    ],
)
def test_numbers_refused_at_once(twilio: Client, to: str, code: int) -> None:
    assert refused(twilio, to=to) == code


@pytest.mark.parametrize(
    ("sender", "code"),
    [("+15005550001", 21212), ("+15005550007", 21606), ("+15005550008", 21611), ("me", 21212)],
)
def test_senders_refused_at_once(twilio: Client, sender: str, code: int) -> None:
    assert refused(twilio, from_=sender) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": ""}, 21604),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"status_callback": "not a url"}, 21609),
    ],
)
def test_what_is_missing_or_wrong_has_its_code(
    sandbox: Sandbox, twilio: Client, change: dict[str, str], code: int
) -> None:
    assert refused(twilio, **change) == code
    assert sandbox.messages("sms") == []


def test_an_error_has_twilios_shape(sandbox: Sandbox, twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages.create(to="+15005550009", from_=US, body="Hello")
    error = caught.value
    assert (error.status, error.code) == (400, 21614)
    assert "mobile" in error.msg


def test_a_wrong_token_is_unauthorized(sandbox: Sandbox, twilio: Client) -> None:
    twilio.auth = (twilio.username, f"{AUTH_TOKEN}-other")
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages.create(to=THEM, from_=US, body="Hello")
    assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("number", "state", "code"),
    [
        ("+15005550103", "undelivered", 30003),
        ("+16005550105", "undelivered", 30005),
        ("+16005550106", "undelivered", 30006),
        ("+16005550107", "undelivered", 30007),
        ("+16005550110", "sent", None),
        ("+16135550103", "delivered", None),
    ],
)
def test_magic_numbers(twilio: Client, number: str, state: str, code: int | None) -> None:
    message = twilio.messages.create(to=number, from_=US, body="Hello")
    later = twilio.messages(message.sid).fetch()
    assert (later.status, later.error_code) == (state, code)


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "optout"])
def test_who_answers_stop_is_not_reached_until_they_start_again(
    sandbox: Sandbox, twilio: Client, word: str
) -> None:
    sandbox.inbound_sms(THEM, US, word)
    assert refused(twilio) == 21610

    sandbox.inbound_sms(THEM, US, "Start")
    assert twilio.messages.create(to=THEM, from_=US, body="Hello").status == "queued"


@pytest.mark.parametrize("word", ["ARRET", "Arrêt", "stop please"])
def test_french_and_longer_answers_are_ours_to_understand(
    sandbox: Sandbox, twilio: Client, word: str
) -> None:
    sandbox.inbound_sms(THEM, US, word)
    assert twilio.messages.create(to=THEM, from_=US, body="Hello").status == "queued"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ê" * 70, 1),
        ("ê" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted(twilio: Client, body: str, count: int) -> None:
    message = twilio.messages.create(to=THEM, from_=US, body=body)
    assert message.num_segments == str(count)


def test_the_list_proves_a_text(sandbox: Sandbox, twilio: Client) -> None:
    sandbox.tell("/_control/clock", now="2026-12-10T23:30:00Z")
    first = twilio.messages.create(to=THEM, from_=US, body="One")
    sandbox.tell("/_control/clock", now="2026-12-11T00:30:00Z")
    second = twilio.messages.create(to=THEM, from_=US, body="Two")
    twilio.messages.create(to="+16135550199", from_=US, body="Three")

    assert [one.sid for one in twilio.messages.list(to=THEM)] == [second.sid, first.sid]
    assert [one.sid for one in twilio.messages.list(to=THEM, date_sent=date(2026, 12, 10))] == [
        first.sid
    ]
    after = twilio.messages.list(to=THEM, date_sent_after=date(2026, 12, 11))
    assert [one.sid for one in after] == [second.sid]


def test_the_list_goes_on_over_its_pages(twilio: Client) -> None:
    for number in range(5):
        twilio.messages.create(to=THEM, from_=US, body=str(number))
    found = twilio.messages.list(to=THEM, page_size=2)
    assert [one.body for one in found] == ["4", "3", "2", "1", "0"]


def test_an_unknown_text_is_not_found(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as caught:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_what_comes_meanwhile_moves_no_page(sandbox: Sandbox, twilio: Client) -> None:
    for number in range(5):
        twilio.messages.create(to="+16135550123", from_=US, body=f"Text {number}")
    page = twilio.messages.page(to="+16135550123", page_size=2)
    bodies = [text.body for text in page]
    twilio.messages.create(to="+16135550123", from_=US, body="Meanwhile")
    while page := page.next_page():
        bodies += [text.body for text in page]
    assert bodies == [f"Text {number}" for number in (4, 3, 2, 1, 0)]

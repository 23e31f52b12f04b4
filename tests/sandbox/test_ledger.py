"""The ledger counts what was accepted, and finds what was accepted twice."""

from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.sandbox.letters import letter, people
from tests.support.sandbox import Sandbox


def text(client: Client, *, to: str, send_id: str, body: str = "Hello") -> None:
    client.messages.create(
        to=to, from_="+16135550100", body=body,
        status_callback=f"http://127.0.0.1:9/status?m={send_id}",
    )  # fmt: skip


def test_totals_by_channel_and_state(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sendgrid.client.mail.send.post(
        request_body=letter("one@example.org", "bounce+511@example.org", "silent@example.org")
    )
    text(twilio, to="+16135550123", send_id="a")
    text(twilio, to="+16005550107", send_id="b", body="x" * 161)

    ledger = sandbox.ledger()
    assert ledger["email"]["by_state"] == {"delivered": 1, "bounced": 1, "accepted": 1}
    assert ledger["email"]["by_language"] == {"en": 3}
    assert ledger["sms"]["by_state"] == {"delivered": 1, "undelivered": 1}
    assert (ledger["email"]["accepted"], ledger["sms"]["accepted"]) == (3, 2)
    assert ledger["sms"]["segments"] == 3


def test_messages_are_found_by_our_own_id(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*people(3)))
    text(twilio, to="+16135550123", send_id="text-7")

    [mail] = sandbox.messages(custom_arg="send-1")
    assert (mail["to"], mail["delivered"]) == ("person-1@example.org", True)
    [sms] = sandbox.messages("sms", custom_arg="text-7")
    assert (sms["opaque_id"], sms["body"], sms["state"]) == ("text-7", "Hello", "delivered")
    assert sandbox.messages(to="PERSON-2@example.org")[0]["opaque_id"] == "send-2"


def test_messages_come_in_pages(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*people(5)))

    first = sandbox.ask("/_ledger/messages", limit=2)
    assert [item["seq"] for item in first["items"]] == [1, 2]
    last = sandbox.ask("/_ledger/messages", limit=4, after=first["after"])
    assert [item["seq"] for item in last["items"]] == [3, 4, 5]
    assert last["after"] is None


def test_pages_of_what_was_asked_for_leave_nothing_out(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    for _ in range(3):
        sendgrid.client.mail.send.post(request_body=letter(*people(2)))
    first = sandbox.ask("/_ledger/messages", limit=2, to="person-1@example.org")
    rest = sandbox.ask(
        "/_ledger/messages", limit=2, to="person-1@example.org", after=first["after"]
    )
    assert [item["seq"] for item in first["items"] + rest["items"]] == [2, 4, 6]


def test_nothing_is_twice_when_all_are_different(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sendgrid.client.mail.send.post(request_body=letter(*people(20)))
    text(twilio, to="+16135550123", send_id="a")
    duplicates = sandbox.summary()["duplicates"]
    assert {found["count"] for found in duplicates.values()} == {0}


def test_the_same_id_twice_is_a_duplicate(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sendgrid.client.mail.send.post(request_body=letter("one@example.org"))
    sendgrid.client.mail.send.post(request_body=letter("two@example.org"))
    for _ in range(3):
        text(twilio, to="+16135550123", send_id="a")

    found = sandbox.summary()["duplicates"]["by_opaque_id"]
    assert (found["count"], found["surplus"]) == (2, 3)
    assert {"key": ["sms", "a"], "count": 3} in found["first"]


def test_the_same_words_to_the_same_person_are_a_duplicate(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    for send_id, address in (("a", "one@example.org"), ("b", "One@example.org")):
        body = letter(address)
        body["personalizations"][0]["custom_args"] = {"send_id": send_id}
        sendgrid.client.mail.send.post(request_body=body)

    duplicates = sandbox.summary()["duplicates"]
    assert duplicates["by_opaque_id"]["count"] == 0
    assert duplicates["by_address_and_content"]["surplus"] == 1


def test_reset_forgets_everything(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    for _ in range(2):
        sendgrid.client.mail.send.post(request_body=letter("bounce+511@example.org"))
        text(twilio, to="+16135550123", send_id="a")
        sandbox.inbound_sms("+16135550123", "+16135550100", "STOP")
        sandbox.reset()

    assert sandbox.messages() == sandbox.messages("sms") == []
    assert (sandbox.state()["suppressed"], sandbox.state()["opted_out"]) == (0, [])


def test_no_id_is_given_twice_even_after_a_reset(sandbox: Sandbox, twilio: Client) -> None:
    text(twilio, to="+16135550123", send_id="a")
    before = {item["message_id"] for item in sandbox.messages("sms")}
    sandbox.reset()
    text(twilio, to="+16135550123", send_id="b")

    assert before.isdisjoint(item["message_id"] for item in sandbox.messages("sms"))

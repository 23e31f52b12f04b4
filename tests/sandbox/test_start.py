"""Starting, and starting again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sendgrid import SendGridAPIClient

from tests.sandbox.letters import letter
from tests.support.receiver import running_receiver
from tests.support.sandbox import API_KEY, CHECKOUT, Sandbox, running_sandbox


def start_and_fail(*arguments: str) -> str:
    """What the sandbox says as it refuses to start."""
    ended = subprocess.run(
        [sys.executable, "-m", "mobilize.sandbox", *arguments],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    return ended.stderr


def send(sandbox: Sandbox, *addresses: str) -> None:
    client = SendGridAPIClient(API_KEY, host=sandbox.url)
    client.client.mail.send.post(request_body=letter(*addresses))


def test_it_shares_no_code_with_what_it_judges() -> None:
    program = (
        "import sys, mobilize.sandbox.__main__\n"
        "print(*sorted(name for name in sys.modules if name.startswith('mobilize.')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "mobilize.sandbox.world" in loaded
    assert [name for name in loaded if not name.startswith("mobilize.sandbox")] == []


def test_a_port_in_use_is_said_plainly() -> None:
    with running_sandbox() as first:
        said = start_and_fail("--port", str(first.port))
    assert f"Port {first.port}" in said
    assert "--port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104 - refused
def test_it_listens_on_loopback_only(host: str) -> None:
    assert "not loopback" in start_and_fail("--host", host)


@pytest.mark.parametrize("option", ["--email-events-url", "--inbound-sms-url", "--app-url"])
def test_it_calls_loopback_only(option: str) -> None:
    assert "loopback" in start_and_fail(option, "https://example.org/")


def test_a_key_that_is_none_is_said_plainly(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("not a key")
    assert start_and_fail("--port", "0", "--sendgrid-webhook-key", str(key))


def test_a_page_elsewhere_cannot_reach_in_by_its_own_name() -> None:
    with running_sandbox() as sandbox:
        answer = sandbox.session.get(sandbox.url + "/", headers={"Host": "evil.example.org"})
        assert answer.status_code == 403


def test_the_ledger_outlives_the_process(tmp_path: Path) -> None:
    with running_sandbox(data=tmp_path) as first:
        first.tell("/_control/clock", now="2026-12-10T14:00:00Z")
        send(first, "one@example.org", "bounce+511@example.org")
        first.inbound_sms("+16135550123", "+16135550100", "STOP")
        kept = first.messages(), first.messages("sms"), first.public_key

    with running_sandbox(data=tmp_path) as again:
        assert (again.messages(), again.messages("sms"), again.public_key) == kept
        assert again.state()["opted_out"] == ["+16135550123"]
        send(again, "bounce+511@example.org")
        last = again.messages()[-1]
        assert last["state"] == "dropped"
        assert last["message_id"] != kept[0][0]["message_id"]


def test_events_owed_at_the_end_are_told_after_the_next_start(tmp_path: Path) -> None:
    with running_receiver() as receiver:
        url = f"{receiver.url}/events"
        with running_sandbox(data=tmp_path, email_events_url=url) as first:
            send(first, "told@example.org")
            first.flush()
            receiver.statuses.extend([503] * 100)
            send(first, "owed@example.org")
            first.process.kill()
            first.process.wait()
        receiver.statuses.clear()
        receiver.received.clear()
        with running_sandbox(data=tmp_path, email_events_url=url) as again:
            again.flush()

    told = [event["email"] for call in receiver.received for event in json.loads(call.body)]
    assert set(told) == {"owed@example.org"}


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    for address in ("one@example.org", "two@example.org"):
        with running_sandbox(data=tmp_path) as sandbox:
            send(sandbox, address)
        with (tmp_path / "journal.jsonl").open("a") as journal:
            journal.write('{"kind":"mail","at":"2026')
    with running_sandbox(data=tmp_path) as again:
        assert [mail["to"] for mail in again.messages()] == ["one@example.org", "two@example.org"]


def test_a_reset_empties_the_data_folder_too(tmp_path: Path) -> None:
    with running_sandbox(data=tmp_path) as first:
        send(first, "one@example.org")
        first.reset()
        send(first, "two@example.org")
    with running_sandbox(data=tmp_path) as again:
        assert [mail["to"] for mail in again.messages()] == ["two@example.org"]


def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for seed in (7, 7, 8):
        with running_sandbox(seed=seed) as sandbox:
            send(sandbox, "one@example.org")
            ids.append(sandbox.messages()[0]["message_id"])
    assert ids[0] == ids[1] != ids[2]

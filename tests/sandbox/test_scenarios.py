"""Scenarios: one file says what goes wrong in a whole run, and its mistakes are named."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from twilio.rest import Client

from tests.sandbox.letters import letter, people
from tests.support.sandbox import CHECKOUT, Sandbox, running_sandbox

SHIPPED = {"calm", "rush-hour", "storm", "liar", "revoked-key", "slow", "bad-list"}
WHOLE = """
about = "A bit of everything"
seed = 7
retries = "as-provider"

[[fault]]
provider = "sendgrid"
kind = "503"
after = 1
count = 1

[[webhook]]
provider = "both"
kind = "duplicate"

[[fate]]
channel = "email"
fate = "bounce+511"
to = "*@example.net"
"""


def statuses(sendgrid: SendGridAPIClient, requests: int) -> list[int]:
    found = []
    for _ in range(requests):
        try:
            found.append(
                sendgrid.client.mail.send.post(request_body=letter("a@example.org")).status_code
            )
        except HTTPError as error:
            found.append(error.status_code)
    return found


def starting(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mobilize.sandbox", "--port", "0", *arguments],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_every_shipped_scenario_can_be_played_and_says_what_it_is(sandbox: Sandbox) -> None:
    told = sandbox.ask("/_control/scenarios")
    assert set(told) == SHIPPED
    assert all(len(about) > 20 for about in told.values())
    for name in told:
        sandbox.play(name)
        assert sandbox.state()["scenario"] == {"name": name, "about": told[name]}


def test_a_scenario_takes_the_place_of_what_was_in_force(sandbox: Sandbox) -> None:
    sandbox.faults("sendgrid", "500")
    sandbox.play("bad-list")
    state = sandbox.state()
    assert (state["faults"], len(state["fates"])) == ([], 6)
    sandbox.session.delete(f"{sandbox.url}/_control/scenario")
    assert sandbox.state()["fates"] == []


def test_a_revoked_key(sandbox: Sandbox, sendgrid: SendGridAPIClient) -> None:
    sandbox.play("revoked-key")
    assert statuses(sendgrid, 6) == [202] * 3 + [401] * 3


def test_a_file_is_played_from_the_start(tmp_path: Path) -> None:
    file = tmp_path / "mixed.toml"
    file.write_text(WHOLE, "utf-8")
    with running_sandbox(scenario=file) as sandbox:
        state = sandbox.state()
        assert state["scenario"] == {"name": "mixed", "about": "A bit of everything"}
        assert state["retries"] == "as-provider"
        assert [fault["kind"] for fault in state["faults"]] == ["503"]
        assert [trick["kind"] for trick in state["tricks"]] == ["duplicate"]


def test_the_same_seed_strikes_the_same_requests(
    sandbox: Sandbox, sendgrid: SendGridAPIClient
) -> None:
    runs = []
    for seed in (7, 7, 8):
        fault = {"provider": "sendgrid", "kind": "503", "count": "ever", "chance": 0.5}
        sandbox.tell("/_control/scenario", seed=seed, fault=[fault])
        runs.append(statuses(sendgrid, 16))
    assert runs[0] == runs[1] != runs[2]


def test_the_same_people_meet_the_same_fate(
    sandbox: Sandbox, sendgrid: SendGridAPIClient, twilio: Client
) -> None:
    sandbox.tell(
        "/_control/scenario",
        fate=[
            {"channel": "email", "fate": "blocked", "chance": 0.3},
            {"channel": "sms", "fate": "30006", "to": "+1613555010?"},
        ],
    )
    for _ in range(2):
        sendgrid.client.mail.send.post(request_body=letter(*people(100)))
    for number in ("+16135550109", "+16135550119"):
        twilio.messages.create(to=number, from_="+16135550100", body="Hello")

    blocked = Counter(mail["to"] for mail in sandbox.messages() if mail["state"] == "blocked")
    assert 10 < len(blocked) < 60
    assert set(blocked.values()) == {2}
    assert sandbox.ledger()["sms"]["by_state"] == {"undelivered": 1, "delivered": 1}


@pytest.mark.parametrize(
    ("told", "sentences"),
    [
        ("[[fault]]\nprovider = 1\nkind = '503'", ["fault 1: provider must be text, and is 1"]),
        (
            "colour = 'red'\n[[fault]]\nkind = '503'\nchanse = 0.5",
            ["colour is not known", "fault 1: chanse is not known; did you mean chance?",
             "fault 1: provider is missing"],
        ),
        (
            "[[fault]]\nprovider='both'\nkind='503'\n[[fault]]\nprovider='both'\nkind='599'",
            ["fault 2: kind must be one of 400, 401"],
        ),
        (
            "[[fault]]\nprovider = 'both'\nkind = '503'\ncount = 'always'",
            ['fault 1: count must be a whole number or "ever", and is \'always\''],
        ),
        ("[[webhook]]\nprovider = 'twilio'\nkind = 'nameless'", ["webhook 1: nameless is for"]),
        ("[[fate]]\nchannel = 'email'\nfate = 'doom'", ["fate 1: the fate of a mail must be"]),
        ("[fault]\nkind = '503'", ["fault must be a list of tables, written [[fault]]"]),
        ("retries = 'never'", ["retries must be one of quick, as-provider"]),
        ("about = ", ["this is not TOML"]),
    ],
)  # fmt: skip
def test_every_mistake_in_a_file_is_named_with_its_place(
    tmp_path: Path, told: str, sentences: list[str]
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(told, "utf-8")
    ended = starting("--scenario", str(file))
    assert ended.returncode == 2
    for sentence in sentences:
        assert sentence in ended.stderr


def test_an_unknown_scenario_names_those_that_there_are() -> None:
    ended = starting("--scenario", "sunshine")
    assert ended.returncode == 2
    assert "rush-hour" in ended.stderr


@pytest.mark.parametrize("given", [{"name": "/etc/passwd"}, {"fault": 3}, {"fault": [{}]}])
def test_a_wrong_order_over_http_changes_nothing(sandbox: Sandbox, given: dict[str, Any]) -> None:
    sandbox.play("storm")
    answer = sandbox.session.post(f"{sandbox.url}/_control/scenario", json=given)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 20
    assert sandbox.state()["scenario"]["name"] == "storm"

"""Texts on their way to Twilio: by turns, through a proxy, and what is known when none answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

import pytest

from mobilize.messaging.providers.outcomes import Accepted, Batch, Letter, Outcome, Unknown
from mobilize.messaging.providers.turns import Turns
from mobilize.messaging.providers.twilio import TwilioProvider
from tests.support.receiver import Receiver, running_receiver

ELSEWHERE = "http://api.example.org"
MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"
TAKEN = b'{"sid": "SM1", "status": "queued"}'


def provider(url: str, *, deadline: float = 20.0) -> TwilioProvider:
    return TwilioProvider(
        account_sid="AC1",
        auth_token="token",
        url=url,
        status_url="https://act.example.org/hooks/twilio/status",
        timeout=10,
        deadline=deadline,
        parallel=4,
    )


def batch(people: int = 1) -> Batch:
    letters = [Letter(number, f"ref{number}", "+16135550123") for number in range(people)]
    return Batch(
        sender="+16135550100",
        sender_name="",
        subject="",
        html="",
        text="Appelez : ça presse & ça compte.",
        letters=letters,
    )


@pytest.fixture
def recorder() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        receiver.answer = TAKEN
        yield receiver


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy, and makes no exception from one."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@contextmanager
def hanging_up() -> Iterator[str]:
    """Somebody who reads what comes and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def sent_through(proxy: str, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    (outcome,) = provider(ELSEWHERE).send(batch()).values()
    return outcome


def test_a_text_is_a_form_with_our_key(recorder: Receiver) -> None:
    assert provider(recorder.url).send(batch(3)) == dict.fromkeys(range(3), Accepted("SM1"))

    seen = recorder.at(MESSAGES)
    assert [one.form["Body"] for one in seen] == ["Appelez : ça presse & ça compte."] * 3
    assert {one.form["StatusCallback"].partition("?m=")[2] for one in seen} == {
        "ref0", "ref1", "ref2",
    }  # fmt: skip
    for one in seen:
        headers = {name.lower(): value for name, value in one.headers.items()}
        assert headers["authorization"] == "Basic QUMxOnRva2Vu"
        assert headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_text_goes_through_the_proxy_that_the_environment_names(
    recorder: Receiver, no_proxies: pytest.MonkeyPatch
) -> None:
    assert sent_through(recorder.url, no_proxies) == Accepted("SM1")
    assert [one.path for one in recorder.received] == [ELSEWHERE + MESSAGES]


def test_what_breaks_behind_a_proxy_may_have_gone(no_proxies: pytest.MonkeyPatch) -> None:
    with hanging_up() as proxy:
        outcome = sent_through(proxy, no_proxies)

    assert isinstance(outcome, Unknown), "to send it again might be to send it twice"


def test_an_answer_that_does_not_come_ends_at_its_own_deadline_whatever_came_before() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        slow, quick = provider(url, deadline=600), provider(url, deadline=0.2)
        waiting = threading.Thread(
            target=slow.texts_to, args=["+16135550123"], kwargs={"sender": ""}
        )
        waiting.start()
        first, _ = silent.accept()

        (outcome,) = quick.send(batch()).values()

        assert outcome == Unknown("no_answer", "deadline")
        assert waiting.is_alive()
        first.close()
        waiting.join()


def test_a_batch_that_comes_later_does_not_wait_for_the_whole_of_another() -> None:
    turns, taken, ended = Turns(1, name="turns"), list[str](), Queue[str]()
    both_wait = threading.Event()

    def line_up(name: str, count: int) -> None:
        def turn() -> bool:
            both_wait.wait()
            taken.append(name)
            is_last = taken.count(name) == count
            if is_last:
                ended.put(name)
            return not is_last

        turns.line_up(turn)

    line_up("long", 20)
    line_up("short", 2)
    both_wait.set()

    assert [ended.get(), ended.get()] == ["short", "long"]
    assert taken == ["long", "short"] * 2 + ["long"] * 18

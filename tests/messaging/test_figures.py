"""What Prometheus reads: where sending stands, and what processes counted, naming nobody."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import requests
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from mobilize.core import leases
from mobilize.core.clock import VirtualClock
from mobilize.messaging.figures import EVENT_LAG, EVENTS, HANDED_OVER, gauges
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.providers.wire import CALL_SECONDS
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd, mailing_state
from tests.faults.workers import PATIENCE, environment_of, running_worker, wait_until
from tests.messaging.test_sending import launch
from tests.messaging.test_waking import thank
from tests.support.sandbox import CHECKOUT, Sandbox

TOKEN: Final = "figures"
BEARER: Final = {"Authorization": f"Bearer {TOKEN}"}
ONE_DATABASE: Final = pytest.mark.parametrize("db", ["sqlite"], indirect=True)

Figures = dict[tuple[str, ...], float]


def figures(text: str) -> Figures:
    """Every sample by its name and its labels' values, in the order of the labels' names."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def told(sending: Runtime, app: Flask) -> Iterator[Runtime]:
    """An installation that has a token for its figures."""
    secrets = replace(sending.settings.secrets, metrics_token=TOKEN)
    runtime = replace(sending, settings=replace(sending.settings, secrets=secrets))
    runtime.attach(app)
    yield runtime
    sending.attach(app)


def read(app: Flask) -> Figures:
    answer = app.test_client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    return figures(answer.get_data(as_text=True))


@ONE_DATABASE
def test_the_figures_are_for_whoever_has_the_token(told: Runtime, app: Flask) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 403
    assert client.get("/metrics", headers=BEARER).content_type.startswith("text/plain")


@ONE_DATABASE
def test_without_a_token_there_is_no_such_page(app: Flask, runtime: Runtime) -> None:
    assert app.test_client().get("/metrics", headers=BEARER).status_code == 404


def test_what_waits_and_what_went_is_read_from_the_tables(
    told: Runtime, app: Flask, transports: Transports, clock: VirtualClock
) -> None:
    with told.db.transaction() as session:
        ids = add_crowd(session, 20, now=told.clock.now())
    launch(told)
    thank(told, 99)
    clock.set(told.clock.now() + timedelta(seconds=90))

    waiting = read(app)
    assert waiting["mobilize_queue_messages", "bulk", "ready"] == 20
    assert waiting["mobilize_queue_messages", "first", "ready"] == 1
    assert waiting["mobilize_queue_oldest_seconds", "bulk"] == 90
    assert waiting["mobilize_messages", "email", "queued"] == 20
    assert waiting["mobilize_mailings", "email", "sending"] == 1
    assert waiting["mobilize_provider_paused", "sendgrid"] == 0

    with told.db.transaction() as session:
        person = session.get_one(Contact, ids[0])
        withdraw(
            session,
            contact_id=person.id,
            channel="email",
            source="link",
            actor="supporter",
            now=told.clock.now(),
        )
    drain(told, transports, worker="one")

    gone = read(app)
    assert gone["mobilize_queue_messages", "bulk", "ready"] == 0
    assert gone["mobilize_queue_oldest_seconds", "bulk"] == 0
    assert gone["mobilize_messages", "email", "accepted"] == 19
    assert gone["mobilize_messages_left_out", "email", "suppressed"] == 1
    assert ("mobilize_mailings", "email", "sending") not in gone
    assert gone["mobilize_messages_unknown",] == 0


def test_trouble_shows(told: Runtime, app: Flask, transports: Transports, sandbox: Sandbox) -> None:
    with told.db.transaction() as session:
        add_crowd(session, 2, now=told.clock.now())
    launch(told)
    sandbox.faults("sendgrid", "429", retry_after=300)
    drain(told, transports, worker="one")
    leases.hold(told.db, "leader", holder="one", seconds=60)

    found = read(app)

    assert found["mobilize_provider_paused", "sendgrid"] == 1
    assert found["mobilize_provider_paused", "twilio"] == 0
    assert 0 < found["mobilize_lease_seconds", "leader"] <= 60


@ONE_DATABASE
def test_no_figure_names_anybody(told: Runtime, app: Flask, transports: Transports) -> None:
    with told.db.transaction() as session:
        add_crowd(session, 4, now=told.clock.now())
    launch(told)
    drain(told, transports, worker="one")

    text = app.test_client().get("/metrics", headers=BEARER).get_data(as_text=True)

    assert "@" not in text
    assert "+1613" not in text
    labels = {
        name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name in sample.labels
    }
    known = {"channel", "kind", "lane", "le", "name", "outcome", "provider", "reason", "state"}
    assert labels <= known


@ONE_DATABASE
def test_a_worker_tells_what_it_sent_on_a_port_of_this_machine(
    sending: Runtime, sandbox: Sandbox, tmp_path: Path
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 30, now=sending.clock.now())
    port = free_port()
    log = tmp_path / "worker.log"
    with running_worker(sending, sandbox, log, METRICS_PORT=str(port)) as worker:
        mailing_id = launch(sending)
        wait_until(lambda: mailing_state(sending, mailing_id) == "done", "the end", worker)
        found = fetch(f"http://127.0.0.1:{port}/metrics")

    assert found["mobilize_messages_handed_over_total", "email", "accepted"] == 30
    assert found["mobilize_provider_call_seconds_count", "sendgrid"] == 2


@ONE_DATABASE
def test_several_web_processes_count_as_one(
    sending: Runtime, transports: Transports, sandbox: Sandbox, tmp_path: Path
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 12, now=sending.clock.now())
    with running_web(sending, sandbox, tmp_path / "web.log") as address:
        sandbox.webhooks(
            email_events_url=f"{sending.settings.site.public_url}/hooks/sendgrid",
            public_url=sending.settings.site.public_url,
            app_url=address,
        )
        launch(sending)
        drain(sending, transports, worker="one")
        assert sandbox.flush(seconds=60)["done"]
        looks = [fetch(f"{address}/metrics") for _ in range(6)]
        sandbox.webhooks(email_events_url="", app_url="", public_url="")

    name = "mobilize_webhook_events_total"
    assert [look[name, "delivered", "sendgrid"] for look in looks] == [12] * 6
    assert looks[0]["mobilize_webhook_lag_seconds_count", "sendgrid"] >= 1


@contextmanager
def running_web(runtime: Runtime, sandbox: Sandbox, log: Path) -> Iterator[str]:
    """`mobilize web` with two processes, that trusts the sandbox's signature."""
    port = free_port()
    environment = environment_of(
        runtime,
        SECRETS_METRICS_TOKEN=TOKEN,
        SENDGRID_WEBHOOK_PUBLIC_KEY=sandbox.public_key,
    )
    command = [sys.executable, "-m", "mobilize", "web", "--port", str(port), "--processes", "2"]
    with (
        log.open("ab") as file,
        subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=file, stderr=file
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(f"{address}/healthz"), "the first page", process)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def answers(address: str) -> bool:
    with direct() as session:
        try:
            return session.get(address, timeout=5).ok
        except requests.ConnectionError:
            return False


def fetch(address: str) -> Figures:
    with direct() as session:
        answer = session.get(address, headers=BEARER, timeout=30)
    assert answer.ok, answer.text
    return figures(answer.text)


@contextmanager
def direct() -> Iterator[requests.Session]:
    """A session that looks for no proxy in the environment."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@ONE_DATABASE
def test_every_figure_is_in_the_handbook(told: Runtime, app: Flask) -> None:
    page = (CHECKOUT / "docs" / "how-to" / "watch-with-prometheus.md").read_text("utf-8")
    named = set(re.findall(r"^\| `(mobilize_\w+)`", page, re.MULTILINE))
    with told.db.read() as session:
        now = told.clock.now()
        standing = {gauge.name for gauge in gauges(session, now=now, real_now=now)}
    counted = {f"{one.name}_total" for one in (EVENTS, HANDED_OVER)}

    assert named == standing | counted | {EVENT_LAG.name, CALL_SECONDS.name}

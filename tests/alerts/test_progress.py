"""How an alert goes while it goes: how many, how fast, until when, and what holds it up."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from mobilize.alerts import service
from mobilize.alerts.content import StepDraft
from mobilize.alerts.jobs import finish_done
from mobilize.alerts.progress import AlertProgress, progress_of
from mobilize.alerts.queries import alert_by_public_id
from mobilize.core.clock import VirtualClock
from mobilize.messaging.deciding import lift_pause
from mobilize.messaging.models import Mailing
from mobilize.messaging.progress import progress
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import Sender, drain
from mobilize.messaging.service import pause_mailing
from mobilize.runtime import Runtime
from tests.alerts.world import EVERYBODY, approve, launch, make_world
from tests.faults.crowd import add_crowd
from tests.faults.workers import environment_of
from tests.support.accounts import bearer, make_key
from tests.support.sandbox import CHECKOUT, Sandbox

PEOPLE: Final = 250
"""Half of them in each language, texted in chunks of a hundred: four chunks."""
ONE_DATABASE: Final = pytest.mark.parametrize("db", ["sqlite"], indirect=True)


@pytest.fixture
def ref(sending: Runtime) -> str:
    """The public id of an alert by text message that was launched a moment ago."""
    now = sending.clock.now()
    with sending.db.transaction() as session:
        world = make_world(session, now, people=0)
        add_crowd(session, PEOPLE, now=now)
        alert = service.create_alert(
            session,
            name="Lasting protection",
            campaign_id=world.campaign.id,
            rules=EVERYBODY,
            steps=[StepDraft("sms", world.template_id)],
            created_by=world.author,
            now=now,
        )
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        return alert.public_id


def look(runtime: Runtime, ref: str) -> AlertProgress:
    now = runtime.clock.now()
    with runtime.db.read() as session:
        return progress_of(session, alert_by_public_id(session, ref), now=now, real_now=now)


def test_how_fast_it_goes_and_when_it_ends(
    sending: Runtime, transports: Transports, clock: VirtualClock, ref: str
) -> None:
    begun = sending.clock.now()
    [step] = look(sending, ref).steps
    assert (step.handed_over, step.to_go, step.per_minute) == (0, PEOPLE, None)
    assert step.ends_at is None, "nothing went yet to tell it from"

    assert Sender(sending, transports, worker="one").send_next()
    clock.set(begun + timedelta(minutes=1))
    [step] = look(sending, ref).steps
    assert (step.handed_over, step.to_go) == (100, 150)
    assert step.per_minute == pytest.approx(100)
    assert step.ends_at == begun + timedelta(minutes=2.5)

    drain(sending, transports, worker="one")
    finish_done(sending)
    seen = look(sending, ref)
    [step] = seen.steps
    assert seen.is_over
    assert (step.state, step.handed_over, step.to_go) == ("done", PEOPLE, 0)
    assert step.per_minute == pytest.approx(PEOPLE), "over the minute that it took"
    assert step.ended_at == begun + timedelta(minutes=1)
    assert step.ends_at is None
    assert {(one.state, one.people) for one in seen.messages} == {("accepted", 125)}


@ONE_DATABASE
def test_why_nothing_goes_is_told(
    sending: Runtime, transports: Transports, sandbox: Sandbox, ref: str
) -> None:
    sandbox.faults("twilio", "429", retry_after=120)
    drain(sending, transports, worker="one")
    [hold] = look(sending, ref).steps[0].holds
    assert (hold.kind, hold.reason) == ("provider", "busy 429")
    assert hold.until is not None

    with sending.db.transaction() as session:
        lift_pause(session, provider="twilio")
        mailing_id = session.scalars(select(Mailing.id)).one()
        pause_mailing(session, mailing_id=mailing_id, reason="12 of 100 messages came back")
    [hold] = look(sending, ref).steps[0].holds
    assert (hold.kind, hold.reason) == ("mailing", "12 of 100 messages came back")


def test_who_waits_for_a_better_hour_is_told(
    sending: Runtime, transports: Transports, clock: VirtualClock, ref: str
) -> None:
    late = sending.clock.now().replace(hour=23) + timedelta(hours=4)
    clock.set(late)
    drain(sending, transports, worker="one")

    [step] = look(sending, ref).steps

    assert step.to_go == PEOPLE
    [hold] = step.holds
    assert (hold.kind, hold.people) == ("hours", PEOPLE)
    assert hold.until is not None
    assert hold.until > late


@ONE_DATABASE
def test_watching_reads_no_message_but_those_put_off(sending: Runtime, ref: str) -> None:
    statements: list[str] = []
    event.listen(
        sending.db.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_: statements.append(statement),
    )
    with sending.db.read() as session:
        alert = alert_by_public_id(session, ref)
        ids = session.scalars(select(Mailing.id)).all()
        progress(session, ids, now=sending.clock.now(), real_now=sending.clock.now())

    asked = [one for one in statements if "messages" in one]
    assert alert.public_id == ref
    assert len(asked) == 1
    assert "chunk_no IS NULL" in asked[0], "which has an index of its own"


@ONE_DATABASE
def test_the_api_shows_it(client: FlaskClient, sending: Runtime, ref: str) -> None:
    key = bearer(make_key(sending, role="viewer"))

    answer = client.get(f"/api/v1/alerts/{ref}/progress", headers=key).get_json()

    assert answer["state"] == "sending"
    assert answer["steps"][0]["to_go"] == PEOPLE
    assert answer["steps"][0]["holds"] == []
    assert sum(count["people"] for count in answer["messages"]) == PEOPLE


@ONE_DATABASE
def test_the_command_watches_until_it_is_over(sending: Runtime, ref: str) -> None:
    command = [sys.executable, "-m", "mobilize", "alerts", "watch", ref, "--every", "0.2", "--json"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env=environment_of(sending), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        now = sending.clock.now()
        with sending.db.transaction() as session:
            alert = alert_by_public_id(session, ref)
            service.cancel(session, alert_id=alert.id, cancelled_by=alert.created_by or 0, now=now)
        looks = [first, *map(json.loads, process.stdout)]

    assert process.returncode == 0
    assert [looks[0]["state"], looks[-1]["state"]] == ["sending", "cancelled"]
    assert looks[0]["steps"][0]["to_go"] == PEOPLE
    assert {(one["state"], one["reason"]) for one in looks[-1]["messages"]} == {
        ("cancelled", "cancelled")
    }


@ONE_DATABASE
def test_without_a_terminal_each_look_is_a_line(
    sending: Runtime, transports: Transports, ref: str
) -> None:
    drain(sending, transports, worker="one")
    finish_done(sending)

    command = [sys.executable, "-m", "mobilize", "alerts", "watch", ref]
    said = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment_of(sending),
        capture_output=True,
        text=True,
        check=True,
    )

    [line] = said.stdout.splitlines()
    assert f"done: sms {PEOPLE} handed over, 0 to go; text messages so far: " in line

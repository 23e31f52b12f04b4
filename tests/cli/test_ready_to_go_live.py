"""Nothing starts in live mode while anything stands in the way of a real message."""

from dataclasses import replace
from pathlib import Path

import pytest

from mobilize.cli.doctor import live_problems, require_ready
from mobilize.core.errors import SetupError
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import Settings
from tests.cli.conftest import Run
from tests.support.databases import make_sqlite_template
from tests.support.installation import make_environment, make_settings

ELSEWHERE = {
    "SENDGRID_URL": "https://api.sendgrid.com",
    "TWILIO_URL": "https://api.twilio.com",
    "TIME_CLOCK": "system",
}


def as_live(runtime: Runtime) -> Runtime:
    delivery = replace(runtime.settings.delivery, mode="live")
    return replace(runtime, settings=replace(runtime.settings, delivery=delivery))


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_every_obstacle_is_named_at_once(runtime: Runtime) -> None:
    with pytest.raises(SetupError) as refused:
        require_ready(as_live(runtime))

    problems = live_problems(runtime)
    assert refused.value.fields["problems"] == problems
    for what in (
        "webhook key", "sender", "public address", "cookies", "two persons", "demands", "care",
    ):  # fmt: skip
        assert any(problem.startswith(f"{what}: ") for problem in problems), what
        assert f"{what}: " in refused.value.message
    assert "go-live.md" in refused.value.hint


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["", "Stop Trafficking", "Statut permanent, maintenant"])
def test_a_senders_name_that_tells_goes_to_nobody_who_asked_for_discretion(
    runtime: Runtime, name: str
) -> None:
    what = "sendgrid.discreet_name_fr: "
    assert not any(problem.startswith(what) for problem in live_problems(runtime))
    sendgrid = replace(runtime.settings.sendgrid, discreet_name_fr=name)
    told = replace(runtime, settings=replace(runtime.settings, sendgrid=sendgrid))
    assert any(problem.startswith(what) for problem in live_problems(told))


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_the_sandbox_starts_with_all_of_them(runtime: Runtime) -> None:
    require_ready(runtime)


@pytest.mark.parametrize("command", ["web", "worker", "up"])
def test_a_command_that_would_send_refuses(run: Run, instance: Path, command: str) -> None:
    instance.mkdir()
    make_sqlite_template(instance / "mobilize.db")
    environ = make_environment(instance, DELIVERY_MODE="live", **ELSEWHERE)
    port = () if command == "worker" else ("--port", "0")

    said = run(command, *port, **environ)

    assert said.code == 1
    assert "may not go live yet" in said.err
    assert "doctor --live" in said.err


@pytest.mark.parametrize("mode", ["allowlist", "live"])
def test_real_people_and_a_virtual_clock_do_not_go_together(tmp_path: Path, mode: str) -> None:
    settings = make_settings(tmp_path, DELIVERY_MODE=mode, TIME_CLOCK="virtual")
    with pytest.raises(SetupError, match="virtual"):
        open_runtime(settings)


def test_the_sandbox_may_have_a_virtual_clock(tmp_path: Path) -> None:
    settings: Settings = make_settings(tmp_path, TIME_CLOCK="virtual")
    open_runtime(settings).db.close()

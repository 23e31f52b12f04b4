"""`mobilize demo`: a whole campaign on made-up people, start to finish, in under a minute."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import pyotp
from flask import Flask
from werkzeug.serving import make_server

from mobilize.app import create_app
from mobilize.cli.context import Call, json_option, with_call
from mobilize.cli.demo import people, report, sandbox
from mobilize.cli.demo.story import APPROVER, BEGIN, ORGANIZER, PASSWORD, Story, Told
from mobilize.cli.installing import load_all, make_instance
from mobilize.cli.serving import Processes, require_free, sandbox_command
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import SetupError
from mobilize.messaging.providers.transports import open_transports
from mobilize.migrate import upgrade
from mobilize.runtime import open_runtime
from mobilize.settings import Settings, load_settings

_MARK: Final = "this-is-a-demo"
_WEB_PORT: Final = 8000
_SANDBOX_PORT: Final = 8025


@click.command()
@click.option("--serve/--no-serve", default=True, help="Keep serving the pages afterwards.")
@click.option("--port", default=_WEB_PORT, show_default=True, help="Port of the pages.")
@click.option(
    "--sandbox-port", default=_SANDBOX_PORT, show_default=True, help="Port of the sandbox."
)
@json_option
@with_call
def demo(call: Call, serve: bool, port: int, sandbox_port: int, as_json: bool) -> None:
    """Play a whole campaign on made-up people, and report what happened.

    Thousands of made-up supporters get an alert in two languages, find their real MP and act;
    organizations sign on; a milestone's follow-ups go out. It runs on a virtual clock against a
    stand-in for the providers, so that days pass in seconds and nothing reaches anybody. Each run
    starts afresh in its own folder and ends in the same state.
    """
    folder = (call.instance or Path("instance")) / "demo"
    if serve:
        require_free("127.0.0.1", port)
        require_free("127.0.0.1", sandbox_port)
    else:
        port, sandbox_port = _free_port(), _free_port()
    say = (lambda _words: None) if as_json else call.say
    with call.out.status("Playing a campaign…") if not as_json else _quiet():
        settings = _prepare(folder, port, sandbox_port)
        told, result = _play(settings, say)
    if as_json:
        call.answer(result)
    else:
        report.show(result, call.out.print)
    if serve:
        _serve(call, settings, told, port)


def _prepare(folder: Path, port: int, sandbox_port: int) -> Settings:
    """A fresh installation in a folder that is only ever a demo's."""
    if folder.exists():
        if not (folder / _MARK).exists() and any(folder.iterdir()):
            raise SetupError(
                f"{folder} is there and was not made by a demo.",
                hint="Choose another folder with --instance.",
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).write_text("Every `mobilize demo` empties this folder first.\n", "utf-8")
    make_instance(folder)
    (folder / "mobilize.toml").write_text(
        "\n".join(
            (
                "[site]",
                f'public_url = "http://127.0.0.1:{port}"',
                'postal_address = "100 Example Street, Ottawa ON  K1A 0A6"',
                'contact_email = "office@example.org"',
                "[sendgrid]",
                f'url = "http://127.0.0.1:{sandbox_port}"',
                "[twilio]",
                f'url = "http://127.0.0.1:{sandbox_port}"',
                "[time]",
                'clock = "virtual"',
                "[security]",
                "secure_cookies = false",
                "# All the made-up visitors come from one address.",
                "forms_per_minute = 100000",
                "[logging]",
                'level = "WARNING"',
                "",
            )
        ),
        "utf-8",
    )
    # The demo is one installation of its own: what the environment says of another stays out.
    return load_settings(environ={"MOBILIZE_ENV": "development"}, instance=folder)


def _play(settings: Settings, say: Callable[[str], None]) -> tuple[Told, dict[str, object]]:
    runtime = open_runtime(settings)
    upgrade(runtime.db)
    assert isinstance(runtime.clock, VirtualClock)
    runtime.clock.set(BEGIN)
    loaded = load_all(runtime)
    say(f"{loaded.ridings} ridings with their MPs, and {loaded.strategy}")
    files = people.write_files(settings.instance / "files")
    port = int(settings.sendgrid.url.rsplit(":", 1)[1])
    with (
        sandbox.running(
            sandbox_command(settings, port), settings.instance / "sandbox.log"
        ) as client,
        _served(create_app(runtime), settings),
    ):
        client.set_clock(BEGIN)
        story = Story(
            runtime=runtime,
            transports=open_transports(settings),
            sandbox=client,
            served_at=settings.site.public_url,
            say=say,
        )
        told = story.play(files)
        result = report.make_report(runtime, told, client)
    runtime.db.close()
    return told, result


@contextmanager
def _served(app: Flask, settings: Settings) -> Iterator[None]:
    port = int(settings.site.public_url.rsplit(":", 1)[1])
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _quiet() -> Iterator[None]:
    yield


def _serve(call: Call, settings: Settings, told: Told, port: int) -> None:
    with Processes(settings) as processes:
        processes.start_sandbox()
        processes.start_web("127.0.0.1", port)
        processes.start_worker()
        call.say("\nOpen in a browser:")
        call.say(f"  an action page       {told.action_link}")
        call.say(f"  the mails and texts  {settings.sendgrid.url}/")
        call.say(f"  organizers sign in   {settings.site.public_url}/console/")
        for somebody, email in ((told.organizer, ORGANIZER), (told.approver, APPROVER)):
            assert somebody is not None
            code = pyotp.TOTP(somebody.totp_secret).now()
            call.say(f"    email {email}, password “{PASSWORD}”, code {code} now,")
            call.say(f"    later codes from an authenticator with {somebody.totp_secret}")
        call.say("Ctrl+C stops it.")
        processes.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

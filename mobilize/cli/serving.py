"""`mobilize up`, and its parts one by one: the pages, the worker, the sandbox."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urlsplit

import click
from gunicorn.app.base import BaseApplication
from typing_extensions import override

from mobilize.app import create_app
from mobilize.cli.context import Call, with_call
from mobilize.cli.doctor import require_ready
from mobilize.cli.installing import SIGNING_KEY
from mobilize.core.errors import SetupError
from mobilize.core.garbage import collect_seldom
from mobilize.core.logs import configure_logs
from mobilize.core.metrics import counted_together, serve
from mobilize.messaging.providers.transports import check_hosts
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import Settings, load_settings
from mobilize.waking import LANES, Lane, celery_app
from mobilize.worker import WORKERS, Worker

_PATIENCE: Final = 30.0
_CHILD: Final = "--end-with-parent"


_scenario_option = click.option(
    "--scenario",
    default="calm",
    show_default=True,
    metavar="NAME|FILE",
    help="What goes wrong in the sandbox, such as rush-hour or storm.",
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=None, type=int, help="Port.  [default: that of site.public_url]")
@click.option("--processes", default=2, show_default=True, help="Web processes.")
@with_call
def web(call: Call, host: str, port: int | None, processes: int) -> None:
    """Serve the pages, the organizers' console and the API."""
    with call.runtime() as runtime:
        chosen = port or public_port(runtime.settings)
        require_free(host, chosen)
        check_hosts(runtime.settings)
        require_ready(runtime)
    with counted_together():
        _Gunicorn(call.instance, f"{host}:{chosen}", processes).run()


@click.command()
@click.option("--senders", default=2, show_default=True, help="Threads that send; 0 only leads.")
@with_call
def worker(call: Call, senders: int) -> None:
    """Send what is in the outbox, and do what is due."""
    with call.runtime() as runtime:
        _logs(runtime.settings)
        require_ready(runtime)
        tell_figures(runtime.settings)
        Worker(runtime, senders=senders).run()


@click.command()
@click.option("--concurrency", default=2, show_default=True, help="Processes that send.")
@click.option(
    "--lane",
    type=click.Choice(LANES),
    default=None,
    help="Keep to one queue: `first` has thank-yous, confirmations and codes.  [default: both]",
)
@with_call
def celery(call: Call, concurrency: int, lane: Lane | None) -> None:
    """Send as one of several machines, woken by a broker; `worker --senders 0` leads them."""
    settings = call.settings()
    celery_app(settings)
    from mobilize import celery_worker  # noqa: PLC0415 - an extra that one machine does without

    with call.runtime() as runtime:
        require_ready(runtime)
    _logs(settings)
    with counted_together():
        tell_figures(settings)
        celery_worker.run(settings, concurrency=concurrency, lanes=(lane,) if lane else LANES)


@click.command()
@click.option("--port", default=None, type=int, help="Port.  [default: that of sendgrid.url]")
@_scenario_option
@with_call
def sandbox(call: Call, port: int | None, scenario: str) -> None:
    """Stand in for SendGrid and Twilio on this machine; nothing reaches anybody."""
    settings = call.settings()
    chosen = port or urlsplit(settings.sendgrid.url).port or 8025
    require_free("127.0.0.1", chosen)
    command = sandbox_command(settings, chosen, scenario)
    command.remove(_CHILD)
    os.execv(command[0], command)  # noqa: S606 - our own interpreter, no shell


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=None, type=int, help="Port.  [default: that of site.public_url]")
@click.option(
    "--workers",
    default=min(WORKERS, os.cpu_count() or 1),
    show_default=f"{WORKERS}, or 1 on a single core",
    type=click.IntRange(1),
    help="Worker processes; each sends with a core of its own.",
)
@_scenario_option
@with_call
def up(call: Call, host: str, port: int | None, workers: int, scenario: str) -> None:
    """Run everything on this machine until Ctrl+C: pages, workers, the sandbox if it is used."""
    with call.runtime() as runtime:
        settings = runtime.settings
        check_hosts(settings)
        require_ready(runtime)
    chosen = port or public_port(settings)
    with Processes(settings) as processes:
        if settings.delivery.mode == "sandbox":
            processes.start_sandbox(scenario)
        processes.start_web(host, chosen)
        for number in range(1, workers + 1):
            processes.start_worker(number)
        # Words that cannot be written end nothing.
        with suppress(OSError):
            _tell_where(call, settings)
        processes.wait()


def _tell_where(call: Call, settings: Settings) -> None:
    call.say(f"Mobilize runs at [bold]{settings.site.public_url}/en/[/bold]")
    call.say(f"Organizers sign in at {settings.site.public_url}/console/")
    if settings.delivery.mode == "sandbox":
        call.say(f"What would have been sent: {settings.sendgrid.url}/")
    call.say("Ctrl+C stops it.")


@dataclass
class _Child:
    name: str
    process: "subprocess.Popen[bytes]"


class Processes:
    """The processes of an installation on this machine, ended together.

    Args:
        settings: The installation's settings; the children read the same.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ask every child to stop, the last one first, and wait for them."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        for child in self._children:
            try:
                child.process.wait(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                child.process.kill()

    def start_sandbox(self, scenario: str = "calm") -> None:
        """Start the stand-in for the providers, and wait until it answers."""
        port = urlsplit(self.settings.sendgrid.url).port or 8025
        require_free("127.0.0.1", port)
        self._start("sandbox", sandbox_command(self.settings, port, scenario), "127.0.0.1", port)

    def start_web(self, host: str, port: int) -> None:
        """Start the pages, and wait until they answer."""
        require_free(host, port)
        self._start("web", self._own("web", "--host", host, "--port", str(port)), host, port)

    def start_worker(self, number: int = 1) -> None:
        """Start a worker; each has a log of its own."""
        log = "worker" if number == 1 else f"worker-{number}"
        self._start("worker", self._own("worker"), log=log)

    def wait(self) -> None:
        """Wait until a child ends by itself, or somebody stops this with Ctrl+C or SIGTERM."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            while True:
                for child in self._children:
                    if child.process.poll() is not None:
                        raise SetupError(
                            f"The {child.name} stopped by itself.",
                            hint=f"Run `mobilize {child.name}` alone to see why.",
                        )
                time.sleep(0.5)
        except KeyboardInterrupt:
            return

    def _own(self, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "mobilize",
            "--instance",
            str(self.settings.instance),
            *arguments,
        ]

    def _start(
        self,
        name: str,
        command: Sequence[str],
        host: str | None = None,
        port: int | None = None,
        *,
        log: str = "",
    ) -> None:
        with _log(self.settings.instance / f"{log or name}.log") as out:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )
        self._children.append(_Child(name, process))
        if host is not None and port is not None:
            _wait_for(name, process, host, port, self.settings.instance)


def _log(path: Path) -> BinaryIO:
    """A child's log; where its disk takes none, the child does without."""
    try:
        return path.open("ab")
    except OSError:
        return Path(os.devnull).open("ab")


def tell_figures(settings: Settings) -> None:
    """Answer Prometheus on the port that is set for processes that send.

    Raises:
        SetupError: The port is in use.
    """
    where = settings.metrics
    if where.port:
        require_free(where.host, where.port)
        serve(host=where.host, port=where.port)


def _logs(settings: Settings) -> None:
    configure_logs(level=settings.logging.level, form=settings.logging.format)


def sandbox_command(settings: Settings, port: int, scenario: str = "calm") -> list[str]:
    """How the sandbox is started for an installation: with its keys, calling its webhooks."""
    public = settings.site.public_url.rstrip("/")
    return [
        sys.executable, "-m", "mobilize.sandbox",
        "--port", str(port),
        "--scenario", scenario,
        "--data", str(settings.instance / "sandbox"),
        "--sendgrid-api-key", settings.secrets.sendgrid_api_key,
        "--twilio-account-sid", settings.twilio.account_sid,
        "--twilio-auth-token", settings.secrets.twilio_auth_token,
        "--sendgrid-webhook-key", str(settings.instance / SIGNING_KEY),
        "--email-events-url", f"{public}/hooks/sendgrid",
        "--inbound-sms-url", f"{public}/hooks/twilio/inbound",
        "--public-url", public,
        "--app-url", f"http://127.0.0.1:{public_port(settings)}",
    ]  # fmt: skip


def public_port(settings: Settings) -> int:
    """The port that the public address names, or 8000."""
    return urlsplit(settings.site.public_url).port or 8000


def require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on.

    Raises:
        SetupError: The port is in use, or may not be used.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"Port {port} on {host} cannot be used: {error.strerror}.",
                hint="Stop what uses it, or choose another port: --port for `web` and `up`, "
                "MOBILIZE_SITE_PUBLIC_URL and MOBILIZE_SENDGRID_URL for good.",
            ) from None


def _wait_for(
    name: str, process: "subprocess.Popen[bytes]", host: str, port: int, instance: Path
) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex((host, port)) == 0:
                return
        time.sleep(0.05)
    raise SetupError(
        f"The {name} did not start.", hint=f"Its last words are in {instance / f'{name}.log'}."
    )


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn with our app; each process opens the installation for itself."""

    def __init__(self, instance: Path | None, bind: str, processes: int) -> None:
        self._instance = instance
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": processes,
            "threads": 4,
            "worker_class": "gthread",
            "accesslog": None,
            "control_socket_disable": True,
        }
        super().__init__()

    @override
    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    @override
    def load(self) -> Any:
        settings = load_settings(instance=self._instance)
        _logs(settings)
        runtime: Runtime = open_runtime(settings)
        app = create_app(runtime)
        collect_seldom()
        return app

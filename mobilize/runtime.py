"""The parts that every edge of the program needs, put together once."""

from dataclasses import dataclass, field
from threading import Event
from typing import cast

import structlog
from flask import Flask, current_app  # noqa: TID251 - the one place

from mobilize.core.clock import Clock, SystemClock, VirtualClock
from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.core.journal import Journal
from mobilize.core.keys import Keyring
from mobilize.core.secrets_file import Watch
from mobilize.core.tokens import Links
from mobilize.settings import SECRETS_FILE, Settings, load_settings
from mobilize.waking import nudger

log = structlog.stdlib.get_logger(__name__)

_EXTENSION = "mobilize"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """One running installation: its settings, database, clock and keys.

    Attributes:
        machine: The machine's clock, for leases and for waits that are about machines.
        journal: The noes that are kept beside the database; None only in a trial run of a part.
        stopping: Set once the process is asked to end: long work ends where it can go on later.
    """

    settings: Settings
    db: Database
    clock: Clock
    keyring: Keyring
    links: Links
    machine: Clock = field(default_factory=SystemClock)
    journal: Journal | None = None
    stopping: Event = field(default_factory=Event)

    def attach(self, app: Flask) -> None:
        """Let the routes of an app find these parts."""
        app.extensions[_EXTENSION] = self


def open_runtime(settings: Settings) -> Runtime:
    """Open what the settings name; nothing is created or sent.

    Raises:
        SetupError: Real people can be reached while the clock is a virtual one, by which consents
            expire and quiet hours end when somebody moves it.
    """
    if settings.time.clock == "virtual" and settings.delivery.mode != "sandbox":
        raise SetupError(
            f"The clock is virtual, and delivery is in {settings.delivery.mode} mode.",
            hint="Set time.clock to `system`; a virtual clock is for the sandbox.",
        )
    keyring = settings.keyring()
    keyring.follow(_watch(settings))
    db = Database(settings.database_url, keyring=keyring, pool_size=settings.database.pool_size)
    listener = nudger(settings)
    if listener is not None:
        db.after_commit(listener)
    journal = Journal(settings.opt_outs_folder)
    db.before_commit(journal.keep_noted)
    clock: Clock = VirtualClock(db) if settings.time.clock == "virtual" else SystemClock()
    return Runtime(
        settings=settings,
        db=db,
        clock=clock,
        keyring=keyring,
        links=Links(keyring),
        journal=journal,
    )


def _watch(settings: Settings) -> Watch[Keyring | None]:
    """The keys as the secrets file has them after a change.

    A file that does not hold together is passed over, and said; what runs goes on with the keys it
    has.
    """

    def load() -> Keyring | None:
        try:
            return load_settings(instance=settings.instance).keyring()
        except SetupError as error:
            log.warning("keys.not_taken_over", reason=error.message)
            return None

    return Watch(settings.instance / SECRETS_FILE, load)


def runtime() -> Runtime:
    """The parts of the app that answers the present request."""
    return cast("Runtime", current_app.extensions[_EXTENSION])

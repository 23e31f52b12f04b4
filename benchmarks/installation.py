"""An installation to measure: real settings and keys, its database wherever a run wants it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from mobilize.cli.installing import make_instance
from mobilize.migrate import upgrade
from mobilize.mps.service import load_ridings, load_roster
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import Settings, load_settings

_SITE: Final = """
[site]
public_url = "https://act.example.org"
postal_address = "100 Example Street, Ottawa ON  K1A 0A6"
contact_email = "office@example.org"
"""


def make_settings(folder: Path) -> Settings:
    """The settings of a fresh installation in a folder; the environment's own stay out."""
    make_instance(folder)
    (folder / "mobilize.toml").write_text(_SITE, "utf-8")
    return settings_of(folder)


def settings_of(folder: Path) -> Settings:
    """The settings of the installation in a folder."""
    return load_settings(environ={"MOBILIZE_ENV": "development"}, instance=folder)


@contextmanager
def opened(settings: Settings, url: str) -> Iterator[Runtime]:
    """The installation on the database at a URL."""
    runtime = open_runtime(replace(settings, database=replace(settings.database, url=url)))
    try:
        yield runtime
    finally:
        runtime.db.close()


def install(runtime: Runtime) -> None:
    """Tables, ridings and their MPs: what every run starts from."""
    now = runtime.clock.now()
    upgrade(runtime.db)
    with runtime.db.transaction() as session:
        load_ridings(session, now=now)
        load_roster(session, now=now)

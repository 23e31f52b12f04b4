"""`mobilize contacts export`: people into a file, for whoever holds the installation's keys."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import click

from mobilize.alerts import exports
from mobilize.cli.context import COMMAND_ACTOR, Call, with_call
from mobilize.core.errors import InvalidInput, SetupError

_LIMITS: Final = exports.Limits(alone_up_to=None, kept_for=timedelta(days=1))
_EVERYBODY: Final[dict[str, Any]] = {"all": []}


@click.command("export")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--audience", help="A saved audience, by its name or id.")
@click.option("--rules", help="Or rules in JSON; without either, everybody.")
@click.option("--columns", default="", help="Names between commas; without them, all.")
@click.option("--format", "form", type=click.Choice(exports.FORMS), help="By FILE's ending.")
@click.option("--purpose", prompt="What is it for", help="The audit log keeps it.")
@with_call
def export(
    call: Call,
    path: Path,
    audience: str | None,
    rules: str | None,
    columns: str,
    form: str | None,
    purpose: str,
) -> None:
    """Take people out into FILE, `-` being the standard output.

    Addresses stand in it as they are: keep it as safe as the keys, and delete it when it has
    served. docs/how-to/export.md describes the columns.
    """
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    form = form or ("xlsx" if path.suffix.lower() == ".xlsx" else "csv")
    with call.runtime() as runtime:
        now = runtime.clock.now()
        with runtime.db.transaction() as session:
            meant = _EVERYBODY if rules is None else _read(rules)
            if audience is not None:
                meant = exports.rules_of_audience(session, audience)
            asked = exports.ask(
                session,
                rules=meant,
                columns=wanted,
                form=form,
                purpose=purpose,
                asked_by=COMMAND_ACTOR,
                actor=COMMAND_ACTOR,
                limits=_LIMITS,
                now=now,
            )
            taken = exports.take(
                session,
                export=asked,
                by=COMMAND_ACTOR,
                actor=COMMAND_ACTOR,
                limits=_LIMITS,
                now=now,
            )
        _write(path, taken.pieces(runtime.db))
    if str(path) != "-":
        call.say(f"{len(taken.ids)} people are in {path}. Delete it when it has served.")


def _read(rules: str) -> dict[str, Any]:
    try:
        found = json.loads(rules)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"The rules are no JSON: {error.msg}.") from None
    if not isinstance(found, dict):
        raise InvalidInput("Rules are a JSON object.", hint='Such as {"language": "fr"}.')
    return found


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    if str(path) == "-":
        _pour(sys.stdout.buffer, pieces)
        return
    try:
        # Readable by its owner alone from the first byte on; an older file is never written over.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SetupError(
            f"{path} cannot be written: {error.strerror}.", hint="Name another file."
        ) from None
    with os.fdopen(handle, "wb") as file:
        _pour(file, pieces)


def _pour(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    file.writelines(pieces)
    file.flush()

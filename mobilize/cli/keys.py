"""`mobilize keys`: changing the keys of an installation while it runs."""

import base64
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from sqlalchemy.orm import Session

from mobilize.accounts import audit, queries
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core import resealing, secrets_file
from mobilize.core.errors import Conflict, SetupError
from mobilize.core.keys import HIGHEST_ID, new_key
from mobilize.runtime import Runtime
from mobilize.settings import SECRETS_FILE
from mobilize.tables import METADATA

_PREFIX: Final = "MOBILIZE_SECRETS_"
SETTLING: Final = timedelta(hours=1)
"""Longer than any transaction: what began to be written under the former key is written."""
LINKS_KEPT: Final = timedelta(days=60)
"""An unsubscribe link must work for as long after its message (CASL s. 11(2))."""

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
key_argument = click.argument("key_id", metavar="NUMBER", type=click.IntRange(0, HIGHEST_ID))


@click.group()
def keys() -> None:
    """The keys that seal addresses and make links: which there are, and changing them.

    A data key is changed in five steps, while everything runs: add, (make it known everywhere,)
    promote, rotate, retire. docs/how-to/rotate-keys.md goes through them.
    """


@keys.command()
@json_option
@with_call
def status(call: Call, as_json: bool) -> None:
    """Which data keys there are, which one seals, and how many values stand under each."""
    with call.runtime() as runtime:
        with runtime.db.read() as session:
            counts = resealing.count_by_key(session, METADATA)
        keyring = runtime.keyring
    if as_json:
        call.answer(
            {
                "sealing": keyring.sealing,
                "keys": keyring.ids,
                "values": {name: dict(under) for name, under in counts.items()},
            }
        )
        return
    for key_id in sorted({*keyring.ids, *(key for under in counts.values() for key in under)}):
        values = sum(under[key_id] for under in counts.values())
        role = "seals" if key_id == keyring.sealing else "opens"
        role = role if key_id in keyring.ids else "MISSING"
        call.say(f"data key {key_id} ({role}): {values} values")


@keys.command()
@with_call
def make(call: Call) -> None:
    """Print a fresh key, for installations whose keys stand in the environment."""
    call.say(_fresh())


@keys.command()
@json_option
@with_call
def add(call: Call, as_json: bool) -> None:
    """Add a data key. It opens from now on, and seals nothing until it is promoted."""
    with call.runtime() as runtime:
        path = _file(runtime)
        key_id = max(runtime.keyring.ids) + 1
        if key_id > HIGHEST_ID:
            raise SetupError("All numbers of keys are used up.")
        standing = runtime.settings.secrets.data_keys.rstrip(",")
        changes = {
            "DATA_KEYS": f"{standing},{key_id}:{_fresh()}",
            # Said, not left to a default, from the first change on.
            "SEALING_KEY": str(runtime.keyring.sealing),
        }
        with runtime.db.transaction() as session:
            _note(runtime, session, "add", key_id)
            _change(path, changes)
    if as_json:
        call.answer({"added": key_id})
        return
    call.say(f"Data key {key_id} is in {path}; processes of this machine have it already.")
    call.say("Back that file up, and bring it to every other machine.")
    call.say(f"Then: `mobilize keys promote {key_id}`.")


@keys.command()
@key_argument
@yes_option
@with_call
def promote(call: Call, key_id: int, yes: bool) -> None:
    """Let a data key seal what is written from now on."""
    with call.runtime() as runtime:
        path = _file(runtime)
        _need(runtime, key_id)
        if not yes:
            click.confirm(f"Is key {key_id} known on every machine, and backed up?", abort=True)
        with runtime.db.transaction() as session:
            _note(runtime, session, "promote", key_id)
            _change(path, {"SEALING_KEY": str(key_id)})
    call.say(f"Data key {key_id} seals from now on. Next: `mobilize keys rotate`.")


@keys.command()
@json_option
@with_call
def rotate(call: Call, as_json: bool) -> None:
    """Seal anew whatever stands under another data key; others may work meanwhile.

    Stopped at any point, it goes on from there when it is run again.
    """
    with call.runtime() as runtime:
        with runtime.db.read() as session:
            left = _left(runtime, session)
        with call.progress("Sealing anew") as show:
            done = resealing.reseal(
                runtime.db, runtime.keyring, METADATA, on_batch=lambda at: show(at, left)
            )
        with runtime.db.transaction() as session:
            left = _left(runtime, session)
            _note(runtime, session, "rotate", runtime.keyring.sealing, values=done, left=left)
    if as_json:
        call.answer({"sealed": done, "left": left})
        return
    call.say(f"{done} values were sealed anew under data key {runtime.keyring.sealing}.")
    if left:
        call.say(f"{left} were being changed at the same time: run it once more.")


@keys.command()
@key_argument
@yes_option
@with_call
def retire(call: Call, key_id: int, yes: bool) -> None:
    """Take a data key out, once nothing stands under it any more."""
    with call.runtime() as runtime:
        _need(runtime, key_id)
        if key_id == runtime.keyring.sealing:
            raise Conflict(
                f"Data key {key_id} is the one that seals.", hint="Promote another one first."
            )
        if not yes:
            click.confirm(
                f"Backups made until now open only with key {key_id}: is it kept with them?",
                abort=True,
            )
        kept = {
            number: pair
            for pair in runtime.settings.secrets.data_keys.split(",")
            if (number := pair.partition(":")[0].strip()) and int(number) != key_id
        }
        with runtime.db.transaction() as session:
            _need_past(runtime, session, "promote", SETTLING)
            resealing.hold_unused(session, METADATA, key_id)
            path = _file(runtime)
            _note(runtime, session, "retire", key_id)
            _change(path, {"DATA_KEYS": ",".join(kept.values())})
    call.say(f"Data key {key_id} is out of {path}. Take it out on every other machine, too.")


@keys.command("renew-links")
@with_call
def renew_links(call: Call) -> None:
    """Make new links under a fresh key; links that were sent go on working."""
    with call.runtime() as runtime:
        path, secrets = _file(runtime), runtime.settings.secrets
        former = [secrets.link_key, *(one for one in secrets.former_link_keys.split(",") if one)]
        with runtime.db.transaction() as session:
            _note(runtime, session, "renew_links", None)
            _change(path, {"LINK_KEY": _fresh(), "FORMER_LINK_KEYS": ",".join(former)})
    call.say("New links are made under a fresh key; those that were sent open as before.")


@keys.command("forget-links")
@yes_option
@with_call
def forget_links(call: Call, yes: bool) -> None:
    """Let the links made before the last `renew-links` work no more."""
    with call.runtime() as runtime:
        path = _file(runtime)
        if not runtime.settings.secrets.former_link_keys:
            raise Conflict("There is no former link key.", hint="Run `mobilize keys renew-links`.")
        if not yes:
            click.confirm("Nobody can leave by a link of an old message then. Go on?", abort=True)
        with runtime.db.transaction() as session:
            _need_past(runtime, session, "renew_links", LINKS_KEPT)
            _note(runtime, session, "forget_links", None)
            _change(path, {"FORMER_LINK_KEYS": ""})
    call.say("Links made under former keys open no more.")


def _left(runtime: Runtime, session: Session) -> int:
    counts = resealing.count_by_key(session, METADATA).values()
    return sum(under.total() - under[runtime.keyring.sealing] for under in counts)


def _need(runtime: Runtime, key_id: int) -> None:
    if key_id not in runtime.keyring.ids:
        listed = ", ".join(map(str, runtime.keyring.ids))
        raise SetupError(f"There is no data key {key_id}.", hint=f"There are: {listed}.")


def _need_past(runtime: Runtime, session: Session, step: str, span: timedelta) -> None:
    """Go on only where the step before was taken long enough ago.

    Raises:
        Conflict: It was not.
    """
    last = queries.last_at(session, f"keys.{step}")
    if last is not None and runtime.clock.now() - last < span:
        raise Conflict(
            f"The last `{step.replace('_', '-')}` was at {last:%Y-%m-%d %H:%M} UTC.",
            hint=f"Do this after {last + span:%Y-%m-%d %H:%M} UTC.",
        )


def _file(runtime: Runtime) -> Path:
    """The file that holds this installation's secrets.

    Raises:
        SetupError: They stand in the environment, which no command can change.
    """
    path = runtime.settings.instance / SECRETS_FILE
    named = [name for name in ("DATA_KEYS", "SEALING_KEY", "LINK_KEY", "FORMER_LINK_KEYS")
             if os.environ.get(f"{_PREFIX}{name}")]  # fmt: skip
    if named or not path.is_file():
        raise SetupError(
            "The keys of this installation stand in its environment, which no command can change.",
            hint="docs/how-to/rotate-keys.md says which variable to change, where and when; "
            "`mobilize keys make` prints a fresh key.",
        )
    return path


def _change(path: Path, values: dict[str, str]) -> None:
    secrets_file.change(path, {f"{_PREFIX}{name}": value for name, value in values.items()})


def _fresh() -> str:
    return base64.b64encode(new_key()).decode()


def _note(runtime: Runtime, session: Session, step: str, key_id: int | None, **facts: int) -> None:
    audit.record(
        session,
        now=runtime.clock.now(),
        actor=COMMAND_ACTOR,
        action=f"keys.{step}",
        subject_kind="installation",
        subject_id="keys",
        facts=facts if key_id is None else {"key": key_id, **facts},
    )
    session.flush()

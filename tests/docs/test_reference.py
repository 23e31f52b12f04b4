"""The reference has every command and setting, and the drawing of states is the code's."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final, get_type_hints

import click
import pytest

from mobilize.cli import cli
from mobilize.messaging.states import FORWARD
from mobilize.settings import Settings

ROOT: Final = Path(__file__).parents[2]
COMMANDS: Final = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
SETTINGS: Final = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
_ARROW: Final = re.compile(r"^ +(\w+) --> (\w+)", re.MULTILINE)
_OVERTAKEN: Final = ("deferred", "delivered", "bounced", "dropped", "complained")
"""What the page says in words: an event may overtake our own commit."""


def commands(group: click.Group, name: str = "mobilize") -> Iterator[tuple[str, click.Command]]:
    """Every command that can be called, with its whole name."""
    for word, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


@pytest.mark.parametrize(("name", "command"), list(commands(cli)))
def test_every_command_stands_in_the_reference(name: str, command: click.Command) -> None:
    lines = [line for line in COMMANDS.splitlines() if line.startswith(f"| `{name}")]
    assert lines, f"docs/reference/commands.md does not mention `{name}`"
    for parameter in command.params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            # A password may be given, but ought to be typed where it is asked for.
            if option.startswith("--") and option not in {"--help", "--password", "--serve"}:
                assert any(option in line for line in lines), f"`{name}` without {option}"


@pytest.mark.parametrize("word", re.findall(r"`(mobilize [a-z-]+(?: [a-z-]+)?)", COMMANDS))
def test_the_reference_has_no_command_that_is_not_there(word: str) -> None:
    known = dict(commands(cli))
    assert word in known or any(word.startswith(f"{name} ") for name in known)


def test_the_page_of_settings_is_up_to_date() -> None:
    script = ROOT / "scripts" / "settings_reference.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_rules_of_audiences_and_their_schema_are_up_to_date() -> None:
    script = ROOT / "scripts" / "audience_reference.py"
    done = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_setting_stands_in_the_reference() -> None:
    for name, kind in get_type_hints(Settings).items():
        if name in {"environment", "instance"}:
            continue
        for entry in fields(kind):
            variable = f"MOBILIZE_{name}_{entry.name}".upper()
            shown = variable if name == "secrets" else f"{name}.{entry.name}"
            assert f"| `{shown}` |" in SETTINGS, f"{shown} is not explained"


def test_the_states_are_drawn_as_they_are() -> None:
    text = (ROOT / "docs" / "dataflow.md").read_text("utf-8")
    drawn = set(_ARROW.findall(text.partition("stateDiagram-v2")[2].partition("```")[0]))
    true = {(state, target) for state, targets in FORWARD.items() for target in targets}
    said = {(state, target) for state in ("queued", "unknown") for target in _OVERTAKEN}
    assert drawn <= true, f"drawn, but not so: {drawn - true}"
    assert true - drawn == said & true, "an arrow is missing from the drawing"

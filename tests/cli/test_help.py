"""Every command explains itself."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mobilize.cli import cli


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))


ALL = list(commands(cli))


def test_the_promised_commands_are_there() -> None:
    promised = {"init", "demo", "up", "web", "worker", "sandbox"}
    promised |= {"contacts", "partners", "mps", "alerts", "users", "doctor"}
    assert promised <= set(cli.commands)


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "mobilize")
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_explains(path: tuple[str, ...], flag: str) -> None:
    answer = CliRunner().invoke(cli, [*path, flag])
    assert answer.exit_code == 0, answer.output
    told = [line.strip() for line in answer.output.splitlines() if line.strip()]
    assert told[0].startswith("Usage:")
    assert len(told[1]) > 15, "it says what the command is for"
    assert told[1].endswith((".", ":", "?")) or len(told) > 3


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "mobilize")
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            known = parameter.help or isinstance(parameter.type, click.Choice)
            assert known, f"{' '.join(path)} {parameter.opts[0]} says nothing"

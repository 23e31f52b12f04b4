"""What every command shares: the installation it works on, and how it speaks."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from threading import Event
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mobilize.core.errors import SetupError, Stopped
from mobilize.migrate import pending
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import Settings, load_settings

P = ParamSpec("P")
R = TypeVar("R")

COMMAND_ACTOR = "command"


@dataclass
class Call:
    """One call of the command: where the installation is, and where words go."""

    instance: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    out: Console = field(default_factory=Console)
    err: Console = field(default_factory=lambda: Console(stderr=True))

    def settings(self) -> Settings:
        """The settings of the installation."""
        return load_settings(instance=self.instance)

    @contextmanager
    def runtime(self) -> Iterator[Runtime]:
        """The installation, open and migrated.

        Raises:
            SetupError: It was never set up, or its database is older than this version.
        """
        runtime = open_runtime(self.settings())
        try:
            missing = pending(runtime.db)
            if missing:
                raise SetupError(
                    f"The database lacks {len(missing)} change(s) of this version.",
                    hint="Run `mobilize init`; it keeps everything that is there.",
                )
            yield runtime
        finally:
            runtime.db.close()

    def say(self, text: str) -> None:
        """A line for people."""
        # Whole lines: what is long is a link or a secret, which must survive being copied.
        self.out.print(text, highlight=False, soft_wrap=True)

    def answer(self, facts: Mapping[str, Any]) -> None:
        """The answer as JSON, for a script."""
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2, default=str))

    @contextmanager
    def progress(self, words: str) -> Iterator[Callable[[int, int], None]]:
        """A bar for long work; call it with what is done and the whole."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(words, total=None)

            def show(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            yield show

    @contextmanager
    def stoppable(self, hint: str) -> Iterator[Callable[[], None]]:
        """Let SIGTERM end long work only where it can go on later.

        Args:
            hint: How it goes on, as a sentence.

        Yields:
            What to call at each such place; it raises `Stopped` once the signal came.
        """
        asked = Event()

        def here() -> None:
            if asked.is_set():
                raise Stopped("Asked to stop; what was done until here is kept.", hint=hint)

        before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
        try:
            yield here
        finally:
            signal.signal(signal.SIGTERM, before)

    @contextmanager
    def resumable(self, words: str) -> Iterator[Callable[[int, int], None]]:
        """A bar for long work in batches that SIGTERM ends after one of them, to go on later."""
        again = "Run the same command again: it goes on where it was."
        with self.progress(words) as show, self.stoppable(again) as stop_here:

            def after_batch(done: int, total: int) -> None:
                show(done, total)
                stop_here()

            yield after_batch


def with_call(function: Callable[Concatenate[Call, P], R]) -> Callable[P, R]:
    """Give a command the call that it belongs to as its first argument."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        call = click.get_current_context().find_object(Call)
        assert call is not None
        return function(call, *args, **kwargs)

    return update_wrapper(wrapped, function)


json_option = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")

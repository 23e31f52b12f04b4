"""Running the command as a person does, in a process of its own or within this one."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mobilize.cli import main
from tests.support.sandbox import CHECKOUT


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


def bare_environment(instance: Path, more: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything of ours that happens to be set, and this instance."""
    inherited = {key: text for key, text in os.environ.items() if not key.startswith("MOBILIZE_")}
    return {**inherited, "MOBILIZE_INSTANCE": str(instance), **more}


@pytest.fixture
def run(instance: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command within this process: quick, and as complete as the installed script."""

    def call(*arguments: str, **environ: str) -> Said:
        with monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("MOBILIZE_")]:
                patch.delenv(name)
            for name, value in bare_environment(instance, environ).items():
                patch.setenv(name, value)
            capfd.readouterr()
            code = 0
            try:
                main(arguments)
            except SystemExit as ended:
                code = int(ended.code or 0)
            said = capfd.readouterr()
        return Said(code, said.out, said.err)

    return call


def start(instance: Path, *arguments: str, **environ: str) -> "subprocess.Popen[bytes]":
    """Start the command as a process, to be killed or waited for."""
    return subprocess.Popen(
        [sys.executable, "-m", "mobilize", *arguments],
        cwd=CHECKOUT,
        env=bare_environment(instance, environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

"""Machines for tests: processes that share nothing but what they reach over the network.

Where the kernel lets us, a machine is a network and a host name of its own (`unshare`), in which
the services of this machine are reached through relays, as over a cable that can be cut. Elsewhere
it is a group of processes. Either way all of it dies at once.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.sandbox import CHECKOUT

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Machine:
    """One that runs."""

    process: "subprocess.Popen[bytes]"

    def pull_the_plug(self) -> None:
        """Kill everything on it at once; nothing is flushed, closed or said."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def have_own_networks() -> bool:
    """Whether a process here may be given a network of its own."""
    try:
        tried = subprocess.run(
            ["unshare", "--net", "--uts", "ip", "link", "set", "lo", "up"],
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


@contextmanager
def machine(
    command: Sequence[str], *, environment: Mapping[str, str], ports: Sequence[int], log: Path
) -> Iterator[Machine]:
    """A machine on which a command runs, that reaches those ports of this one and nothing else."""
    with ExitStack() as stack:
        if have_own_networks():
            cables = stack.enter_context(tempfile.TemporaryDirectory(prefix="cables-"))
            stack.enter_context(_relay("here", cables, ports, log))
            command = [
                "unshare", "--net", "--uts",
                *_relaying("there", cables, ports), "--", *command,
            ]  # fmt: skip
        with log.open("ab") as file:
            process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=dict(environment),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        running = Machine(process)
        stack.callback(running.pull_the_plug)
        yield running


def _relaying(side: str, cables: str, ports: Sequence[int]) -> list[str]:
    named = ",".join(str(port) for port in ports)
    return [sys.executable, "-m", "tests.support.machines", side, cables, named]


@contextmanager
def _relay(side: str, cables: str, ports: Sequence[int], log: Path) -> Iterator[None]:
    command = _relaying(side, cables, ports)
    with (
        log.open("ab") as file,
        subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=file) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline(), "the relay did not start"
        try:
            yield
        finally:
            process.terminate()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


def _joined(reach: Callable[[], Awaitable[_Streams]]) -> Callable[..., Awaitable[None]]:
    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await reach()
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))

    return join


async def _lay(side: str, cables: str, ports: Sequence[int]) -> None:
    """Listen on this side of each cable and pass on what comes to its other side."""
    for port in ports:
        cable = f"{cables}/{port}"
        if side == "here":

            async def to_service(port: int = port) -> _Streams:
                return await asyncio.open_connection("127.0.0.1", port)

            await asyncio.start_unix_server(_joined(to_service), cable)
        else:

            async def to_cable(cable: str = cable) -> _Streams:
                return await asyncio.open_unix_connection(cable)

            await asyncio.start_server(_joined(to_cable), "127.0.0.1", port)


async def _serve(side: str, cables: str, ports: Sequence[int], command: Sequence[str]) -> int:
    await _lay(side, cables, ports)
    if not command:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    child = await asyncio.create_subprocess_exec(*command)
    return await child.wait()


def _main(side: str, cables: str, ports: str, *rest: str) -> int:
    if side == "there":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["hostname", f"machine-{os.getpid()}"], check=True)
    return asyncio.run(_serve(side, cables, [int(port) for port in ports.split(",")], rest[1:]))


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))

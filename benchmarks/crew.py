"""The workers of a measured sending, each a process of its own, as an installation runs them.

They are started before the clock is, for a worker runs for weeks; then each is told when there is
something to send, and says when it finds nothing more. `python -m benchmarks.crew INSTANCE URL SINK
NAME` is one of them.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path

from benchmarks.installation import opened, settings_of
from benchmarks.measuring import forget_peak, peak_mib
from mobilize.core.garbage import collect_seldom
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.settings import Settings
from mobilize.worker import SENDERS

_GO = "go"


class Crew:
    """Workers that wait to be told.

    Args:
        members: Their processes.
    """

    def __init__(self, members: "list[subprocess.Popen[str]]") -> None:
        self._members = members

    def send_by_turns(self, prepare: Callable[[int], object]) -> None:
        """Let each worker alone send what is made ready for it, given its number."""
        for number, member in enumerate(self._members):
            prepare(number)
            _tell(member)
            _hear(member)

    def send(self) -> float | None:
        """Let all send until nothing is left; the largest peak of memory among them, in MiB."""
        for member in self._members:
            _tell(member)
        peaks = [_hear(member) for member in self._members]
        return max((peak for peak in peaks if peak is not None), default=None)


@contextmanager
def working(workers: int, instance: Path, url: str, sink: str) -> Iterator[Crew]:
    """So many workers on the database at a URL, ended afterwards."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", __name__, str(instance), url, sink]
        members = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, f"bench-{number}"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(workers)
        ]
        try:
            yield Crew(members)
        finally:
            for member in members:
                assert member.stdin is not None
                member.stdin.close()


def _tell(member: "subprocess.Popen[str]") -> None:
    assert member.stdin is not None
    print(_GO, file=member.stdin, flush=True)


def _hear(member: "subprocess.Popen[str]") -> float | None:
    assert member.stdout is not None
    said = member.stdout.readline().strip()
    if not said:
        raise RuntimeError("a worker ended before it had sent everything")
    return None if said == str(None) else float(said)


def _as_fast_as_it_goes(settings: Settings, sink: str) -> Settings:
    """Send to the sink, at any hour, without a pace; each person may get a second message."""
    twilio = replace(
        settings.twilio,
        url=sink,
        account_sid="AC" + "0" * 32,
        per_second=0.0,
        long_code_per_second=0.0,
        toll_free_per_second=0.0,
        short_code_per_second=0.0,
    )
    sending = replace(
        settings.sending,
        sms_per_week=2,
        weekday_from=time.min,
        weekday_until=time.max,
        weekend_from=time.min,
        weekend_until=time.max,
    )
    sendgrid = replace(settings.sendgrid, url=sink, per_second=0.0, sender_per_second=0.0)
    return replace(settings, sendgrid=sendgrid, twilio=twilio, sending=sending)


def main(instance: str, url: str, sink: str, name: str) -> None:
    """Send whenever a line comes, until no more can come."""
    settings = _as_fast_as_it_goes(settings_of(Path(instance)), sink)
    with opened(settings, url) as runtime:
        transports = open_transports(runtime.settings)
        collect_seldom()
        for _ in sys.stdin:
            forget_peak()
            drain(runtime, transports, worker=name, senders=SENDERS)
            print(peak_mib(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

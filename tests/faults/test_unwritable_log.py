"""A log that cannot be written stops neither pages nor sending (fault 12).

Criterion: with standard output and error on a full device, or closed, forms are kept and a mailing
goes out to its end; what stands on standard error does not end up in the database or elsewhere.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text

from mobilize.messaging.lettering import ACT
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd, mailing_state
from tests.faults.invariants import check_invariants
from tests.faults.visitors import Visitor, is_up
from tests.faults.workers import environment_of, running, wait_until, worker_environment
from tests.messaging.test_figures import free_port
from tests.messaging.test_sending import launch, states
from tests.support.campaigns import invited, open_campaign
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

FULL: Final = Path("/dev/full")
"""Takes nothing: each write is answered with ENOSPC."""
NO_LOG: Final = pytest.mark.parametrize(
    "started_by",
    [(), ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")],
    ids=["a full device", "closed"],
)


@NO_LOG
def test_forms_are_kept_without_a_log(runtime: Runtime, started_by: Sequence[str]) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        message = invited(session, open_campaign(session, now), now)
    port = free_port()
    command = ["web", "--port", str(port), "--processes", "1"]
    with running(command, environment_of(runtime), FULL, started_by=started_by) as process:
        base = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_up(base), "the first answer", process)
        visitor = Visitor(base)
        path = visitor.way_to_call(f"/fr/a/{runtime.links.seal(ACT, message.id)}")
        answer = visitor.send(path, visitor.report_of(path))
        # An error is what most is written about.
        assert visitor.send(path, {}).status_code == 422
        assert visitor.get("/fr/nothing").status_code == 404

    assert answer.status_code == 303


@NO_LOG
def test_a_mailing_goes_out_without_a_log(
    sending: Runtime, sandbox: Sandbox, started_by: Sequence[str]
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 40, now=sending.clock.now())
    # A provider that breaks off has the worker tell of it.
    sandbox.faults("sendgrid", "429", count=1, retry_after=0)
    environment = worker_environment(sending, sandbox)
    with running(["worker"], environment, FULL, started_by=started_by) as worker:
        mailing_id = launch(sending)
        wait_until(lambda: mailing_state(sending, mailing_id) == "done", "the end", worker)

    assert states(sending, mailing_id) == {("accepted", None): 40}
    check_invariants(sending, sandbox)
    if sending.db.is_sqlite:
        with sending.db.read() as session:
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]

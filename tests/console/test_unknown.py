"""What has no answer: the default sends nothing again, the other way is said plainly."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from mobilize.accounts.models import AccountSession, AuditEntry
from mobilize.core.clock import SystemClock
from mobilize.messaging.models import Mailing, Message, ProviderPause
from mobilize.runtime import Runtime
from tests.console.conftest import Desk
from tests.messaging.test_deciding import make_doubt

pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)


@pytest.fixture
def doubt(runtime: Runtime) -> str:
    """The address under which a mailing with three unanswered messages is decided."""
    mailing_id = make_doubt(runtime)
    with runtime.db.read() as session:
        return f"/console/unknown/{session.get_one(Mailing, mailing_id).public_id}"


def messages(runtime: Runtime) -> set[tuple[str, str | None]]:
    with runtime.db.read() as session:
        rows = session.execute(select(Message.state, Message.reason))
        return {(row.state, row.reason) for row in rows}


def test_the_default_sends_nothing_again(
    at_desk: Callable[..., Desk], runtime: Runtime, doubt: str
) -> None:
    desk = at_desk()
    assert "/console/unknown" in desk.read("/console/")
    shown = desk.read("/console/unknown")
    assert "A test" in shown
    assert "within 72 hours" in shown
    told = desk.follow(f"{doubt}/give-up")
    assert "These messages are not sent again." in told
    assert "No message waits for a decision." in told
    assert messages(runtime) == {("failed", "decided_not_sent_again")}
    with runtime.db.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.facts) == ("mailing.give_up_unknown", {"messages": 3})


def test_sending_again_says_that_somebody_may_get_it_twice(
    at_desk: Callable[..., Desk], runtime: Runtime, doubt: str
) -> None:
    desk = at_desk(language="fr")
    shown = desk.read(f"{doubt}/again")
    assert "Quelqu’un pourrait recevoir ce message deux fois." in shown
    assert "3 personnes" in shown
    assert "Ces messages repartent." in desk.follow(f"{doubt}/again")
    assert messages(runtime) == {("queued", None)}
    desk.read(f"{doubt}/again", status=404)


def test_sending_again_asks_for_a_fresh_sign_in(
    at_desk: Callable[..., Desk], runtime: Runtime, doubt: str
) -> None:
    desk = at_desk()
    with runtime.db.transaction() as session:
        old = SystemClock().now() - timedelta(hours=1)
        session.execute(update(AccountSession).values(fresh_at=old))
    for answer in (desk.client.get(f"{doubt}/again"), desk.send(f"{doubt}/again")):
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/console/confirm")
    assert messages(runtime) == {("unknown", "no_answer")}


def test_a_viewer_decides_nothing(
    at_desk: Callable[..., Desk], runtime: Runtime, doubt: str
) -> None:
    desk = at_desk("viewer")
    assert "Do not send again" not in desk.read("/console/unknown")
    for way in ("give-up", "again"):
        assert desk.send(f"{doubt}/{way}").status_code == 403
    assert desk.send("/console/pauses/sendgrid/lift").status_code == 403
    assert messages(runtime) == {("unknown", "no_answer")}


def test_a_paused_provider_is_called_again_by_hand(
    at_desk: Callable[..., Desk], runtime: Runtime, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        session.add(ProviderPause(provider="twilio", reason="key_refused 401", since=now))
    desk = at_desk()
    assert "It refuses our key (answer 401)" in desk.read("/console/")
    told = desk.follow("/console/pauses/twilio/lift")
    assert "The provider is called again." in told
    assert "It refuses our key" not in told
    with runtime.db.read() as session:
        assert session.scalars(select(ProviderPause)).all() == []

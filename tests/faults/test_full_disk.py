"""A database that can write no more loses nothing that it said it kept (fault 12).

Criterion: the form says that it was not kept, never thanks; no part of it is there; once there is
room again the same form is kept, without any repair. `test_no_room.py` asks it of real processes on
disks that are full.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select

from mobilize.actions.models import MpContact
from mobilize.core.db import Database
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.runtime import Runtime
from tests.faults.crowd import add_crowd
from tests.faults.invariants import check_invariants
from tests.faults.visitors import hidden_fields
from tests.messaging.test_sending import launch, states
from tests.site.conftest import Scene, scene
from tests.support.sandbox import Sandbox

__all__ = ["scene"]
pytestmark = pytest.mark.faults


@contextmanager
def prevented(db: Database, order: str) -> Iterator[None]:
    """Every connection is told so, until the end."""

    def tell(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(order)
        cursor.close()
        if not db.is_sqlite:
            connection.commit()  # type: ignore[attr-defined]

    db.engine.dispose()
    event.listen(db.engine, "connect", tell)
    try:
        yield
    finally:
        event.remove(db.engine, "connect", tell)
        db.engine.dispose()


def read_only(db: Database) -> str:
    """The order by which a connection writes nothing more."""
    return "PRAGMA query_only = ON" if db.is_sqlite else "SET default_transaction_read_only = on"


def reports(runtime: Runtime) -> int:
    with runtime.db.read() as session:
        return session.scalar(select(func.count()).select_from(MpContact)) or 0


def test_a_report_that_cannot_be_kept_gets_no_thank_you_and_can_be_sent_again(
    scene: Scene,
) -> None:
    call = scene.link_to(scene.client.get(scene.personal), "/call")
    form = {
        "form_key": scene.form_key(scene.client.get(call)),
        "outcome": "voicemail",
        "note": "She calls back <Tuesday>",
    }
    db = scene.runtime.db
    with prevented(db, read_only(db)):
        answer = scene.client.post(call, data=form)

    assert answer.status_code == 503
    assert "Ceci n’a pas été enregistré" in answer.text
    assert "Merci" not in answer.text
    assert hidden_fields(answer.text) == form
    assert reports(scene.runtime) == 0
    again = scene.client.post(call, data=form)
    assert again.status_code == 303
    assert reports(scene.runtime) == 1


def test_sending_rests_while_nothing_can_be_written_and_goes_on_by_itself(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    with sending.db.transaction() as session:
        add_crowd(session, 20, now=sending.clock.now())
    mailing_id = launch(sending)

    with (
        prevented(sending.db, read_only(sending.db)),
        pytest.raises(Exception, match=r"readonly|read-only"),
    ):
        drain(sending, transports, worker="one")

    assert sandbox.messages() == [], "nothing goes out of which nobody knows afterwards"
    drain(sending, transports, worker="two")
    assert states(sending, mailing_id) == {("accepted", None): 20}
    check_invariants(sending, sandbox)

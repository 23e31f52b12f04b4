"""A merge and an event of a provider lock the same rows the other way round: neither breaks.

The one locks two people and then their messages; the other a message and then its person.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.contacts import merging
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.errors import NotReady
from mobilize.core.tokens import Links
from mobilize.messaging import events
from mobilize.messaging.lettering import PROVIDER
from mobilize.messaging.models import Message
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact, consent_of
from tests.messaging.test_merged_people import mailing, message

pytestmark = pytest.mark.parametrize("db", ["postgresql"], indirect=True)
"""SQLite has one writer at a time: there nobody waits for anybody."""

_SAFETY_SECONDS = 60
"""Only so that a broken test ends; nothing is measured."""


class Other(threading.Thread):
    """Somebody else at the same database; what went wrong there is raised at the end."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._error: BaseException | None = None

    @override
    def run(self) -> None:
        """Do it, and keep what went wrong."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            self._error = error

    def finish(self) -> None:
        """Wait for the end."""
        self.join(_SAFETY_SECONDS)
        assert not self.is_alive(), "it waits for ever"
        if self._error is not None:
            raise self._error


def wait_until(come: Callable[[], bool]) -> None:
    """Look again until something has come about."""
    end = time.monotonic() + _SAFETY_SECONDS
    while not come():
        assert time.monotonic() < end, "it never came about"


def holds(db: Database, contact_id: int) -> bool:
    """Whether somebody has locked a person."""
    free = select(Contact.id).where(Contact.id == contact_id).with_for_update(skip_locked=True)
    with db.transaction() as session:
        return session.scalar(free) is None


def merge(db: Database, kept: Contact, merged: Contact, now: datetime) -> None:
    with db.transaction() as session:
        one, other = (session.get_one(Contact, contact.id) for contact in (kept, merged))
        merging.merge(session, kept=one, merged=other, actor="command", now=now)


def undo(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        row = session.scalars(select(Merge)).one()
        merging.undo(session, row=row, actor="command", now=now)


def report(session: Session, links: Links, sent: Message, kind: str, now: datetime) -> None:
    """What a provider says of a message, as its webhook takes it."""
    item = {
        "event": kind,
        "m": links.seal(PROVIDER, sent.id),
        "timestamp": int(now.timestamp()),
        "sg_event_id": kind,
    }
    events.apply(session, events.from_sendgrid([item], links=links, now=now), now=now)


@pytest.mark.parametrize("step", ["merge", "undo"])
def test_an_event_that_holds_a_message_and_wants_its_person_goes_on(
    db: Database, runtime: Runtime, now: datetime, step: str
) -> None:
    with db.transaction() as session:
        ana, maria = (add_contact(session, number, now=now) for number in (1, 2))
        sent = message(session, maria, mailing(session, now), now, "accepted")
        # Where it went, as a request would have noted it.
        session.execute(
            update(Message).where(Message.id == sent.id).values(address_hash=maria.email_hash)
        )

    if step == "undo":
        merge(db, ana, maria, now)
    organizer = Other(lambda: merge(db, ana, maria, now) if step == "merge" else undo(db, now))
    with db.transaction() as session:
        report(session, runtime.links, sent, "delivered", now)
        organizer.start()
        wait_until(lambda: holds(db, maria.id))
        report(session, runtime.links, sent, "spamreport", now)
    organizer.finish()

    with db.read() as session:
        assert session.get_one(Message, sent.id).state == "complained"
        assert not consent_of(session, maria, "email").granted
        assert not consent_of(session, ana, "email").granted
        row = session.scalars(select(Merge)).one()
        assert (row.undone_at is None) is (step == "merge")


def test_a_merge_that_finds_no_moment_says_so_and_changes_nothing(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        ana, maria = (add_contact(session, number, now=now) for number in (1, 2))
        sent = message(session, maria, mailing(session, now), now, "accepted")
    with db.transaction() as busy:
        busy.execute(update(Message).where(Message.id == sent.id).values(state="delivered"))
        with pytest.raises(NotReady):
            merge(db, ana, maria, now)
    with db.read() as session:
        assert session.scalars(select(Contact.state)).all() == ["active", "active"]
        assert session.scalars(select(Merge)).all() == []

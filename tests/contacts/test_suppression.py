"""Closed addresses: which reason stands where several do, and what opens them again."""

from datetime import datetime

import pytest
from sqlalchemy import select, update

from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.service import suppress
from mobilize.contacts.starting import lift_stop
from mobilize.contacts.suppression import CARRIER, Closing, closed_by, open_again, suppress_all
from mobilize.core.db import Database

ADDRESS = b"a" * 32


def close(db: Database, now: datetime, *reasons: str, channel: str = "sms") -> None:
    with db.transaction() as session:
        for reason in reasons:
            suppress(session, channel=channel, address_hash=ADDRESS, reason=reason, now=now)


def closed(db: Database, channel: str = "sms") -> str | None:
    with db.read() as session:
        return closed_by(session, channel=channel, address_hash=ADDRESS)


def opened(db: Database, now: datetime, channel: str = "sms") -> bool:
    with db.transaction() as session:
        return open_again(session, channel=channel, address_hash=ADDRESS, now=now)


@pytest.mark.parametrize("later", ["complaint", "bounced", "invalid", "erased"])
@pytest.mark.parametrize("first", ["unsubscribed", "replaced", "stop"])
def test_what_its_owner_may_open_gives_way_to_what_they_may_not(
    db: Database, now: datetime, first: str, later: str
) -> None:
    close(db, now, first, later, first)
    assert closed(db) == later
    assert not opened(db, now)


@pytest.mark.parametrize(
    "reasons",
    [("complaint", "unsubscribed"), ("unsubscribed", "complaint"), ("stop", "complaint")],
)
def test_of_reasons_that_come_at_once_the_strongest_stands(
    db: Database, now: datetime, reasons: tuple[str, str]
) -> None:
    with db.transaction() as session:
        closings = [Closing("sms", ADDRESS, reason) for reason in reasons]
        suppress_all(session, closings=closings, now=now)
    assert closed(db) == "complaint"
    assert closed(db, CARRIER) == ("stop" if "stop" in reasons else None)


def test_while_the_carrier_keeps_a_stop_the_number_is_closed_whatever_was_lifted(
    db: Database, now: datetime
) -> None:
    close(db, now, "stop")
    with db.transaction() as session:
        session.execute(
            update(Suppression).where(Suppression.channel == "sms").values(lifted_at=now)
        )
    assert closed(db) == "stop"
    assert closed(db, "voice") is None


@pytest.mark.parametrize("reason", ["unsubscribed", "replaced"])
def test_what_its_owner_closed_is_opened_by_their_yes(
    db: Database, now: datetime, reason: str
) -> None:
    close(db, now, reason, channel="email")
    assert opened(db, now, "email")
    assert closed(db, "email") is None
    with db.read() as session:
        assert session.scalars(select(Suppression.lifted_at)).all() == [now]


@pytest.mark.parametrize("reasons", [("stop", "unsubscribed"), ("unsubscribed", "stop")])
def test_a_number_that_texted_stop_needs_start_before_any_yes(
    db: Database, now: datetime, reasons: tuple[str, str]
) -> None:
    close(db, now, *reasons)
    assert not opened(db, now)
    assert closed(db) == "unsubscribed"
    with db.transaction() as session:
        lift_stop(session, address_hash=ADDRESS, now=now)
    assert closed(db) == "unsubscribed", "START opens nothing but what STOP closed"
    assert opened(db, now)

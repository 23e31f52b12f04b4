"""Codes under attack: guessed by many at once, used by two at once, asked for in bulk."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select

from mobilize.contacts import codes
from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.core.errors import TooMany
from mobilize.core.tokens import Links
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact

THREADS = 8


@pytest.fixture
def contact(runtime: Runtime, now: datetime) -> Contact:
    with runtime.db.transaction() as session:
        return add_contact(session, 1, now=now)


def issue(runtime: Runtime, contact: Contact, now: datetime) -> AddressCode:
    with runtime.db.transaction() as session:
        return codes.issue(
            session,
            contact_id=contact.id,
            purpose="erase",
            channel="email",
            links=runtime.links,
            limits=runtime.settings.self_service,
            now=now,
        )


def at_once(job: Callable[[int], str]) -> Counter[str]:
    """The same thing done by many threads that begin together."""
    start = Barrier(THREADS)

    def one(number: int) -> str:
        start.wait()
        return job(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return Counter(threads.map(one, range(THREADS)))


def digits_of(links: Links, row: AddressCode, count: int) -> str:
    return links.digits("code", row.public_id, count=count)


def test_many_who_guess_at_once_share_the_same_few_attempts(
    runtime: Runtime, contact: Contact, now: datetime
) -> None:
    limits = runtime.settings.self_service
    row = issue(runtime, contact, now)

    def guess(number: int) -> str:
        with runtime.db.transaction() as session:
            return codes.check(session, row=row, typed=str(number).zfill(8), limits=limits, now=now)

    assert at_once(guess) == {"wrong": limits.code_attempts, "over": THREADS - limits.code_attempts}
    with runtime.db.transaction() as session:
        right = digits_of(runtime.links, row, limits.code_digits)
        assert codes.check(session, row=row, typed=right, limits=limits, now=now) == "over"


def test_of_two_tabs_with_the_right_code_one_uses_it(
    runtime: Runtime, contact: Contact, now: datetime
) -> None:
    row = issue(runtime, contact, now)

    def use(_number: int) -> str:
        with runtime.db.transaction() as session:
            return "used" if codes.use(session, row=row, now=now) else "too late"

    assert at_once(use) == {"used": 1, "too late": THREADS - 1}


def test_many_who_ask_at_once_get_no_more_codes_than_one_who_asks_often(
    runtime: Runtime, contact: Contact, now: datetime
) -> None:
    def ask(_number: int) -> str:
        try:
            issue(runtime, contact, now)
        except TooMany:
            return "too many"
        return "made"

    per_hour = runtime.settings.self_service.codes_per_hour
    assert at_once(ask) == {"made": per_hour, "too many": THREADS - per_hour}
    with runtime.db.read() as session:
        good = select(func.count()).where(AddressCode.expires_at > now)
        assert session.scalar(good) == 1


def test_digits_are_spread_evenly_and_differ_by_purpose_and_key(runtime: Runtime) -> None:
    made = [runtime.links.digits("code", f"ref{number}", count=6) for number in range(2000)]
    assert len(set(made)) > 1990
    assert all(len(one) == 6 and one.isdecimal() for one in made)
    first = Counter(one[0] for one in made)
    assert all(140 < first[digit] < 260 for digit in "0123456789")
    assert runtime.links.digits("other", "ref1", count=6) != made[1]

"""Copy, erasure, a new address: by a fresh code to a confirmed address, once, and not otherwise."""

import json
import logging
import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.models import Contact
from mobilize.contacts.privacy_models import AddressCode
from mobilize.core.clock import VirtualClock
from mobilize.core.logs import configure_logs
from mobilize.messaging.models import Mailing, Message
from mobilize.runtime import Runtime
from tests.support.own_pages import OwnPage, own_page

WRONG = "not the code"
OVER = "This code is over"
_TOKEN = re.compile(r"/[\w-]{22}(?=[/\"])")


@pytest.fixture
def page(runtime: Runtime, client: FlaskClient, now: datetime) -> OwnPage:
    return own_page(runtime, client, now)


def ask(page: OwnPage, what: str, channel: str = "email", **more: str) -> TestResponse:
    return page.client.post(f"{page.address}/data/{what}", data={"channel": channel, **more})


def entry(page: OwnPage, what: str, channel: str = "email", **more: str) -> str:
    """Ask for a code; the address of the page on which it is typed."""
    answer = ask(page, what, channel, **more)
    assert answer.status_code == 303, answer.text
    return answer.location


def typed(page: OwnPage, address: str, **codes: str) -> TestResponse:
    return page.client.post(address, data=codes)


def queued(page: OwnPage) -> list[tuple[str, str | None, str]]:
    """What waits to go out: channel, bare address, dedupe key's beginning."""
    with page.runtime.db.read() as session:
        rows = session.execute(
            select(Mailing.channel, Message.address, Message.dedupe_key)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .where(Mailing.kind == "code")
            .order_by(Message.id)
        )
        return [(channel, address, key.partition(":")[0]) for channel, address, key in rows]


def advance(page: OwnPage, **span: float) -> datetime:
    clock = page.runtime.clock
    assert isinstance(clock, VirtualClock)
    return clock.advance(timedelta(**span))


def wrong_for(page: OwnPage, row: AddressCode) -> str:
    return str((int(page.digits(row)) + 1) % 10**8).zfill(8)


# The copy


def test_a_copy_comes_only_after_the_code(page: OwnPage) -> None:
    address = entry(page, "copy")
    [row] = page.codes()
    assert queued(page) == [("email", None, "code")]
    for secret in ("Given1", "person1", "8888", page.digits(row)):
        assert secret not in page.client.get(address).text

    assert WRONG in typed(page, address, code=wrong_for(page, row)).text
    ready = typed(page, address, code=f" {page.digits(row)[:4]}-{page.digits(row)[4:]} ")
    assert ready.status_code == 200
    assert "Given1" not in ready.text

    sealed = ready.text.partition('name="pass" value="')[2].partition('"')[0]
    answer = page.client.post(f"{page.address}/copy", data={"pass": sealed, "form": "json"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="copy.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    copy: dict[str, Any] = json.loads(answer.data)
    assert copy["contacts"]["email"] == "person1@example.org"
    to_read = page.client.post(f"{page.address}/copy", data={"pass": sealed, "form": "html"})
    assert to_read.headers["Content-Disposition"] == 'attachment; filename="copy.html"'
    assert "person1@example.org" in to_read.text
    assert "What we keep about you" in to_read.text
    with page.runtime.db.read() as session:
        audited = session.scalars(select(AuditEntry.action)).all()
    assert audited.count("contact.copy") == 2


def test_the_pass_to_a_copy_is_good_for_minutes_and_for_its_own_person(
    page: OwnPage, now: datetime
) -> None:
    address = entry(page, "copy")
    ready = typed(page, address, code=page.digits(page.codes()[0]))
    sealed = ready.text.partition('name="pass" value="')[2].partition('"')[0]
    other = own_page(page.runtime, page.client, now, number=2)
    for place, given in ((other.address, sealed), (page.address, "A" * 22), (page.address, "")):
        assert page.client.post(f"{place}/copy", data={"pass": given}).status_code == 404
    advance(page, minutes=page.runtime.settings.self_service.code_minutes + 1)
    assert page.client.post(f"{page.address}/copy", data={"pass": sealed}).status_code == 404


# The code


def test_a_code_is_good_once(page: OwnPage) -> None:
    address = entry(page, "copy")
    digits = page.digits(page.codes()[0])
    assert typed(page, address, code=digits).status_code == 200
    again = typed(page, address, code=digits)
    assert again.status_code == 422
    assert OVER in again.text


def test_a_code_takes_so_many_wrong_answers_and_then_not_even_the_right_one(page: OwnPage) -> None:
    address = entry(page, "erase")
    [row] = page.codes()
    for _ in range(page.runtime.settings.self_service.code_attempts):
        assert WRONG in typed(page, address, code=wrong_for(page, row)).text
    assert OVER in typed(page, address, code=page.digits(row)).text
    assert page.contact().state == "active"


def test_a_code_is_over_after_its_minutes(page: OwnPage) -> None:
    address = entry(page, "erase")
    digits = page.digits(page.codes()[0])
    advance(page, minutes=page.runtime.settings.self_service.code_minutes, seconds=1)
    assert OVER in typed(page, address, code=digits).text
    assert page.contact().state == "active"


def test_a_newer_code_ends_the_one_in_the_other_tab(page: OwnPage) -> None:
    first = entry(page, "copy")
    second = entry(page, "copy")
    old, new = page.codes()
    assert OVER in typed(page, first, code=page.digits(old)).text
    assert typed(page, second, code=page.digits(new)).status_code == 200


def test_a_code_opens_nothing_but_what_it_was_asked_for(page: OwnPage, now: datetime) -> None:
    to_copy = entry(page, "copy")
    to_erase = entry(page, "erase")
    copy, erase = page.codes()
    assert WRONG in typed(page, to_erase, code=page.digits(copy)).text
    assert WRONG in typed(page, to_copy, code=page.digits(erase)).text
    other = own_page(page.runtime, page.client, now, number=2)
    stolen = to_erase.replace(page.token, other.token)
    assert typed(page, stolen, code=page.digits(erase)).status_code == 404
    assert (page.contact().state, other.contact().state) == ("active", "active")


def test_a_scanner_that_opens_the_pages_uses_nothing_up(page: OwnPage) -> None:
    address = entry(page, "erase")
    for place in (address, f"{page.address}/data/erase", f"{page.address}/data/change"):
        assert page.client.get(place).status_code == 200
    [row] = page.codes()
    assert (row.attempts, row.used_at) == (0, None)
    assert len(queued(page)) == 1


def test_a_person_gets_so_many_codes_in_an_hour(page: OwnPage) -> None:
    for _ in range(page.runtime.settings.self_service.codes_per_hour):
        entry(page, "copy")
    assert ask(page, "copy").status_code == 429
    advance(page, hours=1, seconds=1)
    assert ask(page, "copy").status_code == 303


def test_a_network_gets_so_many_codes_in_an_hour(page: OwnPage, now: datetime) -> None:
    limits = page.runtime.settings.self_service
    statuses = []
    for number in range(2, 3 + limits.codes_per_network // limits.codes_per_hour):
        other = own_page(page.runtime, page.client, now, number=number)
        statuses += [ask(other, "copy").status_code for _ in range(limits.codes_per_hour)]
    assert statuses.count(303) == limits.codes_per_network
    assert set(statuses) == {303, 429}


@pytest.mark.parametrize(
    ("values", "channel"),
    [
        ({"sms_confirmed": False}, "sms"),
        ({"safe_channel": "sms"}, "email"),
        ({"safe_from": time(1), "safe_until": time(2)}, "email"),
        ({"do_not_contact": True}, "email"),
    ],
)
def test_where_a_code_would_not_be_safe_none_goes_and_nothing_shows(
    runtime: Runtime, client: FlaskClient, now: datetime, values: dict[str, Any], channel: str
) -> None:
    page = own_page(runtime, client, now, **values)
    plain = own_page(runtime, client, now, number=2)

    unsafe = client.get(entry(page, "copy", channel)).text
    safe = client.get(entry(plain, "copy", channel)).text

    assert _TOKEN.sub("", unsafe) == _TOKEN.sub("", safe)
    assert len(queued(page)) == 1
    with runtime.db.read() as session:
        [contact_id] = session.scalars(
            select(Message.contact_id)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .where(Mailing.kind == "code")
        )
    assert contact_id == plain.contact_id


def test_a_code_goes_into_a_pause_and_without_consent(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    page = own_page(runtime, client, now, consents=(), paused_until=now + timedelta(days=3))
    entry(page, "copy")
    assert queued(page) == [("email", None, "code")]


# Erasure


def test_erasure_is_done_at_once_and_the_page_shows_nothing_of_the_person(page: OwnPage) -> None:
    address = entry(page, "erase")
    done = typed(page, address, code=page.digits(page.codes()[0]))
    assert done.status_code == 200
    assert "Everything about you is erased" in done.text
    assert "fingerprint" in done.text
    for secret in ("Given1", "person1"):
        assert secret not in done.text
    person = page.contact()
    assert (person.state, person.email, person.phone) == ("tombstoned", None, None)
    with page.runtime.db.read() as session:
        kept = session.scalars(select(Suppression.reason)).all()
        codes = session.scalar(select(func.count()).select_from(AddressCode))
        waiting = session.scalar(
            select(func.count()).select_from(Message).where(Message.state == "queued")
        )
    assert set(kept) == {"erased"}
    assert (codes, waiting) == (0, 0)
    for again in (address, page.address, f"{page.address}/data/copy"):
        assert page.client.get(again).status_code == 404


# A change of address


def change(page: OwnPage, part: str, value: str, channel: str = "email") -> tuple[str, Any, Any]:
    address = entry(page, "change", channel, part=part, value=value)
    rows = page.codes()
    old = next(row for row in reversed(rows) if row.purpose == "change")
    new = next((row for row in reversed(rows) if row.purpose == "confirm"), None)
    return address, old, new


def test_a_new_email_needs_both_codes(page: OwnPage) -> None:
    before = page.contact()
    address, old, new = change(page, "email", " New.Person@Example.org ")
    assert queued(page) == [("email", None, "code"), ("email", "new.person@example.org", "code")]

    half = typed(page, address, code=page.digits(old), new_code=page.digits(old))
    assert half.status_code == 422
    assert page.contact().email == before.email

    assert typed(page, address, code=page.digits(old), new_code=page.digits(new)).status_code == 200

    person = page.contact()
    assert person.email == "new.person@example.org"
    assert person.email_hash != before.email_hash
    with page.runtime.db.read() as session:
        [closed] = session.scalars(select(Suppression))
        renewed = session.scalars(
            select(ConsentEvent).where(ConsentEvent.action == "renewed")
        ).all()
    assert (closed.reason, closed.address_hash) == ("replaced", before.email_hash)
    assert [(one.channel, one.action, one.address_hash) for one in renewed] == [
        ("email", "renewed", person.email_hash)
    ]
    assert queued(page)[-1] == ("email", "person1@example.org", "changed")
    # Whoever still reads the old mailbox holds a dead link.
    assert page.client.get(page.address).status_code == 404


def test_an_address_given_up_is_not_told_where_that_is_not_safe(
    runtime: Runtime, client: FlaskClient, now: datetime
) -> None:
    wishes: tuple[dict[str, Any], ...] = (
        {"discreet": True},
        {"safe_from": time(0), "safe_until": time(23)},
    )
    for number, values in enumerate(wishes, start=1):
        page = own_page(runtime, client, now, number=number, **values)
        address, old, new = change(page, "email", f"new{number}@example.org")
        answer = typed(page, address, code=page.digits(old), new_code=page.digits(new))
        assert answer.status_code == 200
    page = own_page(runtime, client, now, number=3)
    address, old, new = change(page, "email", "new3@example.org")
    typed(page, address, code=page.digits(old), new_code=page.digits(new), quietly="yes")
    assert page.contact().email == "new3@example.org"
    assert "changed" not in {key for _channel, _address, key in queued(page)}


def test_a_code_by_text_lets_somebody_leave_a_mailbox_that_is_read(page: OwnPage) -> None:
    address, old, new = change(page, "email", "safe@example.org", channel="sms")
    assert queued(page)[0] == ("sms", None, "code")
    typed(page, address, code=page.digits(old), new_code=page.digits(new), quietly="yes")
    assert page.contact().email == "safe@example.org"
    assert "person1@example.org" not in {where for _channel, where, _key in queued(page)}


def test_a_new_number_is_confirmed_by_its_own_code(page: OwnPage) -> None:
    address, old, new = change(page, "phone", "613-555-0199")
    assert queued(page)[1] == ("sms", "+16135550199", "code")
    later = advance(page, minutes=1)
    typed(page, address, code=page.digits(old), new_code=page.digits(new))
    person = page.contact()
    assert (person.phone, person.sms_confirmed_at) == ("+16135550199", later)


def test_a_new_postal_code_leaves_riding_and_area_only(page: OwnPage) -> None:
    address, old, new = change(page, "postal_code", "k1a 0a6")
    assert new is None
    assert typed(page, address, code=page.digits(old)).status_code == 200
    person = page.contact()
    assert (person.fsa, person.province) == ("K1A", "ON")
    assert all(row.new_address is None for row in page.codes())


def test_an_address_of_another_record_is_not_taken_over(page: OwnPage, now: datetime) -> None:
    other = own_page(page.runtime, page.client, now, number=2)
    address, old, new = change(page, "email", "person2@example.org")
    answer = typed(page, address, code=page.digits(old), new_code=page.digits(new))
    assert answer.status_code == 409
    assert page.contact().email == "person1@example.org"
    assert other.contact().email == "person2@example.org"


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("email", "nobody", "such as name@example.org"),
        ("phone", "12", "such as 613-555-0123"),
        ("postal_code", "12345", "such as K1A 0A6"),
        ("", "x@example.org", "Choose what changes"),
    ],
)
def test_what_cannot_be_used_is_said_and_stays_on_the_page(
    page: OwnPage, part: str, value: str, words: str
) -> None:
    answer = ask(page, "change", part=part, value=value)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{value}"' in answer.text
    assert page.codes() == []


def test_no_log_and_no_audit_entry_tells_of_what_changes(
    page: OwnPage, caplog: pytest.LogCaptureFixture
) -> None:
    # Whatever other tests did to logging: all that is said is heard here.
    configure_logs(level="INFO", form="json")
    logging.getLogger().addHandler(caplog.handler)
    address, old, new = change(page, "email", "bramblewick@example.org")
    for given in ("12345678", page.digits(old)):
        typed(page, address, code=given, new_code=page.digits(new))
    assert page.contact().email == "bramblewick@example.org"
    with page.runtime.db.read() as session:
        audited = [str(one.facts) for one in session.scalars(select(AuditEntry))]
    told = caplog.text + "".join(audited)
    assert "request" in told
    for secret in ("bramblewick", "person1", page.token, page.digits(old), page.digits(new)):
        assert secret not in told


def test_the_digits_of_a_code_stand_nowhere(page: OwnPage) -> None:
    entry(page, "copy")
    [row] = page.codes()
    digits = page.digits(row)
    assert len(digits) == page.runtime.settings.self_service.code_digits
    with page.runtime.db.read() as session:
        said = [str(one.variables) for one in session.scalars(select(Message))]
        person = session.get_one(Contact, page.contact_id)
    assert person.email is not None
    assert not any(digits in one or person.email in one for one in said)
    assert digits.encode() not in row.code_hash

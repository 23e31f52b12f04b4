"""Signing in: password and code together, alike refusals, a lock, a fresh proof, an end."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from mobilize.accounts import queries, service
from mobilize.accounts.models import AuditEntry
from mobilize.accounts.service import NewCredentials
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.runtime import Runtime
from tests.support.accounts import PASSWORD, code, make_account

LIFETIME = timedelta(hours=12)


@pytest.fixture
def somebody(runtime: Runtime) -> NewCredentials:
    return make_account(runtime, email="Ada@Example.org ")


def try_sign_in(
    runtime: Runtime,
    typed_code: str,
    now: datetime,
    *,
    email: str = "ada@example.org",
    password: str = PASSWORD,
) -> str | None:
    with runtime.db.transaction() as session:
        proof = service.prove(session, email=email, password=password)
        return service.sign_in(session, proof, code=typed_code, now=now, lifetime=LIFETIME)


def is_open(runtime: Runtime, token: str, now: datetime) -> bool:
    with runtime.db.read() as session:
        return queries.open_session(session, token, now=now) is not None


def test_password_and_code_open_a_session_until_it_expires(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    token = try_sign_in(runtime, code(somebody, now=now), now)
    assert token is not None
    assert is_open(runtime, token, now + LIFETIME - timedelta(seconds=1))
    assert not is_open(runtime, token, now + LIFETIME)
    assert not is_open(runtime, token + "x", now)


def test_the_address_is_found_however_it_is_written(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    assert try_sign_in(runtime, code(somebody, now=now), now, email=" ADA@example.org")


def test_every_refusal_is_alike(runtime: Runtime, somebody: NewCredentials, now: datetime) -> None:
    right = code(somebody, now=now)
    assert try_sign_in(runtime, right, now, password="another one entirely") is None
    assert try_sign_in(runtime, "000000", now) is None
    assert try_sign_in(runtime, right, now, email="nobody@example.org") is None


def test_a_code_serves_one_sign_in(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    right = code(somebody, now=now)
    assert try_sign_in(runtime, right, now)
    assert try_sign_in(runtime, right, now) is None


def test_five_failures_lock_for_a_quarter_of_an_hour(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    for _attempt in range(service.FAILURES_BEFORE_LOCK):
        assert try_sign_in(runtime, "000000", now) is None
    assert try_sign_in(runtime, code(somebody, now=now), now) is None
    later = now + service.LOCKED_FOR
    assert try_sign_in(runtime, code(somebody, now=later), later)


def test_a_right_sign_in_forgets_the_failures_before(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    for _attempt in range(service.FAILURES_BEFORE_LOCK - 1):
        try_sign_in(runtime, "000000", now)
    assert try_sign_in(runtime, code(somebody, now=now), now)
    assert try_sign_in(runtime, "000000", now) is None
    later = now + timedelta(minutes=1)
    assert try_sign_in(runtime, code(somebody, now=later), later)


def test_signing_out_ends_the_session(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    token = try_sign_in(runtime, code(somebody, now=now), now)
    assert token is not None
    with runtime.db.transaction() as session:
        service.sign_out(session, token=token, now=now)
    assert not is_open(runtime, token, now)


def test_suspending_shuts_out_at_once(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    token = try_sign_in(runtime, code(somebody, now=now), now)
    assert token is not None
    with runtime.db.transaction() as session:
        account = queries.account_by_public_id(session, somebody.account.public_id)
        service.suspend(session, account=account, now=now, actor="command")
    later = now + timedelta(minutes=1)
    assert not is_open(runtime, token, now)
    assert try_sign_in(runtime, code(somebody, now=later), later) is None


def test_a_reset_brings_a_new_password_and_secret_and_ends_sessions(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    token = try_sign_in(runtime, code(somebody, now=now), now)
    assert token is not None
    with runtime.db.transaction() as session:
        account = queries.account_by_public_id(session, somebody.account.public_id)
        fresh = service.reset_credentials(
            session, account=account, password="seven quiet green bridges", now=now, actor="command"
        )
    assert not is_open(runtime, token, now)
    assert try_sign_in(runtime, code(somebody, now=now), now) is None
    assert try_sign_in(runtime, code(fresh, now=now), now, password="seven quiet green bridges")


def test_a_session_is_fresh_again_after_its_own_proof_only(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    other = make_account(runtime, role="viewer")
    token = try_sign_in(runtime, code(somebody, now=now), now)
    assert token is not None
    later = now + timedelta(hours=1)
    for who, email, expected in (
        (other, "viewer@example.org", False),
        (somebody, "ada@example.org", True),
    ):
        with runtime.db.transaction() as session:
            proof = service.prove(session, email=email, password=PASSWORD)
            typed = code(who, now=later)
            assert service.refresh(session, proof, token=token, code=typed, now=later) is expected
    with runtime.db.read() as session:
        found = queries.open_session(session, token, now=later)
        assert found is not None
        assert found[1].fresh_at == later


def test_one_address_has_one_account(runtime: Runtime, somebody: NewCredentials) -> None:
    with pytest.raises(Conflict):
        make_account(runtime, email="ada@EXAMPLE.org")


def test_what_cannot_be_an_account_is_refused_by_part(runtime: Runtime, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refusal, runtime.db.transaction() as session:
        service.create_account(
            session,
            name=" ",
            email="nowhere",
            role="owner",
            language="de",
            password=PASSWORD,
            now=now,
            actor="command",
        )
    assert set(refusal.value.fields) == {"name", "email", "role", "language"}


def test_the_log_of_it_holds_no_address(
    runtime: Runtime, somebody: NewCredentials, now: datetime
) -> None:
    try_sign_in(runtime, code(somebody, now=now), now)
    with runtime.db.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["account.create", "account.sign_in"]
    assert "example.org" not in repr([vars(entry) for entry in entries])

"""Accounts for tests, and a browser that signs in as one."""

import re
from datetime import datetime

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.accounts.keys import create_key
from mobilize.accounts.service import NewCredentials, create_account
from mobilize.core.clock import SystemClock
from mobilize.runtime import Runtime

PASSWORD = "winter lantern river plum"


def make_account(
    parts: Runtime, *, role: str = "organizer", email: str = "", language: str = "en"
) -> NewCredentials:
    """An active account with PASSWORD."""
    with parts.db.transaction() as session:
        return create_account(
            session,
            name=f"Sample {role}",
            email=email or f"{role}@example.org",
            role=role,
            language=language,
            password=PASSWORD,
            now=parts.clock.now(),
            actor="command",
        )


def make_key(parts: Runtime, *, role: str = "organizer") -> str:
    """The text of an API key of a new account of the same role."""
    account = make_account(parts, role=role).account
    with parts.db.transaction() as session:
        made = create_key(
            session,
            account=account,
            name="tests",
            role=role,
            now=parts.clock.now(),
            actor="command",
        )
    return made.text


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"}


def code(credentials: NewCredentials, *, now: datetime | None = None, ahead: int = 0) -> str:
    """The authenticator's code; `ahead` steps on, since a code serves once."""
    instant = now or SystemClock().now()
    return pyotp.TOTP(credentials.totp_secret).at(instant, counter_offset=ahead)


def form_token(page: TestResponse) -> str:
    """The form token in a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found is not None, "the page has no form token"
    return found[1]


def sign_in(client: FlaskClient, credentials: NewCredentials, **form: str) -> TestResponse:
    """Fill the sign-in form in as this account; `form` replaces what would be typed."""
    page = client.get("/console/sign-in")
    typed = {
        "csrf_token": form_token(page),
        "email": credentials.account.email,
        "password": PASSWORD,
        "code": code(credentials),
        **form,
    }
    return client.post("/console/sign-in", data=typed)

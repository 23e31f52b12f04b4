"""What the console's tests begin with: a campaign, two people who work with it, signed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.runtime import Runtime
from tests.alerts.world import World, make_world
from tests.support.accounts import form_token, make_account, sign_in

ONE_DATABASE = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
"""For tests of what a page says, whose statements run on both databases in other tests."""


class Desk:
    """Somebody at the console: opens pages, fills in forms."""

    def __init__(self, client: FlaskClient, account_id: int) -> None:
        self.client = client
        self.account_id = account_id

    def read(self, address: str, *, status: int = 200) -> str:
        """A page's HTML."""
        answer = self.client.get(address)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def send(self, address: str, **fields: Any) -> TestResponse:
        """Send a form with its token."""
        token = form_token(self.client.get("/console/"))
        return self.client.post(address, data={"csrf_token": token, **fields})

    def follow(self, address: str, **fields: Any) -> str:
        """Send a form and read the page that it leads to."""
        answer = self.send(address, **fields)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return self.read(answer.headers["Location"])


@pytest.fixture
def world(runtime: Runtime, now: datetime) -> World:
    """An open campaign with reviewed words, and four supporters."""
    with runtime.db.transaction() as session:
        return make_world(session, now)


@pytest.fixture
def at_desk(app: Flask, runtime: Runtime) -> Callable[..., Desk]:
    """Sign somebody in: `at_desk("approver", language="fr")`."""

    def sit_down(role: str = "organizer", *, language: str = "en") -> Desk:
        client = app.test_client()
        email = f"{role}-{language}@example.org"
        somebody = make_account(runtime, role=role, email=email, language=language)
        assert sign_in(client, somebody).status_code == 303
        return Desk(client, somebody.account.id)

    return sit_down

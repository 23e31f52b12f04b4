"""No request, however malformed, breaks the sandbox: it is refused, or taken and shown."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.sandbox.app import create_app
from mobilize.sandbox.options import parse_options
from mobilize.sandbox.world import World
from tests.sandbox.letters import letter
from tests.support.sandbox import API_KEY

ODD: list[Any] = [
    None,
    1,
    "x",
    "",
    [],
    {},
    [None],
    ["x"],
    {"a": 1},
    {"a": None},
    True,
    [{}],
    [[]],
    1.5,
]


@pytest.fixture
def client() -> FlaskClient:
    app = create_app(World(parse_options(["--port", "0"])))
    app.testing = True
    return app.test_client()


def rich_letter() -> dict[str, Any]:
    """A request that uses every field that the sandbox reads."""
    body = letter(
        "one@example.org",
        "two@example.org",
        headers={"X-One": "1"},
        custom_args={"campaign": "c"},
        categories=["alert"],
        asm={"group_id": 3},
        mail_settings={"sandbox_mode": {"enable": False}},
        reply_to={"email": "reply@example.org", "name": "Reply"},
        attachments=[{"content": "YQ==", "filename": "a.txt"}],
    )
    body["personalizations"][0] |= {
        "cc": [{"email": "copy@example.org", "name": "Copy"}],
        "headers": {"X-Two": "2"},
        "subject": "For -name-",
    }
    return body


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside ``value``."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def replaced(body: dict[str, Any], path: tuple[Any, ...], odd: Any) -> dict[str, Any]:
    changed = copy.deepcopy(body)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = odd
    return changed


def test_every_odd_value_in_every_place_is_answered(client: FlaskClient) -> None:
    body = rich_letter()
    taken = 0
    for path in places(body):
        for odd in ODD:
            changed = replaced(body, path, odd) if path else odd
            answer = client.post(
                "/v3/mail/send",
                data=json.dumps(changed),
                headers={"Authorization": f"Bearer {API_KEY}"},
            )
            assert answer.status_code in {200, 202, 400}, (path, odd)
            taken += answer.status_code == 202
    assert taken

    mails = client.get("/_ledger").get_json()["email"]["accepted"]
    assert mails >= taken
    assert client.get("/_ledger/messages?limit=1000").status_code == 200
    for seq in range(1, mails + 1):
        assert client.get(f"/mail/{seq}").status_code == 200
        assert client.get(f"/_ledger/messages/email/{seq}").status_code == 200

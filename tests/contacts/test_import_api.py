"""Files over the JSON API: looked at, mapped, brought in, their rejects fetched, undone."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

IMPORTS = "/api/v1/contacts/imports"
FILE = "Mail,Choir?\nana@example.org,yes\nbroken,no\n"
HOW = {"columns": json.dumps({"Mail": "email", "Choir?": "tag:choir"}), "tags": "rally"}


@pytest.fixture
def organizer(runtime: Runtime, now: datetime) -> dict[str, str]:
    return bearer(make_key(runtime))


def send(client: FlaskClient, key: dict[str, str], **how: str) -> Any:
    file = (io.BytesIO(FILE.encode()), "list.csv")
    return client.post(IMPORTS, data={"file": file, **HOW, **how}, headers=key)


def test_a_file_is_looked_at_brought_in_and_taken_back(
    client: FlaskClient, organizer: dict[str, str]
) -> None:
    foreseen = send(client, organizer, dry_run="true").get_json()
    assert (foreseen["created"], foreseen["rejected"]) == (1, 1)
    assert foreseen["first"][0]["email"] == "a…@….org"
    assert client.get(IMPORTS, headers=organizer).get_json() == []

    report = send(client, organizer).get_json()
    assert (report["created"], report["rejected"]) == (1, 1)
    (listed,) = client.get(IMPORTS, headers=organizer).get_json()
    assert (listed["id"], listed["counts"]["created"]) == (report["run"], 1)
    ref = f"{IMPORTS}/{report['run']}"
    assert client.get(ref, headers=organizer).get_json() == listed

    answer = client.get(f"{ref}/rejects", headers=organizer)
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0] == ["line", "reason", "Mail", "Choir?"]
    assert (rows[1][0], rows[1][2:]) == ("3", ["broken", "no"])

    foreseen = client.get(f"{ref}/undo", headers=organizer).get_json()
    assert foreseen["removed"] == 1
    assert client.post(f"{ref}/undo", headers=organizer).get_json() == foreseen
    assert client.post(f"{ref}/undo", headers=organizer).status_code == 409
    people = client.get("/api/v1/contacts/", headers=organizer).get_json()["items"]
    assert people == []


@pytest.mark.parametrize(
    "how",
    [
        {"columns": "no json"},
        {"columns": '["Mail"]'},
        {"declared": '[{"channel": "email"}]'},
        {"columns": '{"Nowhere": "email"}'},
        {"language": "es"},
    ],
)
def test_what_does_not_fit_is_refused(
    client: FlaskClient, organizer: dict[str, str], how: dict[str, str]
) -> None:
    assert send(client, organizer, **how).status_code == 422
    assert client.get(IMPORTS, headers=organizer).get_json() == []


def test_only_who_may_import_sees_imports(client: FlaskClient, runtime: Runtime) -> None:
    viewer = bearer(make_key(runtime, role="viewer"))
    for path in (IMPORTS, f"{IMPORTS}/x", f"{IMPORTS}/x/rejects", f"{IMPORTS}/x/undo"):
        assert client.get(path, headers=viewer).status_code == 403
    assert client.post(f"{IMPORTS}/x/undo", headers=viewer).status_code == 403
    organizer = bearer(make_key(runtime))
    assert client.get(f"{IMPORTS}/nothing", headers=organizer).status_code == 404

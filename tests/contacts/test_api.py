"""Contacts over the JSON API: masked, paged, guarded by roles."""

import io
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

CONTACTS = "/api/v1/contacts/"
CLAIM = {"channel": "email", "basis": "express", "date": "2026-11-01", "evidence": "paper form"}
ANA = {
    "email": "ana@example.org",
    "phone": "613-555-0123",
    "given_name": "Ana",
    "postal_code": "M5V 2T6",
    "language": "en",
    "tags": ["rally"],
    "consents": [CLAIM],
}


@pytest.fixture
def organizer(runtime: Runtime, now: datetime) -> dict[str, str]:
    """An organizer's key; the ridings are loaded."""
    return bearer(make_key(runtime))


def created(client: FlaskClient, key: dict[str, str], **changes: Any) -> dict[str, Any]:
    answer = client.post(CONTACTS, json=ANA | changes, headers=key)
    assert answer.status_code == 201, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def upload(client: FlaskClient, key: dict[str, str], text: str) -> Any:
    file = (io.BytesIO(text.encode()), "supporters.csv")
    return client.post(f"{CONTACTS}imports", data={"file": file}, headers=key)


def test_a_person_is_taken_up_and_shown_masked(
    client: FlaskClient, organizer: dict[str, str]
) -> None:
    made = created(client, organizer)
    shown = client.get(CONTACTS + made["id"], headers=organizer).get_json()

    assert shown == made
    assert (shown["email"], shown["phone"]) == ("a…@….org", "…23")
    assert (shown["postal_area"], shown["province"], shown["tags"]) == ("M5V", "ON", ["rally"])
    assert shown["riding"].startswith("35")
    consents = client.get(f"{CONTACTS}{made['id']}/consents", headers=organizer).get_json()
    assert consents == [
        {
            "channel": "email",
            "organization": "us",
            "topic": "",
            "granted": True,
            "expires_at": None,
        }
    ]


def test_an_administrator_sees_addresses(
    client: FlaskClient, runtime: Runtime, organizer: dict[str, str]
) -> None:
    made = created(client, organizer)
    key = bearer(make_key(runtime, role="admin"))
    shown = client.get(CONTACTS + made["id"], headers=key).get_json()
    assert (shown["email"], shown["phone"]) == ("ana@example.org", "+16135550123")


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_not_look_at_people_does_not(
    client: FlaskClient, runtime: Runtime, organizer: dict[str, str], role: str
) -> None:
    key = bearer(make_key(runtime, role=role))
    answers = [
        client.get(CONTACTS, headers=key),
        client.post(CONTACTS, json=ANA, headers=key),
        upload(client, key, "email\n"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert client.get(CONTACTS).status_code == 401


def test_pages_follow_each_other(client: FlaskClient, organizer: dict[str, str]) -> None:
    made = [
        created(client, organizer, email=f"p{n}@example.org", language="fr" if n == 1 else "en")
        for n in range(4)
    ]
    first = client.get(f"{CONTACTS}?limit=3", headers=organizer).get_json()
    rest = client.get(f"{CONTACTS}?limit=3&after={first['after']}", headers=organizer).get_json()
    assert first["items"] + rest["items"] == made
    assert rest["after"] is None
    french = client.get(f"{CONTACTS}?language=fr&tag=Rally", headers=organizer).get_json()
    assert french["items"] == [made[1]]


def test_what_cannot_be_kept_is_refused(client: FlaskClient, organizer: dict[str, str]) -> None:
    changes: list[dict[str, Any]] = [
        {"email": "nobody"},
        {"postal_code": "12345"},
        {"tags": ["survivor"]},
        {"immigration_status": "any"},
        {"consents": [CLAIM | {"evidence": ""}]},
        {"consents": [CLAIM | {"basis": "assumed"}]},
    ]
    for change in changes:
        answer = client.post(CONTACTS, json=ANA | change, headers=organizer)
        assert answer.status_code == 422, change
    assert client.get(CONTACTS, headers=organizer).get_json()["items"] == []


def test_control_characters_are_dropped(client: FlaskClient, organizer: dict[str, str]) -> None:
    made = created(
        client,
        organizer,
        given_name="Ana\0",
        source="rally\0\n2026",
        consents=[CLAIM | {"evidence": "form\0 3"}],
    )
    assert (made["given_name"], made["source"]) == ("Ana", "rally 2026")


def test_the_same_address_twice_is_a_conflict(
    client: FlaskClient, organizer: dict[str, str]
) -> None:
    created(client, organizer)
    assert client.post(CONTACTS, json=ANA, headers=organizer).status_code == 409


def test_tags_are_put_on_counted_and_taken_off(
    client: FlaskClient, organizer: dict[str, str]
) -> None:
    made = created(client, organizer)
    path = f"{CONTACTS}{made['id']}/tags"
    tagged = client.post(path, json={"tags": ["Choir"]}, headers=organizer).get_json()
    assert tagged["tags"] == ["choir", "rally"]
    assert client.delete(f"{path}/rally", headers=organizer).status_code == 204
    assert client.get(f"{CONTACTS}tags", headers=organizer).get_json() == [
        {"name": "choir", "people": 1},
        {"name": "rally", "people": 0},
    ]


def test_a_file_is_brought_in_and_reported(client: FlaskClient, organizer: dict[str, str]) -> None:
    report = upload(client, organizer, "email,language\na@example.org,fr\nbroken,en\n").get_json()
    assert (report["created"], report["rejected"], report["encoding"]) == (1, 1, "UTF-8")
    assert [row["line"] for row in report["rejects"]] == [3]
    assert "rejects_path" not in report


def test_a_file_that_must_not_be_kept_is_refused(
    client: FlaskClient, organizer: dict[str, str]
) -> None:
    answer = upload(client, organizer, "email,Immigration status\na@example.org,x\n")
    assert answer.status_code == 422
    assert "immigration status" in answer.get_json()["message"]


def test_without_a_file_the_answer_says_so(client: FlaskClient, organizer: dict[str, str]) -> None:
    assert client.post(f"{CONTACTS}imports", headers=organizer).status_code == 422

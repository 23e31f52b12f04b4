"""The inbox over JSON: the same rules, and nothing of what needs care."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.messaging.care.models import CareCase
from mobilize.messaging.inbox import canned
from mobilize.messaging.receiving import take_text
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE
from tests.messaging.people import add_contact
from tests.support.accounts import bearer, make_key
from tests.support.campaigns import load_templates

pytestmark = ONE_DATABASE
NUMBER = "+16135550150"
INBOX = "/api/v1/inbox"


@pytest.fixture
def key(runtime: Runtime) -> dict[str, str]:
    """The header of an organizer's program; somebody has texted."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        load_templates(session, now)
        canned.load_answers(session, content=canned.read_answers(), now=now)
        add_contact(session, 150, now=now, language="fr")
    text(runtime, "Please stop, and where do we meet?")
    return bearer(make_key(runtime))


def text(runtime: Runtime, words: str, *, sender: str = NUMBER, ref: str = "SM1") -> None:
    with runtime.db.transaction() as session:
        take_text(
            session, sender=sender, body=words, provider_ref=ref, settings=runtime.settings,
            now=runtime.clock.now(),
        )  # fmt: skip


def threads(client: FlaskClient, key: dict[str, str], **asked: str) -> list[dict[str, Any]]:
    answer = client.get(f"{INBOX}/threads", headers=key, query_string=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def test_a_conversation_is_listed_taken_answered_once_and_closed(
    client: FlaskClient, key: dict[str, str]
) -> None:
    [card] = threads(client, key)
    assert (card["state"], card["held"], card["contact"] is not None) == ("unread", True, True)
    page = f"{INBOX}/threads/{card['id']}"
    taken = client.post(f"{page}/take", headers=key).get_json()
    assert taken["looked_after_by"] == "Sample organizer"
    answer = {"words": "À la mairie.", "key": "one"}
    client.post(f"{page}/answers", headers=key, json=answer)
    said = client.post(f"{page}/answers", headers=key, json=answer).get_json()["said"]
    assert [one["words"] for one in said] == ["Please stop, and where do we meet?", "À la mairie."]
    assert client.post(f"{page}/end-texts", headers=key).get_json()["held"] is False
    client.put(f"{page}/state", headers=key, json={"state": "closed"})
    assert threads(client, key, state="closed")
    assert threads(client, key, state="open") == []
    assert threads(client, key, mine="true")


def test_it_is_found_by_name_or_number_in_the_body_alone(
    client: FlaskClient, key: dict[str, str]
) -> None:
    for typed, count in (("Family150", 1), ("613-555-0150", 1), ("613-555-0198", 0)):
        found = client.post(f"{INBOX}/threads/search", headers=key, json={"search": typed})
        assert len(found.get_json()["items"]) == count


def test_what_needs_care_is_in_no_answer(
    client: FlaskClient, runtime: Runtime, key: dict[str, str]
) -> None:
    [card] = threads(client, key)
    text(runtime, "He took my passport and I cannot leave the house", ref="SM2")
    assert threads(client, key) == []
    assert client.get(f"{INBOX}/threads/{card['id']}", headers=key).status_code == 404
    found = client.post(f"{INBOX}/threads/search", headers=key, json={"search": "Family150"})
    assert found.get_json()["items"] == []
    document = client.get("/api/v1/openapi.json").text
    assert "care" not in document.lower().replace("careful", "")


def test_a_conversation_is_set_apart_and_gone_without_a_word_of_where_it_went(
    client: FlaskClient, runtime: Runtime, key: dict[str, str]
) -> None:
    [card] = threads(client, key)
    page = f"{INBOX}/threads/{card['id']}"
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.post(f"{page}/set-apart", headers=viewer).status_code == 403
    assert client.post(f"{page}/set-apart").status_code == 401
    done = client.post(f"{page}/set-apart", headers=key)
    assert (done.status_code, done.data) == (204, b"")
    assert threads(client, key) == []
    again = client.post(f"{page}/set-apart", headers=key)
    gone = client.get(page, headers=key).get_json()
    never = client.get(f"{INBOX}/threads/nobody", headers=key).get_json()
    assert again.status_code == 404
    assert (gone["message"], gone["hint"]) == (never["message"], never["hint"])
    with runtime.db.read() as session:
        assert session.scalars(select(CareCase.outcome)).one() == "by_hand"
        assert "thread.set_apart" in session.scalars(select(AuditEntry.action)).all()


def test_ready_made_answers_over_json(client: FlaskClient, key: dict[str, str]) -> None:
    words = {"name_en": "Hello", "name_fr": "Bonjour", "body_en": "Hello!", "body_fr": "Allô!"}
    made = client.post(f"{INBOX}/canned-answers", headers=key, json=words).get_json()
    page = f"{INBOX}/canned-answers/{made['id']}"
    refused = client.put(page, headers=key, json={**words, "body_fr": " "})
    assert (refused.status_code, refused.get_json()["fields"]) == (422, {"body_fr": "missing"})
    changed = client.put(page, headers=key, json={**words, "body_fr": "Salut!"}).get_json()
    assert changed["body_fr"] == "Salut!"
    assert client.delete(page, headers=key).status_code == 204
    listed = client.get(f"{INBOX}/canned-answers", headers=key).get_json()
    assert made["id"] not in [one["id"] for one in listed]


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_only_roles_that_answer_may_read(client: FlaskClient, runtime: Runtime, role: str) -> None:
    key = bearer(make_key(runtime, role=role))
    assert client.get(f"{INBOX}/threads", headers=key).status_code == 403
    assert client.get(f"{INBOX}/canned-answers", headers=key).status_code == 403

"""Templates over the JSON API, and the questions that only people decide."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.messaging.models import ProviderPause
from mobilize.runtime import Runtime
from tests.messaging.test_deciding import make_doubt
from tests.messaging.test_sending import states
from tests.support.accounts import bearer, make_key

MESSAGING = "/api/v1/messaging"
ENGLISH = {
    "channel": "email",
    "language": "en",
    "subject": "On {{ campaign }}",
    "body": "Hello {{ given_name }}, [act]({{ action_url }}).",
}
TEXT = {"channel": "sms", "language": "fr", "body": "Agir: {{ action_url }} ARRET pour quitter."}


class Api:
    """An organizer's and a viewer's calls."""

    def __init__(self, client: FlaskClient, runtime: Runtime) -> None:
        self.client = client
        self.keys = {role: bearer(make_key(runtime, role=role)) for role in ("organizer", "viewer")}

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str = "organizer",
        status: int = 200,
    ) -> Any:
        """What a path under /messaging answers."""
        answer = self.client.open(
            f"{MESSAGING}{path}", method=method, json=body, headers=self.keys[role]
        )
        assert answer.status_code == status, answer.get_json()
        return answer.get_json() if answer.data else None


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime) -> Api:
    return Api(client, runtime)


def test_a_template_is_written_read_reviewed_and_changed(api: Api) -> None:
    made = api.call("POST", "/templates", {"name": "A call", "texts": [ENGLISH, TEXT]}, status=201)
    path = f"/templates/{made['id']}"

    reviewed = api.call("POST", f"{path}/reviewed", {"language": "en"})
    assert [bool(text["reviewed_at"]) for text in reviewed["texts"]] == [True, False]

    changed = api.call("PUT", path, {"texts": [{**ENGLISH, "body": "Goodbye."}]})
    email = changed["texts"][0]
    assert (email["version"], email["body"], email["reviewed_at"]) == (2, "Goodbye.", None)
    assert api.call("GET", path, role="viewer") == changed
    assert api.call("GET", "/templates")["items"][0]["id"] == made["id"]


def test_a_preview_fills_in_the_words_and_counts_a_text(api: Api) -> None:
    made = api.call("POST", "/templates", {"name": "A call", "texts": [ENGLISH, TEXT]}, status=201)
    path = f"/templates/{made['id']}/preview"

    mail = api.call(
        "POST", path, {"channel": "email", "language": "en", "facts": {"campaign": "Status now"}}
    )
    assert mail["subject"] == "On Status now"
    assert "Hello Alex" in mail["text"]
    assert mail["sms_cost"] is None

    text = api.call("POST", path, {"channel": "sms", "language": "fr"})
    assert text["sms_cost"] == {
        "segments": 1,
        "length": len(text["text"]),
        "costly": [],
        "cheaper_segments": None,
        "offer": TEXT["body"],
    }
    api.call("POST", path, {"channel": "sms", "language": "en"}, status=404)

    api.call("PUT", f"/templates/{made['id']}", {"texts": [{**TEXT, "body": "ARRÊT"}]})
    dear = api.call("POST", path, {"channel": "sms", "language": "fr"})["sms_cost"]
    assert (dear["offer"], dear["cheaper_segments"]) == ("ARRET", 1)
    [costly] = dear["costly"]
    assert (costly["character"], costly["at"], costly["instead"]) == ("Ê", 4, "E")


def test_words_that_cannot_be_used_are_refused(api: Api) -> None:
    for texts in ([ENGLISH, ENGLISH], [{**ENGLISH, "subject": " "}], [{**TEXT, "body": "A" * 460}]):
        api.call("POST", "/templates", {"name": "A call", "texts": texts}, status=422)
    api.call("PUT", "/templates/nothing", {"texts": [ENGLISH]}, status=404)
    api.call("POST", "/templates", {"name": "No", "texts": [TEXT]}, role="viewer", status=403)


def test_a_paused_provider_is_listed_and_let_go_on(api: Api, runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        session.add(
            ProviderPause(
                provider="sendgrid", reason="the key is revoked", since=runtime.clock.now()
            )
        )
    assert api.call("GET", "/pauses", role="viewer")[0]["reason"] == "the key is revoked"
    api.call("DELETE", "/pauses/sendgrid", role="viewer", status=403)
    api.call("DELETE", "/pauses/sendgrid", status=204)
    assert api.call("GET", "/pauses") == []
    api.call("DELETE", "/pauses/sendgrid", status=404)


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [("give-up", ("failed", "decided_not_sent_again")), ("send-again", ("queued", None))],
)
def test_a_doubt_is_decided_and_recorded(
    api: Api, runtime: Runtime, decision: str, outcome: tuple[str, str | None]
) -> None:
    mailing_id = make_doubt(runtime)
    (doubt,) = api.call("GET", "/unknown", role="viewer")
    assert (doubt["count"], doubt["template"]) == (3, "A test")

    path = f"/unknown/{doubt['mailing']}/{decision}"
    api.call("POST", path, role="viewer", status=403)
    assert api.call("POST", path) == {"messages": 3}

    assert api.call("GET", "/unknown") == []
    assert states(runtime, mailing_id) == {outcome: 3}
    with runtime.db.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.subject_id, entry.facts) == (doubt["mailing"], {"messages": 3})

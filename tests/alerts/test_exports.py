"""An audience is taken out once, by who asked; a large one when a second person agreed."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select, update

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.models import Contact
from mobilize.core.clock import VirtualClock
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

EXPORTS = "/api/v1/exports"
FRENCH = {"language": "fr"}


class Api:
    """People with their keys, and supporters to take out: a tenth of them write French."""

    def __init__(self, client: FlaskClient, runtime: Runtime, now: datetime, people: int) -> None:
        self.client, self.runtime = client, runtime
        with runtime.db.transaction() as session:
            session.add_all(
                Contact(
                    given_name="Sol",
                    email=f"person{number}@example.org",
                    language="en" if number % 10 else "fr",
                    created_at=now,
                    updated_at=now,
                )
                for number in range(people)
            )
        self.keys = {
            role: bearer(make_key(runtime, role=role))
            for role in ("organizer", "approver", "viewer")
        }

    def post(self, path: str, body: Any = None, role: str = "organizer") -> Any:
        """The answer to a post under /exports."""
        return self.client.post(f"{EXPORTS}{path}", json=body, headers=self.keys[role])

    def ask(self, rules: Any = None, *, role: str = "organizer", **more: Any) -> Any:
        """Ask for an export, of everybody if nothing is said."""
        body = {"rules": rules or {"all": []}, "purpose": "postcards", **more}
        answer = self.post("", body, role)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime, now: datetime) -> Api:
    return Api(client, runtime, now, people=600)


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(answer.get_data(as_text=True).splitlines()))


def test_a_small_export_is_fetched_at_once_and_only_once(api: Api, now: datetime) -> None:
    asked = api.ask(FRENCH, columns=["email", "language"])
    assert (asked["state"], asked["people"]) == ("approved", 60)

    answer = api.post(f"/{asked['id']}/file")

    found = rows(answer)
    assert len(found) == 60
    # Whoever has an address also has the word that it is not to be used.
    assert found[0] == {"email": "person0@example.org", "language": "fr", "do_not_contact": ""}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="people-2026-11-22.csv"'
    assert api.post(f"/{asked['id']}/file").status_code == 409


def test_a_large_export_waits_for_a_second_person(api: Api) -> None:
    asked = api.ask()
    assert (asked["state"], asked["people"]) == ("asked", 600)
    path = f"/{asked['id']}"

    assert api.post(f"{path}/file").status_code == 409
    assert api.post(f"{path}/approve").status_code == 403  # an organizer approves nothing
    assert api.post(f"{path}/approve", role="approver").get_json()["state"] == "approved"

    assert api.post(f"{path}/file", role="approver").status_code == 403  # the file is not theirs
    assert len(rows(api.post(f"{path}/file"))) == 600


def test_nobody_approves_an_export_of_their_own(api: Api) -> None:
    asked = api.ask(role="approver")

    answer = api.post(f"/{asked['id']}/approve", role="approver")

    assert answer.status_code == 403
    assert "of their own" in answer.get_json()["message"]


def test_many_small_exports_do_not_add_up_to_a_large_one(api: Api, runtime: Runtime) -> None:
    half = {"not": FRENCH}
    with runtime.db.transaction() as session:
        session.execute(update(Contact).where(Contact.id % 2 == 0).values(province="QC"))
    first = api.ask({"all": [half, {"province": "QC"}]})
    second = api.ask({"all": [half, {"not": {"province": "QC"}}]})
    assert [first["state"], second["state"]] == ["approved", "asked"]

    VirtualClock(runtime.db).advance(timedelta(days=1))
    assert api.ask({"all": [half, {"province": "QC"}]})["state"] == "approved"


def test_a_refused_export_cannot_be_fetched(api: Api) -> None:
    asked = api.ask()
    assert api.post(f"/{asked['id']}/refuse", role="approver").get_json()["state"] == "refused"
    assert "was refused" in api.post(f"/{asked['id']}/file").get_json()["message"]


def test_an_export_lapses_after_a_day(api: Api, runtime: Runtime) -> None:
    small, large = api.ask(FRENCH), api.ask()
    VirtualClock(runtime.db).advance(timedelta(hours=24))

    assert api.post(f"/{small['id']}/file").status_code == 409
    assert api.post(f"/{large['id']}/approve", role="approver").status_code == 409


def test_a_list_that_became_another_is_not_handed_over(api: Api, runtime: Runtime) -> None:
    asked = api.ask(FRENCH)
    with runtime.db.transaction() as session:
        session.execute(update(Contact).values(language="fr"))

    assert "Far more people" in api.post(f"/{asked['id']}/file").get_json()["message"]


def test_whoever_is_gone_is_not_in_the_file(api: Api, runtime: Runtime) -> None:
    asked = api.ask(FRENCH)
    with runtime.db.transaction() as session:
        first, second, *_ = session.scalars(
            select(Contact).where(Contact.language == "fr").order_by(Contact.id)
        )
        first.state, second.state = "tombstoned", "merged"

    assert len(rows(api.post(f"/{asked['id']}/file"))) == 58


def test_who_took_whom_out_and_what_for_is_written_down(api: Api, runtime: Runtime) -> None:
    asked = api.ask(FRENCH, columns=["given_name"], purpose="  postcards for  February ")
    api.post(f"/{asked['id']}/file").get_data()

    with runtime.db.read() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject_id == asked["id"]).order_by(AuditEntry.id)
        ).all()
    assert [entry.action for entry in entries] == ["export.ask", "export.take"]
    assert entries[1].actor.startswith("key:")
    assert entries[1].facts == {
        "people": 60,
        "columns": ["given_name"],
        "format": "csv",
        "rules": FRENCH,
        "purpose": "postcards for February",
    }


def test_a_saved_audience_is_taken_out_as_a_workbook(api: Api) -> None:
    saved = api.client.post(
        "/api/v1/alerts/audiences",
        json={"name": "En français", "rules": FRENCH},
        headers=api.keys["organizer"],
    ).get_json()
    body = {"audience": saved["id"], "purpose": "postcards", "format": "xlsx"}
    asked = api.post("", body).get_json()

    answer = api.post(f"/{asked['id']}/file")

    sheet = load_workbook(io.BytesIO(answer.get_data()), read_only=True).active
    assert sheet is not None
    found = list(sheet.iter_rows(values_only=True))
    assert len(found) == 61
    assert found[0][:2] == ("email", "phone")
    assert found[1][0] == "person0@example.org"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purpose": "x"}, "rules"),
        ({"rules": {"all": []}, "purpose": "   "}, "purpose"),
        ({"rules": {"all": []}, "purpose": "x", "columns": ["notes"]}, "columns"),
        ({"rules": {"all": []}, "purpose": "x", "columns": ["email_hash"]}, "columns"),
    ],
)
def test_what_cannot_be_taken_out_is_named(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.post("", body)

    assert answer.status_code == 422
    assert field in answer.get_json()["fields"]


def test_a_viewer_takes_nobody_out(api: Api) -> None:
    body = {"rules": {"all": []}, "purpose": "x"}
    assert api.post("", body, role="viewer").status_code == 403
    asked = api.ask(FRENCH)
    assert api.post(f"/{asked['id']}/file", role="viewer").status_code == 403
    listed = api.client.get(EXPORTS, headers=api.keys["viewer"])
    assert listed.status_code == 403


def test_exports_are_listed_the_newest_first(api: Api) -> None:
    first, second = api.ask(FRENCH), api.ask(FRENCH)

    page = api.client.get(EXPORTS, headers=api.keys["approver"]).get_json()

    assert [one["id"] for one in page["items"]] == [second["id"], first["id"]]
    columns = api.client.get(f"{EXPORTS}/columns", headers=api.keys["organizer"]).get_json()
    assert "topics_left" in columns["columns"]

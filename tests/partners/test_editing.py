"""Organizations and their people over the JSON API: made, changed, archived, audited."""

from datetime import datetime
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import service
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.queries import by_email
from mobilize.core.personal_data import erase_person
from mobilize.partners import queries
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key
from tests.support.partners import EMAIL, signing_partner

PARTNERS = "/api/v1/partners/"
DIRECTOR: Final[dict[str, Any]] = {
    "email": "director@example.org",
    "given_name": "Ana",
    "language": "fr",
    "title": "Directrice",
    "role": "director",
    "may_sign": True,
    "published": {
        "where": "https://house.example.org/equipe",
        "seen_on": "2026-11-20",
        "nothing_against": True,
    },
}


CLERK: Final = {"email": "clerk@example.org"}


class Api:
    """An organizer and a viewer, with one organization on file."""

    def __init__(self, client: FlaskClient, runtime: Runtime) -> None:
        self.client, self.runtime = client, runtime
        self.keys = {role: bearer(make_key(runtime, role=role)) for role in ("organizer", "viewer")}
        made = self.call("POST", "", {"name_en": "Example House", "kind": "shelter"})
        self.house = made.get_json()["id"]

    def call(self, method: str, path: str, body: Any = None, role: str = "organizer") -> Any:
        """The answer to a request."""
        return self.client.open(
            f"{PARTNERS}{path}", method=method, json=body, headers=self.keys[role]
        )

    def events(self) -> list[tuple[str | None, str]]:
        """What stands in the consent ledger: basis and evidence."""
        with self.runtime.db.read() as session:
            rows = session.execute(select(ConsentEvent.basis, ConsentEvent.evidence))
            return [(basis, evidence) for basis, evidence in rows]

    def audited(self) -> list[str]:
        """What was written down about organizations."""
        with self.runtime.db.read() as session:
            return list(
                session.scalars(
                    select(AuditEntry.action)
                    .where(AuditEntry.subject_kind == "partner")
                    .order_by(AuditEntry.id)
                )
            )


@pytest.fixture
def api(client: FlaskClient, runtime: Runtime) -> Api:
    return Api(client, runtime)


def test_an_organization_is_changed_archived_and_restored(api: Api) -> None:
    body = {"name_fr": "Maison Exemple", "membership": "member", "member_since": "2019-05-01"}
    changed = api.call("PATCH", api.house, body).get_json()
    assert (changed["name_en"], changed["name_fr"], changed["kind"]) == (
        "Example House",
        "Maison Exemple",
        "shelter",
    )
    assert (changed["membership"], changed["member_since"]) == ("member", "2019-05-01")

    assert api.call("POST", f"{api.house}/archive").get_json()["state"] == "archived"
    assert api.call("GET", "").get_json()["items"] == []
    assert len(api.call("GET", "?state=archived").get_json()["items"]) == 1
    api.call("POST", f"{api.house}/restore")
    assert api.audited() == [
        "partner.create",
        "partner.change",
        "partner.archive",
        "partner.restore",
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name_en": "  ", "name_fr": ""}, "name_en"),
        ({"kind": "bowling"}, "kind"),
        ({"province": "ZZ"}, "province"),
        ({"member_since": "2020-01-01", "member_until": "2019-01-01"}, "member_until"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_changes(
    api: Api, body: dict[str, Any], field: str
) -> None:
    before = api.call("GET", api.house).get_json()

    answer = api.call("PATCH", api.house, body)

    assert answer.status_code == 422
    assert list(answer.get_json()["fields"]) == [field]
    assert api.call("GET", api.house).get_json() == before


def test_two_organizations_of_one_name_cannot_be_told_apart(api: Api) -> None:
    assert api.call("POST", "", {"name_en": "EXAMPLE  House"}).status_code == 409


def test_ridings_are_set_all_at_once_and_found_by(api: Api) -> None:
    served = {"ridings": [{"code": "35079"}, {"code": "24008", "has_office": True}]}
    set_to = api.call("PUT", f"{api.house}/ridings", served).get_json()
    assert set_to == {
        "ridings": [
            {"code": "24008", "has_office": True},
            {"code": "35079", "has_office": False},
        ]
    }
    assert len(api.call("GET", "?riding=24008").get_json()["items"]) == 1

    api.call("PUT", f"{api.house}/ridings", {"ridings": [{"code": "35079"}]})
    assert api.call("GET", "?riding=24008").get_json()["items"] == []
    assert api.call("PUT", f"{api.house}/ridings", {"ridings": [{"code": "1"}]}).status_code == 422


def test_organizations_are_found_by_kind_province_membership_and_name(api: Api) -> None:
    api.call("POST", "", {"name_en": "Legal Aid", "name_fr": "Aide juridique", "kind": "legal"})
    found = {
        query: [one["name_en"] for one in api.call("GET", f"?{query}").get_json()["items"]]
        for query in ("kind=legal", "search=JURIDIQUE", "search=house", "membership=member", "")
    }
    assert found == {
        "kind=legal": ["Legal Aid"],
        "search=JURIDIQUE": ["Legal Aid"],
        "search=house": ["Example House"],
        "membership=member": [],
        "": ["Example House", "Legal Aid"],
    }
    kinds = api.call("GET", "kinds").get_json()
    assert {one["key"] for one in kinds["roles"]} >= {"director", "front_line"}


def test_a_published_address_is_a_consent_with_its_proof(api: Api) -> None:
    (one,) = api.call("POST", f"{api.house}/people", DIRECTOR).get_json()
    assert (one["role"], one["may_sign"]) == ("director", True)

    ((basis, evidence),) = api.events()
    assert basis == "published"
    assert "https://house.example.org/equipe" in evidence
    assert "as Directrice" in evidence
    with api.runtime.db.read() as session:
        contact = by_email(session, "director@example.org")
    assert contact is not None
    assert contact.kind == "partner"
    assert api.call("POST", f"{api.house}/people", DIRECTOR).status_code == 409


@pytest.mark.parametrize(
    ("part", "field"),
    [({"nothing_against": False}, "nothing_against"), ({"seen_on": "2026-11-23"}, "seen_on")],
)
def test_half_a_proof_is_none(api: Api, part: dict[str, Any], field: str) -> None:
    body = DIRECTOR | {"published": DIRECTOR["published"] | part}

    answer = api.call("POST", f"{api.house}/people", body)

    assert list(answer.get_json()["fields"]) == [field]
    assert api.events() == []


def test_somebody_without_a_published_address_is_kept_without_consent(api: Api) -> None:
    assert len(api.call("POST", f"{api.house}/people", CLERK).get_json()) == 1
    assert api.events() == []


def test_a_page_does_not_open_again_what_somebody_closed(api: Api, now: datetime) -> None:
    api.call("POST", f"{api.house}/people", DIRECTOR)
    with api.runtime.db.transaction() as session:
        contact = by_email(session, "director@example.org")
        assert contact is not None
        service.withdraw(
            session, contact_id=contact.id, channel="email", source="link", actor="supporter",
            now=now,
        )  # fmt: skip
    api.call("DELETE", f"{api.house}/people/{contact.public_id}")

    api.call("POST", f"{api.house}/people", DIRECTOR)

    assert [basis for basis, _ in api.events()] == ["published", None]


def test_a_person_changes_role_and_goes_again(api: Api) -> None:
    (one,) = api.call("POST", f"{api.house}/people", DIRECTOR).get_json()
    path = f"{api.house}/people/{one['contact']}"

    (one,) = api.call("PATCH", path, {"role": "board", "may_sign": False}).get_json()
    assert (one["role"], one["title"], one["may_sign"]) == ("board", "Directrice", False)
    assert api.call("PATCH", path, {"role": "king"}).status_code == 422
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", f"{api.house}/people").get_json() == []
    assert api.call("DELETE", path).status_code == 404
    assert api.audited()[1:] == [
        "partner.person_add",
        "partner.person_change",
        "partner.person_remove",
    ]


def test_a_viewer_changes_nothing(api: Api) -> None:
    for method, path in (("POST", ""), ("PATCH", api.house), ("PUT", f"{api.house}/ridings")):
        body: dict[str, Any] = {"ridings": []} if path.endswith("ridings") else {}
        assert api.call(method, path, body, role="viewer").status_code == 403


def test_whoever_is_erased_speaks_for_nobody_and_the_sign_on_stays(api: Api, now: datetime) -> None:
    with api.runtime.db.transaction() as session:
        partner = signing_partner(session, now)
        contact = by_email(session, EMAIL)
        assert contact is not None
    with api.runtime.db.transaction() as session:
        erase_person(session, contact.id, actor="command", now=now)
    with api.runtime.db.read() as session:
        assert queries.people_of(session, partner.id) == []
        assert queries.by_public_id(session, partner.public_id).state == "active"

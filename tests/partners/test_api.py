"""Partners over the JSON API."""

import io

from flask.testing import FlaskClient

from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key

PARTNERS = "/api/v1/partners/"
FILE = (
    "name_en,name_fr,province,email,given_name,title,may_sign\n"
    "Example House,Maison Exemple,QC,director@example.org,Ana,Director,yes\n"
    "Example Centre,Centre Exemple,ON,,,,\n"
    ",,,,,,\n"
    ",,ON,,,,\n"
)


def test_partners_come_from_a_file_and_are_listed(client: FlaskClient, runtime: Runtime) -> None:
    key = bearer(make_key(runtime))
    file = (io.BytesIO(FILE.encode()), "partners.csv")
    report = client.post(f"{PARTNERS}imports", data={"file": file}, headers=key).get_json()
    assert report["partners"] == {"created": 2}
    assert [row["line"] for row in report["people"]["rejects"]] == [5]

    first = client.get(f"{PARTNERS}?limit=1", headers=key).get_json()
    rest = client.get(f"{PARTNERS}?after={first['after']}", headers=key).get_json()
    (centre,), (house,) = first["items"], rest["items"]
    assert (house["name_fr"], centre["name_fr"]) == ("Maison Exemple", "Centre Exemple")
    assert client.get(PARTNERS + house["id"], headers=key).get_json() == house
    (director,) = client.get(f"{PARTNERS}{house['id']}/people", headers=key).get_json()
    assert (director["given_name"], director["title"], director["may_sign"]) == (
        "Ana",
        "Director",
        True,
    )
    assert client.get(f"{PARTNERS}{house['id']}/sign-ons", headers=key).get_json() == []


def test_a_viewer_sees_organizations_but_no_people(client: FlaskClient, runtime: Runtime) -> None:
    key = bearer(make_key(runtime, role="viewer"))
    assert client.get(PARTNERS, headers=key).status_code == 200
    assert client.get(f"{PARTNERS}any/people", headers=key).status_code == 403
    assert client.get(f"{PARTNERS}nobody", headers=key).status_code == 404

"""Both languages, the same place; errors in the page's language."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("accepted", "leads_to"),
    [("fr-CA,fr;q=0.9", "/fr/"), ("en", "/en/"), ("uk", "/en/"), ("", "/en/")],
)
def test_without_a_language_the_browser_decides(
    client: FlaskClient, accepted: str, leads_to: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert answer.headers["Location"] == leads_to


def test_the_switch_keeps_the_place(client: FlaskClient) -> None:
    page = client.get("/en/").get_data(as_text=True)
    assert '<html lang="en">' in page
    assert 'href="/fr/" hreflang="fr" lang="fr">Français</a>' in page
    assert 'href="/en/" hreflang="en" lang="en">English</a>' in client.get("/fr/").get_data(
        as_text=True
    )


def test_an_address_without_a_page_is_answered_in_its_language(client: FlaskClient) -> None:
    answer = client.get("/fr/rien-ici")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 404
    assert '<html lang="fr">' in page
    assert "Cette page n’existe pas" in page
    assert "There is nothing" not in page

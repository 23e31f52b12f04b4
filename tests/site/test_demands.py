"""A demand is public once adopted, in both languages, with those who stand with it."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from mobilize.partners.models import Partner, SignOn
from mobilize.runtime import Runtime
from mobilize.strategy.models import DemandElement, DemandVersion
from tests.support.campaigns import adopted_demand

ADDRESS = "/en/d/permanent-status"


def sign(
    session: Session, version: DemandVersion, name: str, now: datetime, visibility: str = "public"
) -> None:
    """Let a partner of that name stand with the demand."""
    partner = Partner(
        name_en=name,
        name_fr=f"{name} (fr)",
        name_norm=name.lower(),
        created_at=now,
        updated_at=now,
    )
    session.add(partner)
    session.flush()
    session.add(
        SignOn(
            partner_id=partner.id,
            demand_version_id=version.id,
            signatory_name="Sam Placeholder",
            email_hash=b"0" * 32,
            language="en",
            visibility=visibility,
            state="confirmed",
            created_at=now,
        )
    )


@pytest.fixture
def version(runtime: Runtime, now: datetime) -> DemandVersion:
    """An adopted demand with one element of each kind but one."""
    with runtime.db.transaction() as session:
        version = adopted_demand(session, now)
        for position, kind in enumerate(("goal", "condition", "outcome")):
            session.add(
                DemandElement(
                    demand_version_id=version.id,
                    kind=kind,
                    position=position,
                    key=kind,
                    text_en=f"The {kind} in English.",
                    text_fr=f"En français : {kind}.",
                )
            )
        return version


def test_the_first_page_leads_to_what_was_adopted(
    client: FlaskClient, version: DemandVersion
) -> None:
    page = client.get("/fr/").text
    assert '<a href="/fr/d/permanent-status">Statut permanent</a>' in page
    assert "Protéger pour de bon." in page


def test_before_anything_is_adopted_the_first_page_says_so(client: FlaskClient) -> None:
    assert "The demands are being prepared." in client.get("/en/").text


def test_a_demand_shows_how_its_change_comes_about(
    client: FlaskClient, version: DemandVersion
) -> None:
    page = client.get(ADDRESS).text
    for text in ("Permanent Status", "Protect for good.", "A summary.", "The goal in English."):
        assert text in page
    assert page.index("The goal") < page.index("The condition") < page.index("The outcome")
    assert "What then works differently" not in page
    assert "These words were adopted on November 22, 2026." in page
    assert 'href="/en/sign-on/permanent-status"' in page


def test_it_stands_in_french_too(client: FlaskClient, version: DemandVersion) -> None:
    page = client.get(ADDRESS.replace("/en/", "/fr/")).text
    assert "En français : goal." in page
    assert "Ce texte a été adopté le 22 novembre 2026." in page
    assert f'href="{ADDRESS}" hreflang="en"' in page


def test_organizations_are_named_as_they_wished(
    client: FlaskClient, runtime: Runtime, version: DemandVersion, now: datetime
) -> None:
    assert "No organization has signed on yet." in client.get(ADDRESS).text
    with runtime.db.transaction() as session:
        sign(session, version, "Open Centre", now)
        sign(session, version, "Quiet Centre", now, visibility="private")
    page = client.get(ADDRESS).text
    assert "Open Centre" in page
    assert "Quiet Centre" not in page
    assert "Sam Placeholder" not in page
    assert "Organizations that signed without being named: 1." in page
    assert "Open Centre (fr)" in client.get(ADDRESS.replace("/en/", "/fr/")).text


@pytest.mark.parametrize("state", ["draft", "superseded"])
def test_what_is_not_adopted_is_not_there(
    client: FlaskClient, runtime: Runtime, version: DemandVersion, state: str
) -> None:
    with runtime.db.transaction() as session:
        session.get_one(DemandVersion, version.id).state = state
    assert client.get(ADDRESS).status_code == 404
    assert client.get("/en/d/no-such-demand").status_code == 404

"""Finding a riding: the code decides, the person decides, and nobody is stopped."""

import pytest

from mobilize.mps.lookup import resolve
from tests.site.conftest import Scene

WHERE = "/en/c/lasting-protection/where"


def first_code(certainty: str) -> str:
    """A postal code that the table answers with that certainty."""
    codes = (
        "K1A0A6",
        "A1S1A1",
        "M4C1A1",
        "V5K0A1",
        "H2X1Y4",
        "T5J0N3",
        "R3C0A1",
        "X0A0H0",
        "A1A1A1",
    )
    areas = [code[:3] for code in codes]
    candidates = [*codes, *(f"{area}{unit}" for area in areas for unit in ("1B1", "2C2", "3E3"))]
    return next(code for code in candidates if resolve(code).certainty == certainty)


def test_a_person_without_a_riding_is_asked_for_it(scene: Scene) -> None:
    page = scene.client.get(scene.invite(None))
    assert "Find your member of Parliament" in page.text
    assert 'name="postal_code"' in scene.client.get(scene.link_to(page, "/where")).text


def test_a_likely_riding_is_shown_at_once(scene: Scene) -> None:
    answer = scene.client.post(WHERE, data={"postal_code": first_code("likely")})
    assert answer.status_code == 303
    page = scene.client.get(answer.location)
    assert "Not your riding?" in page.text
    assert "/call" in page.text


def test_a_doubtful_code_asks_which_one(scene: Scene) -> None:
    code = first_code("tentative")
    answer = scene.client.post(WHERE, data={"postal_code": code})
    assert answer.status_code == 200
    for candidate in resolve(code).candidates:
        assert f'value="{candidate.code}"' in answer.text


@pytest.mark.parametrize("typed", ["", "nonsense", "A9Z 9Z9", "90210", "x" * 5000])
def test_an_unknown_code_leads_to_the_list(scene: Scene, typed: str) -> None:
    answer = scene.client.post(WHERE, data={"postal_code": typed})
    assert answer.status_code == 422
    assert "Pick your riding from the list below." in answer.text
    assert 'value="35001"' in answer.text


def test_a_picked_riding_leads_on_without_naming_it_in_the_address(scene: Scene) -> None:
    answer = scene.client.post(WHERE, data={"riding": "35001"})
    assert answer.status_code == 303
    assert "35001" not in answer.location
    assert "Ajax" in scene.client.get(answer.location).text


def test_a_riding_that_is_not_in_the_list_is_asked_for_again(scene: Scene) -> None:
    assert scene.client.post(WHERE, data={"riding": "99999"}).status_code == 422


def test_the_list_has_every_riding_by_province(scene: Scene) -> None:
    page = scene.client.get("/fr/c/lasting-protection/where")
    assert page.text.count("<optgroup") == 13
    assert page.text.count("<option") == 344
    assert "Nouvelle-Écosse" in page.text

"""How MPs, parties and provinces are named in both languages."""

from mobilize.core.i18n import LANGUAGES
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.wording import PARTIES, styled_name


def test_an_honorific_stays_with_its_name() -> None:
    assert styled_name("hon", "Anita", "Anand", "en") == "Hon.\u00a0Anita Anand"
    assert styled_name("hon", "Anita", "Anand", "fr") == "L’hon.\u00a0Anita Anand"
    assert styled_name("", "Paul", "Connors", "fr") == "Paul Connors"


def test_every_party_and_province_has_a_name_in_each_language() -> None:
    for language in LANGUAGES:
        assert all(party.name(language) for party in PARTIES.values())
        assert all(province.name(language) for province in PROVINCES.values())
    assert PROVINCES["BC"].name("fr") == "Colombie-Britannique"
    assert PARTIES["ndp"].name("fr") == "NPD"

"""The provinces and territories: their names, their ridings' codes and their postal letters."""

from typing import Final, NamedTuple

from mobilize.core.i18n import Language


class Province(NamedTuple):
    """A province or territory.

    Attributes:
        code: Two letters, as in an address.
        number: The first two digits of its ridings' codes (Statistics Canada's numbering).
        postal: The first letters of its postal codes; Canada Post starts X in both NT and NU.
        en: The English name.
        fr: The French name.
    """

    code: str
    number: str
    postal: str
    en: str
    fr: str

    def name(self, language: Language) -> str:
        """The name in one language."""
        return self.fr if language == "fr" else self.en


PROVINCES: Final = {
    row[0]: Province(*row)
    for row in (
        ("NL", "10", "A", "Newfoundland and Labrador", "Terre-Neuve-et-Labrador"),
        ("PE", "11", "C", "Prince Edward Island", "Île-du-Prince-Édouard"),
        ("NS", "12", "B", "Nova Scotia", "Nouvelle-Écosse"),
        ("NB", "13", "E", "New Brunswick", "Nouveau-Brunswick"),
        ("QC", "24", "GHJ", "Quebec", "Québec"),
        ("ON", "35", "KLMNP", "Ontario", "Ontario"),
        ("MB", "46", "R", "Manitoba", "Manitoba"),
        ("SK", "47", "S", "Saskatchewan", "Saskatchewan"),
        ("AB", "48", "T", "Alberta", "Alberta"),
        ("BC", "59", "V", "British Columbia", "Colombie-Britannique"),
        ("YT", "60", "Y", "Yukon", "Yukon"),
        ("NT", "61", "X", "Northwest Territories", "Territoires du Nord-Ouest"),
        ("NU", "62", "X", "Nunavut", "Nunavut"),
    )
}

_BY_NUMBER: Final = {province.number: province.code for province in PROVINCES.values()}


def province_of_riding(code: str) -> str:
    """The province of a riding's code, in any order."""
    return _BY_NUMBER[code[:2]]

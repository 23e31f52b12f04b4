"""How parties and MPs are named in both languages."""

from typing import Final, NamedTuple

from mobilize.core.i18n import Language


class PartyName(NamedTuple):
    """A party's short name."""

    en: str
    fr: str

    def name(self, language: Language) -> str:
        """The name in one language."""
        return self.fr if language == "fr" else self.en


PARTIES: Final = {
    "liberal": PartyName("Liberal", "Parti libéral"),
    "conservative": PartyName("Conservative", "Parti conservateur"),
    "bloc": PartyName("Bloc Québécois", "Bloc québécois"),
    "ndp": PartyName("NDP", "NPD"),
    "green": PartyName("Green", "Parti vert"),
    "independent": PartyName("Independent", "Sans affiliation"),
}

# In French the short forms do not vary with gender, which no source gives us.
_HONORIFICS: Final[dict[str, dict[Language, str]]] = {
    "": {"en": "", "fr": ""},
    "hon": {"en": "Hon.\u00a0", "fr": "L’hon.\u00a0"},
    "right_hon": {"en": "Right Hon.\u00a0", "fr": "Très hon.\u00a0"},
}


def styled_name(honorific: str, given_name: str, family_name: str, language: Language) -> str:
    """A person's name with the honorific, as on an envelope."""
    return f"{_HONORIFICS[honorific][language]}{given_name} {family_name}"

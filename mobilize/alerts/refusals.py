"""Why an audience's rules cannot be read: the exact place, and the reason in both languages."""

from collections.abc import Mapping
from typing import Final

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES, Language

_MESSAGES: Final[Mapping[Language, str]] = {
    "en": "The audience’s rules cannot be read at “{place}”: {why}.",
    "fr": "Les règles du public ne se lisent pas à «\u00a0{place}\u00a0»\u00a0: {why}.",
}
_HINTS: Final[Mapping[Language, str]] = {
    "en": "Correct that rule; the schema at /api/v1/alerts/audiences/schema lists all of them.",
    "fr": ("Corrigez cette règle; le schéma à /api/v1/alerts/audiences/schema les énumère toutes."),
}
_WHOLE: Final = "rules"
"""The place where the whole is no rule."""

REASONS: Final[Mapping[str, Mapping[Language, str]]] = {
    "too_much": {
        "en": "more than {rules} rules, or more than {depth} inside each other",
        "fr": "plus de {rules} règles, ou plus de {depth} les unes dans les autres",
    },
    "no_rule": {
        "en": 'a rule is an object with one name, such as {{"province": "QC"}}',
        "fr": 'une règle est un objet qui porte un seul nom, comme {{"province": "QC"}}',
    },
    "unknown": {
        "en": "no such rule; there are {names}",
        "fr": "cette règle n’existe pas; il y a {names}",
    },
    "no_flag": {"en": "true or false is expected", "fr": "il faut true ou false"},
    "no_list": {"en": "a list of rules is expected", "fr": "il faut une liste de règles"},
    "any_of_none": {
        "en": "any of no rules would be nobody",
        "fr": "une liste vide ne viserait personne",
    },
    "no_about": {
        "en": "an object of {names} is expected",
        "fr": "il faut un objet fait de {names}",
    },
    "no_text": {"en": "a text is expected", "fr": "il faut un texte"},
    "no_texts": {
        "en": "a text, or a list of texts, is expected",
        "fr": "il faut un texte, ou une liste de textes",
    },
    "too_many": {
        "en": "between 1 and {most} values are expected",
        "fr": "il faut entre 1 et {most} valeurs",
    },
    "no_choice": {
        "en": "no such value; there are {names}",
        "fr": "cette valeur n’existe pas; il y a {names}",
    },
    "no_day": {
        "en": "a day is expected, such as 2026-11-22",
        "fr": "il faut une date, comme 2026-11-22",
    },
    "no_days": {
        "en": "a whole number of days is expected, from {least} to {most}",
        "fr": "il faut un nombre entier de jours, de {least} à {most}",
    },
}


class UnreadableRules(InvalidInput):
    """Rules that cannot be read.

    Args:
        place: Where, such as `all[1].province`; empty for the whole.
        code: Why: one of `REASONS`.
        numbers: What the reason's words name.
    """

    def __init__(self, place: str, code: str, **numbers: object) -> None:
        self.place = place or _WHOLE
        self.why: dict[Language, str] = {
            language: REASONS[code][language].format(**numbers) for language in LANGUAGES
        }
        super().__init__(self.said("en"), hint=self.advice("en"), fields={self.place: self.why})

    def said(self, language: Language) -> str:
        """What is wrong and where, as a sentence."""
        return _MESSAGES[language].format(place=self.place, why=self.why[language])

    @staticmethod
    def advice(language: Language) -> str:
        """What to do, as a sentence."""
        return _HINTS[language]

"""The words that an audience's sentence is made of, in both languages, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mobilize.core.i18n import Language
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.wording import PARTIES


@dataclass(frozen=True)
class Phrase:
    """A simple rule as a verb phrase about several people.

    `{x}` is the rule's values, `{about}` what else it is about.
    """

    holds: str
    fails: str
    quoted: bool = False
    """Whether values stand in quotation marks."""


@dataclass(frozen=True)
class Words:
    """What one language needs beside the phrases."""

    everybody: str
    nobody: str
    anybody: str
    """Holds for everybody, as a verb phrase."""
    not_anybody: str
    people: str
    who: str
    and_: str
    or_: str
    quote: str


PHRASES: Final[Mapping[Language, Mapping[str, Phrase]]] = {
    "en": {
        "language": Phrase("speak {x}", "do not speak {x}"),
        "province": Phrase("live in {x}", "do not live in {x}"),
        "riding": Phrase("live in the riding of {x}", "do not live in the riding of {x}"),
        "riding_certainty": Phrase("have a {x} riding", "do not have a {x} riding"),
        "mp": Phrase("are represented by {x}", "are not represented by {x}"),
        "party": Phrase(
            "have an MP who sits as {x}", "do not have an MP who sits as {x}", quoted=True
        ),
        "stance": Phrase(
            "have an MP whose position on {about} is {x}",
            "do not have an MP whose position on {about} is {x}",
            quoted=True,
        ),
        "tag": Phrase("are tagged {x}", "are not tagged {x}", quoted=True),
        "custom": Phrase(
            "have {x} as their answer to {about}",
            "do not have {x} as their answer to {about}",
            quoted=True,
        ),
        "kind": Phrase("are {x}", "are not {x}"),
        "source": Phrase("came from {x}", "did not come from {x}", quoted=True),
        "imported": Phrase(
            "were added or last changed by the file {x}",
            "were not added or last changed by the file {x}",
            quoted=True,
        ),
        "partner": Phrase("speak for {x}", "do not speak for {x}", quoted=True),
        "consent": Phrase("have agreed to {x}", "have not agreed to {x}"),
        "topic": Phrase("still hear about {x}", "no longer hear about {x}"),
        "acted_on": Phrase("have acted on {x}", "have not acted on {x}"),
        "completed": Phrase(
            "have completed the campaign {x}", "have not completed the campaign {x}", quoted=True
        ),
        "received": Phrase("were sent the message {x}", "were not sent the message {x}", True),
        "joined_since": Phrase("have joined since {x}", "joined before {x}"),
        "active_since": Phrase("have acted since {x}", "have not acted since {x}"),
        "partner_person": Phrase("speak for a partner", "do not speak for a partner"),
    },
    "fr": {
        "language": Phrase("parlent {x}", "ne parlent pas {x}"),
        "province": Phrase("vivent {x}", "ne vivent pas {x}"),
        "riding": Phrase(
            "vivent dans la circonscription de {x}", "ne vivent pas dans la circonscription de {x}"
        ),
        "riding_certainty": Phrase(
            "ont une circonscription {x}", "n’ont pas de circonscription {x}"
        ),
        "mp": Phrase("sont représentées par {x}", "ne sont pas représentées par {x}"),
        "party": Phrase(
            "ont au Parlement une personne élue sous la bannière {x}",
            "n’ont pas au Parlement une personne élue sous la bannière {x}",
            quoted=True,
        ),
        "stance": Phrase(
            "ont au Parlement une personne dont la position sur la revendication {about} est {x}",
            "n’ont pas au Parlement une personne dont la position sur la revendication {about} "
            "est {x}",
            quoted=True,
        ),
        "tag": Phrase("portent l’étiquette {x}", "ne portent pas l’étiquette {x}", quoted=True),
        "custom": Phrase(
            "ont {x} comme réponse à {about}", "n’ont pas {x} comme réponse à {about}", quoted=True
        ),
        "kind": Phrase("sont {x}", "ne sont pas {x}"),
        "source": Phrase("viennent de {x}", "ne viennent pas de {x}", quoted=True),
        "imported": Phrase(
            "ont été ajoutées ou modifiées en dernier par le fichier {x}",
            "n’ont été ni ajoutées ni modifiées en dernier par le fichier {x}",
            quoted=True,
        ),
        "partner": Phrase(
            "représentent l’organisme {x}", "ne représentent pas l’organisme {x}", quoted=True
        ),
        "consent": Phrase("acceptent {x}", "n’acceptent pas {x}"),
        "topic": Phrase(
            "suivent encore la revendication {x}", "ne suivent plus la revendication {x}", True
        ),
        "acted_on": Phrase(
            "ont agi pour la revendication {x}", "n’ont pas agi pour la revendication {x}", True
        ),
        "completed": Phrase(
            "ont agi dans la campagne {x}", "n’ont pas agi dans la campagne {x}", quoted=True
        ),
        "received": Phrase("ont reçu le message {x}", "n’ont pas reçu le message {x}", quoted=True),
        "joined_since": Phrase(
            "ont rejoint la liste depuis le {x}", "ont rejoint la liste avant le {x}"
        ),
        "active_since": Phrase("ont agi depuis le {x}", "n’ont pas agi depuis le {x}"),
        "partner_person": Phrase(
            "représentent un organisme partenaire", "ne représentent pas d’organisme partenaire"
        ),
    },
}

_ENGLISH_ARTICLES: Final = {"NT": "the "}
_FRENCH_PLACES: Final = {
    "NL": "à ",
    "PE": "à l’",
    "NB": "au ",
    "QC": "au ",
    "MB": "au ",
    "YT": "au ",
    "NT": "aux ",
    "NU": "au ",
}

VALUES: Final[Mapping[Language, Mapping[str, Mapping[str, str]]]] = {
    "en": {
        "language": {"en": "English", "fr": "French"},
        "province": {
            code: f"{_ENGLISH_ARTICLES.get(code, '')}{place.en}"
            for code, place in PROVINCES.items()
        },
        "riding_certainty": {
            "confirmed": "confirmed",
            "likely": "likely",
            "tentative": "tentative",
        },
        "party": {code: party.en for code, party in PARTIES.items()},
        "stance": {
            "champion": "champion",
            "supportive": "supportive",
            "leaning": "leaning in favour",
            "silent": "silent",
            "leaning_against": "leaning against",
            "opposed": "opposed",
        },
        "kind": {"supporter": "supporters", "partner": "people of partner organizations"},
        "consent": {"email": "emails", "sms": "texts", "voice": "calls"},
    },
    "fr": {
        "language": {"en": "anglais", "fr": "français"},
        "province": {
            code: f"{_FRENCH_PLACES.get(code, 'en ')}{place.fr}"
            for code, place in PROVINCES.items()
        },
        "riding_certainty": {
            "confirmed": "confirmée",
            "likely": "probable",
            "tentative": "à confirmer",
        },
        "party": {code: party.fr for code, party in PARTIES.items()},
        "stance": {
            "champion": "engagée en faveur",
            "supportive": "favorable",
            "leaning": "plutôt favorable",
            "silent": "non exprimée",
            "leaning_against": "plutôt défavorable",
            "opposed": "opposée",
        },
        "kind": {
            "supporter": "des personnes sympathisantes",
            "partner": "des personnes d’organismes partenaires",
        },
        "consent": {"email": "les courriels", "sms": "les textos", "voice": "les appels"},
    },
}

PLACES: Final[Mapping[Language, str]] = {"en": "in {x}", "fr": "{x}"}
"""Where people live, standing right behind their noun."""

SPEAKING: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"en": "English-speaking", "fr": "French-speaking"},
    "fr": {"en": "anglophones", "fr": "francophones"},
}

WORDS: Final[Mapping[Language, Words]] = {
    "en": Words(
        everybody="Everybody on the list",
        nobody="Nobody",
        anybody="are on the list",
        not_anybody="are not on the list",
        people="people",
        who="who",
        and_="and",
        or_="or",
        quote="“{x}”",
    ),
    "fr": Words(
        everybody="Toutes les personnes de la liste",
        nobody="Personne",
        anybody="sont sur la liste",
        not_anybody="ne sont pas sur la liste",
        people="personnes",
        who="qui",
        and_="et",
        or_="ou",
        quote="«\u00a0{x}\u00a0»",
    ),
}

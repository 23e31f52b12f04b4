"""The words of an audience's sentence in French; people are « les personnes », hence feminine."""

import re
from typing import Final

from mobilize.alerts.phrases import Phrase, Window, Wording
from mobilize.mps.provinces import PROVINCES

_IN: Final = {
    "NL": "à ",
    "PE": "à l’",
    "NB": "au ",
    "QC": "au ",
    "MB": "au ",
    "YT": "au ",
    "NT": "dans les ",
    "NU": "au ",
}
_OF: Final = {
    "NL": "de ",
    "PE": "de l’",
    "NB": "du ",
    "QC": "du ",
    "ON": "de l’",
    "MB": "du ",
    "AB": "de l’",
    "YT": "du ",
    "NT": "des ",
    "NU": "du ",
}

_BEFORE_VOWEL: Final = re.compile("circonscription de (?=[AÂÀEÉÈÊIÎOÔUÛ])")

FRENCH: Final = Wording(
    phrases={
        "language": Phrase(
            holds="parlent {x}", fails="ne parlent pas {x}", none_of="ne parlent {neither}"
        ),
        "province": Phrase(
            holds="vivent {x}", fails="ne vivent pas {x}", none_of="ne vivent {neither}"
        ),
        "riding": Phrase(
            holds="vivent dans la circonscription de {x}",
            fails="ne vivent pas dans la circonscription de {x}",
            several="vivent dans l’une des circonscriptions {x}",
            none_of="ne vivent dans aucune des circonscriptions {x}",
        ),
        "riding_certainty": Phrase(
            holds="ont une circonscription {x}",
            fails="n’ont pas de circonscription {x}",
            none_of="n’ont pas de circonscription {x}",
        ),
        "mp": Phrase(
            holds="sont représentées par {x}",
            fails="ne sont pas représentées par {x}",
        ),
        "party": Phrase(
            holds="sont représentées au Parlement par {x}",
            fails="ne sont pas représentées au Parlement par {x}",
        ),
        "stance": Phrase(
            holds="sont représentées par une personne dont la position sur la revendication "
            "{about} est {x}",
            fails="ne sont pas représentées par une personne dont la position sur la "
            "revendication {about} est {x}",
        ),
        "tag": Phrase(
            holds="portent l’étiquette {x}",
            fails="ne portent pas l’étiquette {x}",
            none_of="ne portent aucune des étiquettes {x}",
            quoted=True,
        ),
        "custom": Phrase(
            holds="ont répondu {x} à {about}",
            fails="n’ont pas répondu {x} à {about}",
            none_of="n’ont répondu {neither} à {about}",
            quoted=True,
        ),
        "kind": Phrase(holds="sont {x}", fails="ne sont pas {x}", none_of="ne sont {neither}"),
        "source": Phrase(
            holds="viennent de {x}",
            fails="ne viennent pas de {x}",
            several="viennent de l’une des sources {x}",
            none_of="ne viennent d’aucune des sources {x}",
            quoted=True,
        ),
        "imported": Phrase(
            holds="ont été ajoutées ou modifiées en dernier par le fichier {x}",
            fails="n’ont été ni ajoutées ni modifiées en dernier par le fichier {x}",
            several="ont été ajoutées ou modifiées en dernier par l’un des fichiers {x}",
            none_of="n’ont été ni ajoutées ni modifiées en dernier par aucun des fichiers {x}",
            quoted=True,
        ),
        "partner": Phrase(
            holds="représentent l’organisme {x}",
            fails="ne représentent pas l’organisme {x}",
            several="représentent l’un des organismes {x}",
            none_of="ne représentent aucun des organismes {x}",
            quoted=True,
        ),
        "membership": Phrase(
            holds="représentent {x}",
            fails="ne représentent pas {x}",
            none_of="ne représentent {neither}",
        ),
        "partner_riding": Phrase(
            holds="représentent un organisme qui dessert la circonscription de {x}",
            fails="ne représentent pas un organisme qui dessert la circonscription de {x}",
            several="représentent un organisme qui dessert l’une des circonscriptions {x}",
            none_of="ne représentent pas d’organisme qui dessert l’une des circonscriptions {x}",
        ),
        "consent": Phrase(
            holds="acceptent {x}", fails="n’acceptent pas {x}", none_of="n’acceptent {neither}"
        ),
        "topic": Phrase(
            holds="suivent encore la revendication {x}",
            fails="ne suivent plus la revendication {x}",
            several="suivent encore l’une des revendications {x}",
            none_of="ne suivent plus aucune des revendications {x}",
            quoted=True,
        ),
        "acted_on": Phrase(
            holds="ont agi pour la revendication {x}",
            fails="n’ont pas agi pour la revendication {x}",
            several="ont agi pour l’une des revendications {x}",
            none_of="n’ont agi pour aucune des revendications {x}",
            quoted=True,
        ),
        "completed": Phrase(
            holds="ont agi dans la campagne {x}",
            fails="n’ont pas agi dans la campagne {x}",
            several="ont agi dans l’une des campagnes {x}",
            none_of="n’ont agi dans aucune des campagnes {x}",
            quoted=True,
        ),
        "received": Phrase(
            holds="ont reçu le message {x}",
            fails="n’ont pas reçu le message {x}",
            several="ont reçu l’un des messages {x}",
            none_of="n’ont reçu aucun des messages {x}",
            quoted=True,
        ),
        "followed_up": Phrase(
            holds="ont reçu un suivi de {x}",
            fails="n’ont reçu aucun suivi de {x}",
            quoted=True,
        ),
        "active_since": Phrase(holds="ont agi depuis le {x}", fails="n’ont pas agi depuis le {x}"),
        "joined_since": Phrase(
            holds="ont rejoint la liste depuis le {x}", fails="ont rejoint la liste avant le {x}"
        ),
    },
    flags={
        "partner_person": (
            "représentent un organisme partenaire",
            "ne représentent pas d’organisme partenaire",
        )
    },
    days={
        "messaged_within": (
            "ont reçu une alerte ou un suivi au cours {span}",
            "n’ont reçu ni alerte ni suivi au cours {span}",
        ),
        "consent_ends_within": (
            "ont un consentement qui prend fin au cours {coming}",
            "n’ont pas de consentement qui prend fin au cours {coming}",
        ),
        "acted_within": ("ont agi au cours {span}", "n’ont pas agi au cours {span}"),
        "joined_within": (
            "ont rejoint la liste au cours {span}",
            "n’ont pas rejoint la liste au cours {span}",
        ),
    },
    window=Window(
        on_the_day="{has} agi le jour de {about}",
        until="{has} agi le jour de {about} ou {before}",
        since="{has} agi le jour de {about} ou {after}",
        around="{has} agi entre {before} avant et {after} après {about}",
        before=("la veille", "dans les {n} jours d’avant"),
        after=("le lendemain", "dans les {n} jours d’après"),
        day=("1 jour", "{n} jours"),
        has="ont",
        has_not="n’ont pas",
    ),
    values={
        "language": {"en": "anglais", "fr": "français"},
        "province": {
            code: f"{_IN.get(code, 'en ')}{place.fr}" for code, place in PROVINCES.items()
        },
        "riding_certainty": {
            "confirmed": "confirmée",
            "likely": "probable",
            "tentative": "à confirmer",
        },
        "party": {
            "liberal": "le Parti libéral",
            "conservative": "le Parti conservateur",
            "bloc": "le Bloc québécois",
            "ndp": "le NPD",
            "green": "le Parti vert",
            "independent": "une personne sans affiliation",
        },
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
        "membership": {
            "member": "un organisme membre",
            "ally": "un organisme allié",
            "former": "un organisme qui a été membre",
        },
        "consent": {"email": "les courriels", "sms": "les textos", "voice": "les appels"},
    },
    heads={
        "": "les personnes",
        "supporter": "les personnes sympathisantes",
        "partner": "les personnes d’organismes partenaires",
    },
    speaking={"en": "anglophones", "fr": "francophones"},
    places={code: f"{_OF.get(code, 'de la ')}{place.fr}" for code, place in PROVINCES.items()},
    place_joined="{x}",
    adjective_first=False,
    everybody="Toutes les personnes de la liste",
    nobody="Personne",
    who="qui",
    and_="et",
    or_="ou",
    either=("soit", "soit"),
    neither=("ni", "ni"),
    more="{n} autres",
    last_days=("des 24 dernières heures", "des {n} derniers jours"),
    next_days=("des 24 prochaines heures", "des {n} prochains jours"),
    quote="«\u00a0{x}\u00a0»",
    elided=lambda said: _BEFORE_VOWEL.sub("circonscription d’", said),
)

"""What stands in an alert's way, or is worth a second look, in words of both languages."""

from dataclasses import dataclass
from typing import Final

from mobilize.core.i18n import Language


@dataclass(frozen=True)
class Problem:
    """Something that must be put right before anything is sent, or a warning about it.

    Attributes:
        code: Which of `WORDS`.
        channel: Where it is about one step: its channel.
        language: Where it is about one language.
        names: What is unknown, what tells, the day or the sum, where that is the problem.
    """

    code: str
    channel: str | None = None
    language: Language | None = None
    names: tuple[str, ...] = ()

    def text(self, language: Language) -> str:
        """The problem in words."""
        return WORDS[self.code][language].format(
            channel=_CHANNELS[language].get(self.channel or "", ""),
            language=_LANGUAGE_NAMES[language].get(self.language or "", ""),
            names=", ".join(self.names),
        )


BLOCKING: Final[dict[str, dict[Language, str]]] = {
    "no_steps": {
        "en": "There is no message to send: add an email or a text.",
        "fr": "Il n’y a aucun message à envoyer\u00a0: ajoutez un courriel ou un texto.",
    },
    "nobody": {
        "en": "The audience is empty.",
        "fr": "Le public est vide.",
    },
    "postal_address_missing": {
        "en": "The settings hold no postal address, which every message must say or lead to (CASL "
        "s. 6(2)): set site.postal_address.",
        "fr": "Aucune adresse postale n’est réglée\u00a0; tout message doit la donner ou y mener "
        "(LCAP, par. 6(2))\u00a0: réglez site.postal_address.",
    },
    "campaign_not_published": {
        "en": "The campaign is not published, so that its links would lead nowhere.",
        "fr": "La campagne n’est pas publiée\u00a0: ses liens ne mèneraient nulle part.",
    },
    "campaign_not_open": {
        "en": "The campaign does not open before {names}.",
        "fr": "La campagne n’ouvre pas avant le {names}.",
    },
    "campaign_closed": {
        "en": "The campaign is closed.",
        "fr": "La campagne est terminée.",
    },
    "demand_not_adopted": {
        "en": "This version of the demand is not adopted yet.",
        "fr": "Cette version de la revendication n’est pas encore adoptée.",
    },
    "page_missing": {
        "en": "The campaign’s page does not exist in {language}.",
        "fr": "La page de la campagne n’existe pas en {language}.",
    },
    "page_not_reviewed": {
        "en": "Nobody has reviewed the campaign’s page in {language}.",
        "fr": "Personne n’a révisé la page de la campagne en {language}.",
    },
    "text_missing": {
        "en": "The {channel} does not exist in {language}.",
        "fr": "Le {channel} n’existe pas en {language}.",
    },
    "text_not_reviewed": {
        "en": "Nobody has reviewed the {channel} in {language}.",
        "fr": "Personne n’a révisé le {channel} en {language}.",
    },
    "unknown_names": {
        "en": "The {channel} in {language} asks for what nothing provides: {names}.",
        "fr": "Le {channel} en {language} demande ce que rien ne fournit\u00a0: {names}.",
    },
    "discreet_missing": {
        "en": "The {channel} in {language} shows its topic on a screen ({names}): write discreet "
        "words for people who asked for discretion.",
        "fr": "Le {channel} en {language} laisse voir son sujet à l’écran ({names})\u00a0: écrivez "
        "des mots discrets pour les personnes qui ont demandé la discrétion.",
    },
    "discreet_tells": {
        "en": "The discreet words of the {channel} in {language} give its topic away: {names}.",
        "fr": "Les mots discrets du {channel} en {language} en trahissent le sujet\u00a0: {names}.",
    },
    "stop_missing": {
        "en": "The {channel} in {language} does not say how to stop (CASL s. 6(2)): write “Reply "
        "STOP”, or put {names} into it.",
        "fr": "Le {channel} en {language} ne dit pas comment y mettre fin (LCAP, par. 6(2))\u00a0: "
        "écrivez «\u00a0répondez ARRET\u00a0», ou mettez-y {names}.",
    },
    "values_too_long": {
        "en": "What differs by person in the {channel} in {language} can be {names} bytes; the "
        "provider takes 10,000. Shorten what stands within `if`.",
        "fr": "Ce qui varie d’une personne à l’autre dans le {channel} en {language} peut "
        "atteindre {names} octets; le fournisseur en accepte 10\u00a0000. Abrégez ce qui se trouve "
        "dans «\u00a0if\u00a0».",
    },
    "price_missing": {
        "en": "There is a cap of ${names} on text messages and no price to hold them to it: set "
        "twilio.segment_price.",
        "fr": "Les textos ont un plafond de {names}\u00a0$, mais aucun prix n’est fixé pour s’y "
        "tenir\u00a0: réglez twilio.segment_price.",
    },
    "over_cap": {
        "en": "The text messages would cost more than they may (cost and cap in dollars: {names}). "
        "Mean fewer people, shorten the text, or raise the cap.",
        "fr": "Les textos coûteraient plus que permis (coût et plafond en dollars\u00a0: {names}). "
        "Visez moins de gens, abrégez le texte ou relevez le plafond.",
    },
}

WARNING: Final[dict[str, dict[Language, str]]] = {
    "mail_clipped": {
        "en": "The {channel} in {language} has {names} KB: Gmail cuts a mail off at 102 KB, and "
        "how to leave stands at its end. Shorten it.",
        "fr": "Le {channel} en {language} pèse {names} ko\u00a0: Gmail coupe un courriel à 102 ko, "
        "et la façon de quitter la liste se trouve à la fin. Abrégez-le.",
    },
    "sms_costly": {
        "en": "The {channel} in {language} costs more than it must, since it holds {names}. The "
        "page of its words offers others.",
        "fr": "Le {channel} en {language} coûte plus que nécessaire, à cause de\u00a0: {names}. La "
        "page de rédaction propose autre chose.",
    },
}

WORDS: Final = BLOCKING | WARNING

_CHANNELS: Final[dict[Language, dict[str, str]]] = {
    "en": {"email": "email", "sms": "text message"},
    "fr": {"email": "courriel", "sms": "texto"},
}
_LANGUAGE_NAMES: Final[dict[Language, dict[str, str]]] = {
    "en": {"en": "English", "fr": "French"},
    "fr": {"en": "anglais", "fr": "français"},
}

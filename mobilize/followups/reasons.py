"""Why a step did not fire, in the words that organizers read."""

from typing import Final

from mobilize.core.i18n import Language
from mobilize.followups.planning import DATE_GONE, ENDED, NOT_CONFIRMED, PAST, TOO_LATE

REASONS: Final[dict[str, dict[Language, str]]] = {
    PAST: {"en": "its time had passed already", "fr": "son moment était déjà passé"},
    TOO_LATE: {"en": "too late for it to make sense", "fr": "trop tard pour être utile"},
    NOT_CONFIRMED: {
        "en": "nobody confirmed the date in time",
        "fr": "personne n’a confirmé la date à temps",
    },
    DATE_GONE: {"en": "the date was taken back", "fr": "la date a été retirée"},
    ENDED: {"en": "the plan was ended", "fr": "le plan a pris fin"},
    # The rest are what preflight finds (`alerts.preflight.PROBLEMS`), in few words.
    "nobody": {"en": "nobody is meant any more", "fr": "plus personne n’est visé"},
    "campaign_not_published": {
        "en": "the campaign is not published",
        "fr": "la campagne n’est pas publiée",
    },
    "campaign_not_open": {
        "en": "the campaign is not open yet",
        "fr": "la campagne n’est pas encore ouverte",
    },
    "campaign_closed": {"en": "the campaign is closed", "fr": "la campagne est terminée"},
    "demand_not_adopted": {
        "en": "the demand is not adopted",
        "fr": "la revendication n’est pas adoptée",
    },
    "page_missing": {
        "en": "the campaign’s page lacks a language",
        "fr": "une langue manque à la page de la campagne",
    },
    "page_not_reviewed": {
        "en": "the campaign’s page is not reviewed",
        "fr": "la page de la campagne n’est pas révisée",
    },
    "text_missing": {
        "en": "the message lacks a language",
        "fr": "une langue manque au message",
    },
    "text_not_reviewed": {
        "en": "the message is not reviewed",
        "fr": "le message n’est pas révisé",
    },
    "unknown_names": {
        "en": "the message asks for what nothing provides",
        "fr": "le message demande ce que rien ne fournit",
    },
    "postal_address_missing": {
        "en": "the settings hold no postal address, which the law asks for in every message",
        "fr": "les réglages ne donnent aucune adresse postale, que la loi exige dans tout message",
    },
    "stop_missing": {
        "en": "the text message does not say how to stop",
        "fr": "le texto ne dit pas comment y mettre fin",
    },
    "values_too_long": {
        "en": "what differs by person in the message is too long for the provider",
        "fr": "ce qui varie d’une personne à l’autre est trop long pour le fournisseur",
    },
    "price_missing": {
        "en": "text messages have a cap and no price",
        "fr": "les textos ont un plafond, mais pas de prix",
    },
    "over_cap": {
        "en": "the text messages would cost more than they may",
        "fr": "les textos coûteraient plus que permis",
    },
    "discreet_missing": {
        "en": "the message lacks words for people who asked for discretion",
        "fr": "il manque au message des mots pour les personnes qui ont demandé la discrétion",
    },
    "discreet_tells": {
        "en": "the message’s discreet words give its topic away",
        "fr": "les mots discrets du message en trahissent le sujet",
    },
}


def explain(reason: str | None, language: Language) -> str:
    """A recorded reason in words; several stand behind each other."""
    codes = (reason or "").split(", ")
    return ", ".join(REASONS[code][language] if code in REASONS else code for code in codes)

"""The reasons why a message did not go, in the words that organizers read."""

from typing import Final

from mobilize.core.i18n import Language

REASONS: Final[dict[str, dict[Language, str]]] = {
    "erased": {"en": "asked to be erased", "fr": "a demandé l’effacement de ses données"},
    "merged": {
        "en": "another record stands for this person",
        "fr": "une autre fiche tient lieu de celle-ci",
    },
    "do_not_contact": {
        "en": "is not to be contacted at all",
        "fr": "ne doit être joint·e d’aucune façon",
    },
    "paused": {"en": "paused messages for a while", "fr": "a suspendu les messages"},
    "outside_safe_hours": {
        "en": "it was not an hour that the person called safe",
        "fr": "ce n’était pas une heure que la personne juge sûre",
    },
    "too_late": {
        "en": "it was of no use any more",
        "fr": "il ne servait plus à rien",
    },
    "held": {
        "en": "texted words for stopping in a sentence, which somebody has yet to read",
        "fr": "a demandé l’arrêt au détour d’une phrase, que quelqu’un doit encore lire",
    },
    "conversation_moved": {
        "en": "the conversation is looked after elsewhere",
        "fr": "la conversation est suivie ailleurs",
    },
    "no_address": {
        "en": "no address on this channel",
        "fr": "aucune adresse pour ce canal",
    },
    "no_language": {"en": "language not known", "fr": "langue inconnue"},
    "suppressed": {
        "en": "left the list, or the address does not work",
        "fr": "a quitté la liste, ou l’adresse ne fonctionne pas",
    },
    "safe_channel": {
        "en": "asked for another channel, for safety",
        "fr": "a demandé un autre canal, par sécurité",
    },
    "sms_not_confirmed": {
        "en": "the number was never confirmed by text",
        "fr": "le numéro n’a jamais été confirmé par texto",
    },
    "left_topic": {"en": "left this topic", "fr": "a quitté ce sujet"},
    "no_consent": {"en": "no consent for this channel", "fr": "pas de consentement pour ce canal"},
    "consent_expired": {"en": "consent has expired", "fr": "le consentement est échu"},
    "not_allowlisted": {
        "en": "not on the allow list of this installation",
        "fr": "absent de la liste d’adresses permises",
    },
    "frequency_cap": {
        "en": "already heard from us this week",
        "fr": "a déjà reçu un message cette semaine",
    },
    "no_text": {
        "en": "the message does not exist in their language",
        "fr": "le message n’existe pas dans sa langue",
    },
    "invalid_address": {
        "en": "the provider says that the address is not valid",
        "fr": "selon le fournisseur, l’adresse n’est pas valide",
    },
    "opted_out_at_provider": {
        "en": "opted out at the provider",
        "fr": "désabonné·e chez le fournisseur",
    },
    "given_up": {
        "en": "given up after the last attempt",
        "fr": "abandonné après le dernier essai",
    },
    "no_answer": {
        "en": "the provider did not say whether it took the message",
        "fr": "le fournisseur n’a pas dit s’il a pris le message",
    },
    "worker_stopped": {
        "en": "sending broke off before the provider’s answer was noted",
        "fr": "l’envoi s’est interrompu avant que la réponse du fournisseur soit notée",
    },
    "decided_not_sent_again": {
        "en": "perhaps sent, perhaps not; it was decided not to send it again",
        "fr": "envoyé ou non, on ne sait pas; il a été décidé de ne pas le renvoyer",
    },
    "cancelled": {"en": "taken back before it went", "fr": "annulé avant l’envoi"},
    "not_discreet": {
        "en": "asked for discretion, and the text message gives its topic away",
        "fr": "a demandé la discrétion, et le texto laisse voir son sujet",
    },
    "render_failed": {
        "en": "the message could not be put together",
        "fr": "le message n’a pas pu être composé",
    },
}


def explain(reason: str | None, language: Language) -> str:
    """A reason in words; one that has none is shown as it is."""
    if reason is None:
        return ""
    return REASONS.get(reason, {}).get(language, reason.replace("_", " "))

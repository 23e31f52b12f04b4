"""The reasons why a message, a mailing or a provider stopped, in the words that organizers read."""

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
    "not_textable": {
        "en": "we text no numbers of that country or kind",
        "fr": "nous n’envoyons pas de textos aux numéros de ce pays ou de ce genre",
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
    "too_large": {
        "en": "the message to this person is larger than the provider takes",
        "fr": "le message à cette personne dépasse ce que le fournisseur accepte",
    },
    "opted_out_at_provider": {
        "en": "opted out at the provider",
        "fr": "désabonné·e chez le fournisseur",
    },
    "account_suspended": {"en": "the account is suspended", "fr": "le compte est suspendu"},
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


PAUSES: Final[dict[str, dict[Language, str]]] = {
    "busy": {
        "en": "It takes nothing at the moment (answer {0}).",
        "fr": "Il ne prend rien pour le moment (réponse {0}).",
    },
    "no_connection": {
        "en": "It cannot be reached ({0}).",
        "fr": "Il est injoignable ({0}).",
    },
    "no_answer": {
        "en": "It does not answer as it should ({0}), so that only single messages try whether it "
        "works again.",
        "fr": "Il ne répond pas comme il devrait ({0})\u00a0: seuls des messages isolés vérifient "
        "s’il fonctionne de nouveau.",
    },
    "key_refused": {
        "en": "It refuses our key (answer {0}): put the right one in place, then let it be called "
        "again.",
        "fr": "Il refuse notre clé (réponse {0})\u00a0: mettez la bonne en place, puis laissez-le "
        "être appelé de nouveau.",
    },
    "calls_refused": {
        "en": "It does not accept our calls as they are ({0}): look at its settings, then let it "
        "be called again.",
        "fr": "Il n’accepte pas nos appels tels quels ({0})\u00a0: vérifiez ses réglages, puis "
        "laissez-le être appelé de nouveau.",
    },
    "sender_refused": {
        "en": "It does not accept the number that texts come from (error {0}).",
        "fr": "Il n’accepte pas le numéro d’où partent les textos (erreur {0}).",
    },
    "unwritable": {
        "en": "A message cannot be written down for it: {0}",
        "fr": "Un message ne peut pas être écrit pour lui\u00a0: {0}",
    },
    "not_ready": {
        "en": "Its messages could not be made ready ({0}).",
        "fr": "Ses messages n’ont pas pu être préparés ({0}).",
    },
    "cap_reached": {
        "en": "The text messages have cost what they may: raise the cap, or take back what has not "
        "gone.",
        "fr": "Les textos ont coûté tout ce qui était permis\u00a0: relevez le plafond, ou retirez "
        "ce qui n’est pas parti.",
    },
    "text_refused": {
        "en": "The provider refuses this message to nearly everybody: look at its words.",
        "fr": "Le fournisseur refuse ce message à presque tout le monde\u00a0: revoyez-en les "
        "mots.",
    },
    "bounces": {
        "en": "{0} of {1} messages came back: look at where these addresses are from.",
        "fr": "{0} messages sur {1} sont revenus\u00a0: vérifiez d’où viennent ces adresses.",
    },
    "complaints": {
        "en": "{0} of {1} people called it spam: look at who gets it, and why.",
        "fr": "Signalements comme courrier indésirable\u00a0: {0} sur {1}. Voyez qui le reçoit, et "
        "pourquoi.",
    },
}
"""Why a provider is left alone, or a mailing was stopped by itself; kept as the name, a blank, and
what stands in the place of `{0}` and `{1}`, between them a slash."""


def explain_pause(reason: str | None, language: Language) -> str:
    """Why something is paused, in words; what a person wrote is shown as it is."""
    name, _, more = (reason or "").partition(" ")
    words = PAUSES.get(name)
    if words is None:
        return reason or ""
    first, _, second = more.partition("/")
    return words[language].format(first, second)

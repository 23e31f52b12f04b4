"""The proof of consents as a page that stands for itself: to be read, printed or handed over."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from mobilize.core.i18n import Label, Language

_LOCALES: Final[Mapping[Language, str]] = {"en": "en_CA", "fr": "fr_CA"}
_PAGES: Final = Environment(
    loader=PackageLoader("mobilize.messaging"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

WORDS: Final[Mapping[str, Label]] = {
    "title": Label("Proof of consent", "Preuve de consentement"),
    "by": Label("Made by %s on %s.", "Établie par %s le %s."),
    "reach": Label("Reached at: %s", "Pour joindre l’organisme : %s"),
    "careful": Label(
        "This page names a person and their addresses. Hand it to that person or to the authority "
        "that asks, and delete your copy.",
        "Cette page nomme une personne et ses adresses. Remettez-la à cette personne ou à "
        "l’autorité qui la demande, et supprimez votre copie.",
    ),
    "person": Label("The person", "La personne"),
    "name": Label("Name", "Nom"),
    "records": Label("Records read together", "Fiches lues ensemble"),
    "email": Label("Email", "Courriel"),
    "phone": Label("Phone", "Téléphone"),
    "sms": Label("Text message", "Texto"),
    "voice": Label("Phone call", "Appel téléphonique"),
    "confirmed": Label("confirmed by text on %s", "confirmé par texto le %s"),
    "since": Label("On file since", "Au dossier depuis"),
    "source": Label("Came from", "Provenance"),
    "do_not_contact": Label(
        "Nothing goes to this person at all.", "Rien n’est envoyé à cette personne."
    ),
    "today": Label("What holds today, and why", "Ce qui vaut aujourd’hui, et pourquoi"),
    "channel": Label("Channel", "Canal"),
    "organization": Label("To whom", "À qui"),
    "about": Label("About", "Au sujet de"),
    "everything": Label("everything", "tout"),
    "answer": Label("Answer", "Réponse"),
    "decided_by": Label("Decided by event", "Décidé par l’événement"),
    "until": Label("Until", "Jusqu’au"),
    "gate": Label("What the gate says now", "Ce que dit maintenant le contrôle d’envoi"),
    "gate_about": Label(
        "Asked at every single sending, of everything above and of closed addresses, pauses and "
        "safety wishes too.",
        "Vérifié à chaque envoi : tout ce qui précède, et aussi les adresses fermées, les pauses "
        "et les souhaits de sécurité.",
    ),
    "would_go": Label("a message would go", "un message partirait"),
    "would_not": Label("no message goes: %s", "aucun message ne part : %s"),
    "events": Label("The ledger: all that happened", "Le registre : tout ce qui s’est passé"),
    "ledger_about": Label(
        "Rows are only ever added; the database refuses to change or delete one. Times are UTC.",
        "On n’y ajoute que des lignes; la base de données refuse d’en changer ou d’en supprimer. "
        "Les heures sont en UTC.",
    ),
    "event": Label("Event %s", "Événement %s"),
    "happened": Label("Happened", "Survenu"),
    "written": Label("Written down", "Consigné"),
    "what": Label("What", "Quoi"),
    "ground": Label("On what ground", "À quel titre"),
    "counted": Label("counted from %s", "à compter du %s"),
    "holds": Label("How long", "Durée"),
    "proof": Label("Proof", "Preuve"),
    "actor": Label("Written by", "Consigné par"),
    "address": Label("Address", "Adresse"),
    "present": Label("the one on file", "celle du dossier"),
    "earlier": Label("an earlier one", "une adresse antérieure"),
    "words": Label("The exact words (%s)", "Les mots exacts (%s)"),
    "strikes_out": Label("strikes out event %s", "biffe l’événement %s"),
    "sign_ups": Label("Sign-ups", "Inscriptions"),
    "asked": Label("Asked", "Demandée"),
    "answered": Label("Confirmed", "Confirmée"),
    "closed": Label("Closed addresses", "Adresses fermées"),
    "reason": Label("Reason", "Raison"),
    "from": Label("Since", "Depuis"),
    "lifted": Label("Opened again", "Rouverte"),
    "messages": Label("Every message, and on what it went", "Chaque message, et son fondement"),
    "message": Label("Message", "Message"),
    "sent": Label("Sent", "Envoyé"),
    "state": Label("State", "État"),
    "consent": Label("Consent: event", "Consentement : événement"),
    "own_request": Label("asked for by the form itself", "demandé par le formulaire même"),
    "text": Label("Text", "Texte"),
    "texts": Label("What those messages say", "Ce que disent ces messages"),
    "version": Label("%s, version %s", "%s, version %s"),
    "queued": Label("waits", "en attente"),
    "skipped": Label("not sent", "non envoyé"),
    "unknown": Label("no answer from the provider", "sans réponse du fournisseur"),
    "accepted": Label("taken by the provider", "pris par le fournisseur"),
    "deferred": Label("tried again by the provider", "repris par le fournisseur"),
    "delivered": Label("delivered", "remis"),
    "bounced": Label("came back", "revenu"),
    "dropped": Label("dropped by the provider", "abandonné par le fournisseur"),
    "complained": Label("reported as spam", "signalé comme pourriel"),
    "refused": Label("refused by the provider", "refusé par le fournisseur"),
    "failed": Label("given up", "abandonné"),
    "cancelled": Label("taken back", "annulé"),
    "unsubscribed": Label("left the list", "a quitté la liste"),
    "stop": Label("texted STOP", "a répondu ARRET"),
    "complaint": Label("reported as spam", "signalé comme pourriel"),
    "invalid": Label("does not exist", "n’existe pas"),
    "erased": Label("asked to be erased", "a demandé l’effacement"),
    "organizer": Label("closed by an organizer", "fermée par l’équipe"),
    "us": Label("us", "nous"),
    "none": Label("none", "aucun"),
    "en": Label("English", "anglais"),
    "fr": Label("French", "français"),
}


def proof_page(
    proof: Mapping[str, Any],
    *,
    language: Language,
    names: Mapping[str, str],
    zone: ZoneInfo,
    stylesheet: str = "",
    styles: str = "",
) -> str:
    """The page of a proof.

    Args:
        proof: What `proof.proof_of` gave.
        language: In which language.
        names: What partners are called, by public id.
        zone: Whose clock the day on which it was made is shown by.
        stylesheet: Where the styles are fetched; for a page of this installation.
        styles: The styles themselves; for a file that stands for itself.
    """
    made_at = datetime.fromisoformat(proof["made_at"]).astimezone(zone)

    def word(key: str, *values: object) -> str:
        text = WORDS[key].text(language) if key in WORDS else key.replace("_", " ")
        return text % values if values else text

    def both(labels: Mapping[str, str] | None) -> str:
        return labels[language] if labels else ""

    def moment(text: str | None) -> str:
        if text is None:
            return "–"
        at = datetime.fromisoformat(text)
        return str(format_datetime(at, "d MMM y, HH:mm", locale=_LOCALES[language]))

    def day(text: str) -> str:
        return str(format_date(date.fromisoformat(text), "long", locale=_LOCALES[language]))

    return _PAGES.get_template("proof.html").render(
        proof=proof,
        language=language,
        word=word,
        both=both,
        moment=moment,
        day=day,
        to_whom=lambda one: word("us") if one == "us" else names.get(one, one),
        made_on=format_date(made_at, "long", locale=_LOCALES[language]),
        stylesheet=stylesheet,
        styles=styles,
    )

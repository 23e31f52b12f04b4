"""How a contact with an MP's office can go: the answers that a report offers, in both languages.

Each channel has its own outcomes; what the office said on the demand is the same for all three.
"""

from datetime import date, timedelta
from typing import Final, Literal

from mobilize.core.i18n import Label

Channel = Literal["call", "write", "visit"]
Outcome = Literal[
    "spoke_mp", "spoke_staff", "voicemail", "no_answer", "sent", "met_mp", "met_staff", "booked"
]
Heard = Literal["supportive", "undecided", "opposed", "no_position"]

REPLY_DAYS: Final = 14
"""The reply clock: so long an office has for the answer that it promised."""


CHANNELS: Final[dict[Channel, Label]] = {
    "call": Label("Call", "Appeler"),
    "write": Label("Write", "Écrire"),
    "visit": Label("Visit", "Rendre visite"),
}

OUTCOMES: Final[dict[Channel, dict[Outcome, Label]]] = {
    "call": {
        "spoke_mp": Label("I spoke with the MP", "J’ai parlé avec la députée ou le député"),
        "spoke_staff": Label("I spoke with staff", "J’ai parlé avec le personnel"),
        "voicemail": Label("I left a voicemail", "J’ai laissé un message vocal"),
        "no_answer": Label("Nobody answered", "Personne n’a répondu"),
    },
    "write": {
        "sent": Label("I sent it", "Je l’ai envoyée"),
    },
    "visit": {
        "met_mp": Label("I met the MP", "J’ai rencontré la députée ou le député"),
        "met_staff": Label("I met staff", "J’ai rencontré le personnel"),
        "booked": Label("I asked for or booked a visit", "J’ai demandé ou obtenu un rendez-vous"),
    },
}

HEARD: Final[dict[Heard, Label]] = {
    "supportive": Label("In favour", "Favorable"),
    "undecided": Label("Undecided", "En réflexion"),
    "opposed": Label("Against", "Défavorable"),
    "no_position": Label("No answer on this", "Aucune réponse là-dessus"),
}


def is_outcome_of(channel: str, outcome: str) -> bool:
    """Whether an outcome can come of a channel."""
    return any(channel == one and outcome in outcomes for one, outcomes in OUTCOMES.items())


def reply_due_on(happened_on: date, *, promised: bool) -> date | None:
    """The day on which a promised answer is due; None where none was promised."""
    return happened_on + timedelta(days=REPLY_DAYS) if promised else None

"""Where an alert can stand, and what can be done with it there; the transitions are data."""

from typing import Final, Literal

AlertState = Literal["draft", "in_review", "approved", "sending", "paused", "done", "cancelled"]
Action = Literal["edit", "submit", "approve", "launch", "pause", "resume", "cancel", "finish"]

TRANSITIONS: Final[dict[Action, dict[AlertState, AlertState]]] = {
    # Whatever is changed was not what somebody looked at: it is a draft again.
    "edit": {"draft": "draft", "in_review": "draft", "approved": "draft"},
    "submit": {"draft": "in_review"},
    "approve": {"in_review": "approved"},
    # From `in_review` only where the audience is small enough to need no second person.
    "launch": {"approved": "sending", "in_review": "sending"},
    "pause": {"sending": "paused"},
    "resume": {"paused": "sending"},
    "cancel": {
        "draft": "cancelled",
        "in_review": "cancelled",
        "approved": "cancelled",
        "sending": "cancelled",
        "paused": "cancelled",
    },
    "finish": {"sending": "done", "paused": "done"},
}


IN_FRENCH: Final[dict[str, str]] = {
    "draft": "à l’état d’ébauche",
    "in_review": "en révision",
    "approved": "approuvée",
    "sending": "en cours d’envoi",
    "paused": "suspendue",
    "done": "terminée",
    "cancelled": "annulée",
}
"""Where an alert stands, as a French sentence says it."""


def sources(action: Action) -> tuple[AlertState, ...]:
    """The states in which an action is possible."""
    return tuple(TRANSITIONS[action])

"""Where a message can stand, and which way it can go from there.

The transitions are data; what a provider tells us late, twice or out of order moves a message
forward only. Real-world orders that look odd, and are let through: `delivered` may arrive before
our own commit of `accepted`; a bounce may follow a delivery (the mailbox took it and sent it back
later); a complaint comes days after.
"""

from typing import Final, Literal

State = Literal[
    "queued",  # frozen into the mailing; not sent yet, or with the provider at this moment
    "skipped",  # the gate refused it; the reason stands beside it
    "unknown",  # the call ended without an answer: never sent again blindly
    "accepted",  # the provider took it
    "deferred",  # the provider tries again by itself
    "delivered",
    "bounced",
    "dropped",  # the provider took it and then declined to send it
    "complained",  # the person called it spam
    "refused",  # the provider will never take it
    "failed",  # given up after the last attempt
    "cancelled",  # taken back before it went
]

FORWARD: Final[dict[State, tuple[State, ...]]] = {
    # While its request is with the provider a message is `queued` still, and claimed (`claims`).
    "queued": (
        "skipped",
        "unknown",
        "accepted",
        "deferred",
        "delivered",
        "bounced",
        "dropped",
        "complained",
        "refused",
        "failed",
        "cancelled",
    ),
    "unknown": (
        "queued",
        "accepted",
        "deferred",
        "delivered",
        "bounced",
        "dropped",
        "complained",
        "refused",
        "failed",
    ),
    "accepted": ("deferred", "delivered", "bounced", "dropped", "complained"),
    "deferred": ("delivered", "bounced", "dropped", "complained"),
    "delivered": ("bounced", "complained"),
    "bounced": ("complained",),
    "dropped": (),
    "complained": (),
    "skipped": (),
    "refused": (),
    "failed": (),
    "cancelled": (),
}

REACHED_PROVIDER: Final[tuple[State, ...]] = (
    "accepted",
    "deferred",
    "delivered",
    "bounced",
    "dropped",
    "complained",
)


def may_become(target: State) -> tuple[State, ...]:
    """The states from which a message can move to the target."""
    return tuple(state for state, targets in FORWARD.items() if target in targets)

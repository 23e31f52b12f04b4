"""What was taken from a saved audience: alerts, and whatever later features take from it.

A feature that stands above this one adds how it uses audiences with `finds_uses`, as follow-ups do.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.alerts.models import Alert, Audience
from mobilize.alerts.tidying import same_rules


@dataclass(frozen=True)
class Use:
    """Something that took its rules from a saved audience.

    Attributes:
        audience_id: Which audience.
        kind: What it is.
        public_id: Its id.
        name: Its name.
        state: Where it stands.
        same: Whether it still has the rules that the audience has.
    """

    audience_id: int
    kind: Literal["alert", "plan"]
    public_id: str
    name: str
    state: str
    same: bool


Finder = Callable[[Session, Collection[int]], list[Use]]
_FINDERS: Final[dict[str, Finder]] = {}


def finds_uses(find: Finder) -> Finder:
    """Ask this function too who uses audiences."""
    _FINDERS[f"{find.__module__}.{find.__qualname__}"] = find
    return find


def uses(session: Session, audience_ids: Collection[int]) -> dict[int, list[Use]]:
    """Who took their rules from saved audiences, by audience, the newest first of each kind."""
    found: dict[int, list[Use]] = {}
    if audience_ids:
        for find in _FINDERS.values():
            for use in find(session, audience_ids):
                found.setdefault(use.audience_id, []).append(use)
    return found


@finds_uses
def _alerts(session: Session, audience_ids: Collection[int]) -> list[Use]:
    rows = session.execute(
        select(Alert, Audience.rules)
        .join(Audience, Audience.id == Alert.audience_id)
        .where(Alert.audience_id.in_(audience_ids))
        .order_by(Alert.id.desc())
    )
    return [
        Use(
            alert.audience_id or 0,
            "alert",
            alert.public_id,
            alert.name,
            alert.state,
            same_rules(alert.rules, rules),
        )
        for alert, rules in rows
    ]

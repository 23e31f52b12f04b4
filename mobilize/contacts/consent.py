"""What the consent ledger says: pure functions over its events, and their projection.

The rules, in one place:

- A grant holds until its own end; express consent has none (CRTC, "Guidance on Implied Consent").
- A withdrawal from everything on a channel ends every earlier grant there, of any topic.
- A withdrawal from one topic closes that topic alone. Only a later grant of that same topic opens
  it again: whoever says yes to all afterwards may well have forgotten, and is not taken at it.
- A complaint is a withdrawal from everything (the ledger writes it so). A bounce says nothing of
  the person's will; the suppression of the address takes care of it.
- Consent to one organization says nothing of another.
- A retraction takes back a grant that was written down by mistake: from then on it is as if the
  grant had never been. It closes nothing, and every other event stands as it stood.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

from mobilize.contacts.consent_models import EVERY_TOPIC

Reason = Literal["granted", "never_given", "withdrawn", "left_topic", "expired"]
GRANTS: Final = frozenset({"granted", "renewed"})
WITHDRAWALS: Final = frozenset({"withdrawn", "complaint"})
ACTIONS: Final = (*sorted(GRANTS), *sorted(WITHDRAWALS), "retracted", "expired", "bounced")


class Fact(Protocol):
    """An event of the ledger, as far as the rules look at it."""

    @property
    def id(self) -> int:
        """The ledger's row."""
        ...

    @property
    def channel(self) -> str:
        """`email`, `sms` or `voice`."""
        ...

    @property
    def organization(self) -> str:
        """To whom."""
        ...

    @property
    def topic(self) -> str:
        """A demand's slug, or empty for everything."""
        ...

    @property
    def action(self) -> str:
        """What happened."""
        ...

    @property
    def expires_at(self) -> datetime | None:
        """When a grant ends by itself."""
        ...

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        ...

    @property
    def retracts_id(self) -> int | None:
        """For a retraction, the ledger's row of the grant that it takes back."""
        ...


@dataclass(frozen=True)
class Decision:
    """Whether there is consent, why, and the event that decides."""

    granted: bool
    reason: Reason
    event_id: int | None


class Standing(NamedTuple):
    """What the ledger says of one channel, organization and topic, until something new happens."""

    granted: bool
    expires_at: datetime | None
    event_id: int


Key = tuple[str, str, str]
"""Channel, organization, topic."""


def effective(
    events: Iterable[Fact], *, channel: str, organization: str, topic: str, at: datetime
) -> Decision:
    """Decide from the ledger alone whether a person may be written to at an instant.

    Args:
        events: All events of one person, in any order.
        channel: How they would be written to.
        organization: By whom.
        topic: About what; empty for a message about no topic.
        at: The instant; later events are not known yet.
    """
    known = sorted(
        (
            event
            for event in _standing(event for event in events if event.occurred_at <= at)
            if event.channel == channel
            and event.organization == organization
            and event.topic in {EVERY_TOPIC, topic}
        ),
        key=_order,
    )
    closed: Fact | None = None
    left: Fact | None = None
    grants: list[Fact] = []
    for event in known:
        if _closes_all(event):
            closed, grants = event, []
        elif event.action in WITHDRAWALS:
            left = event
            grants = [grant for grant in grants if grant.topic == EVERY_TOPIC]
        elif event.action in GRANTS:
            grants.append(event)
            left = None if event.topic == topic != EVERY_TOPIC else left
    if left is not None:
        return Decision(granted=False, reason="left_topic", event_id=left.id)
    live = [grant for grant in grants if grant.expires_at is None or grant.expires_at > at]
    if live:
        return Decision(granted=True, reason="granted", event_id=_longest(live).id)
    if grants:
        return Decision(granted=False, reason="expired", event_id=_longest(grants).id)
    if closed is not None:
        return Decision(granted=False, reason="withdrawn", event_id=closed.id)
    return Decision(granted=False, reason="never_given", event_id=None)


def project(events: Iterable[Fact]) -> dict[Key, Standing]:
    """Fold a person's events into what stands now, one entry per channel, organization, topic.

    The entry of a topic says whether it was closed or granted by itself; a topic without one goes
    by the entry for everything.
    """
    by_list: defaultdict[tuple[str, str], list[Fact]] = defaultdict(list)
    for event in _standing(events):
        by_list[event.channel, event.organization].append(event)
    standings: dict[Key, Standing] = {}
    for (channel, organization), facts in by_list.items():
        for topic, standing in _by_topic(sorted(facts, key=_order)).items():
            standings[channel, organization, topic] = standing
    return standings


def holds(
    standings: Mapping[Key, Standing], *, channel: str, organization: str, topic: str, at: datetime
) -> bool:
    """Whether a projection allows a message; the gate asks the same of the table."""
    own = standings.get((channel, organization, topic))
    if own is not None and (topic != EVERY_TOPIC and not own.granted):
        return False
    whole = standings.get((channel, organization, EVERY_TOPIC))
    return any(
        one is not None and one.granted and (one.expires_at is None or one.expires_at > at)
        for one in (own, whole)
    )


def _standing(events: Iterable[Fact]) -> list[Fact]:
    """The events without the grants that were taken back."""
    known = list(events)
    retracted = {event.retracts_id for event in known if event.action == "retracted"}
    return [event for event in known if event.action not in GRANTS or event.id not in retracted]


def _by_topic(ordered: Iterable[Fact]) -> dict[str, Standing]:
    standing: dict[str, Standing] = {}
    for event in ordered:
        if _closes_all(event):
            # What people left stays left; what they granted is over.
            standing = {
                topic: one
                for topic, one in standing.items()
                if not one.granted and topic != EVERY_TOPIC
            }
            standing[EVERY_TOPIC] = Standing(granted=False, expires_at=None, event_id=event.id)
        elif event.action in WITHDRAWALS:
            standing[event.topic] = Standing(granted=False, expires_at=None, event_id=event.id)
        elif event.action in GRANTS:
            standing[event.topic] = _with_grant(standing.get(event.topic), event)
    return standing


def _with_grant(before: Standing | None, event: Fact) -> Standing:
    new = Standing(granted=True, expires_at=event.expires_at, event_id=event.id)
    if before is None or not before.granted:
        return new
    if before.expires_at is None:
        return new if event.expires_at is None else before
    is_longer = event.expires_at is None or event.expires_at >= before.expires_at
    return new if is_longer else before


def _closes_all(event: Fact) -> bool:
    return event.action in WITHDRAWALS and event.topic == EVERY_TOPIC


def _order(event: Fact) -> tuple[datetime, bool, int]:
    # A yes and a no of the same instant: the no stands.
    return event.occurred_at, event.action in WITHDRAWALS, event.id


def _longest(grants: list[Fact]) -> Fact:
    return max(reversed(grants), key=_end)


def _end(grant: Fact) -> tuple[bool, float]:
    return grant.expires_at is None, grant.expires_at.timestamp() if grant.expires_at else 0.0

"""What each recipient gets beside the common text: their values, their links, their reference."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from mobilize.core.i18n import Language
from mobilize.core.tokens import Links
from mobilize.messaging.discretion import DiscreetLine
from mobilize.messaging.models import CODE
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import Letter
from mobilize.messaging.rendering import DISCREET, Compiled
from mobilize.settings import Settings

ACT: Final = "act"
LEAVE: Final = "leave"
PREFERENCES: Final = "preferences"
PROVIDER: Final = "provider"
_MADE: Final = frozenset({"links", "codes", "until"})
_GOOD_FOR: Final = timedelta(minutes=1)


class Person(NamedTuple):
    """One message of a chunk that may go, and what its text needs."""

    message_id: int
    address: str
    address_hash: bytes
    given_name: str = ""
    riding_id: int | None = None
    consent_event_id: int | None = None
    discreet: bool = False
    variables: Mapping[str, Any] | None = None
    is_bare: bool = False
    is_test: bool = False
    """Whether it is a test, whose links lead to no person and which nobody can leave by."""


class Places(NamedTuple):
    """What ridings and the MPs who hold them are called on a day in a language, by riding."""

    ridings: Mapping[int, str]
    mps: Mapping[int, str]


def letters(
    people: Sequence[Person],
    compiled: Compiled,
    *,
    settings: Settings,
    links: Links,
    places: Places,
    language: Language,
    channel: Channel,
    discreet: DiscreetLine | None = None,
) -> list[Letter]:
    """Make the letters of a batch, all links sealed in one pass.

    Where one of the people asked for discretion, `discreet` is what they get on their screens.
    """
    base = settings.site.public_url.rstrip("/")
    # One person turned on their side: each field holds what all have there.
    every: Any = Person(*zip(*people, strict=True))
    ids = every.message_id
    leaves = links.seal_many(LEAVE, ids)
    columns = {
        "given_name": every.given_name,
        "riding": _called(places.ridings, every.riding_id),
        "mp": _called(places.mps, every.riding_id),
        "action_url": _pages(f"{base}/{language}/a/", links.seal_many(ACT, ids)),
        # The same link from the same mailbox: one page for a no, another for a yes.
        "stay_url": _pages(f"{base}/{language}/stay/", leaves),
        "leave_url": _pages(f"{base}/{language}/leave/", leaves),
        "preferences_url": _pages(
            f"{base}/{language}/preferences/", links.seal_many(PREFERENCES, ids)
        ),
    }
    if any(every.variables):
        own = [_own_values(one or {}, base, links, language) for one in every.variables]
        for name in {name for values in own for name in values}:
            usual = columns.get(name, [""] * len(people))
            columns[name] = [values.get(name, one) for values, one in zip(own, usual, strict=True)]
    lines = [""] * len(people)
    if discreet is not None:
        columns[DISCREET] = ["yes" if one else "" for one in every.discreet]
        for place, person in enumerate(people):
            if person.discreet:
                lines[place] = discreet.for_person(
                    {name: column[place] for name, column in columns.items()}
                )
    is_email = channel == "email"
    with_header = is_email and not any(every.is_test)
    one_clicks = _pages(f"{base}/hooks/leave/", leaves) if with_header else [""] * len(people)
    return list(
        map(
            Letter,
            ids,
            links.seal_many(PROVIDER, ids),
            every.address,
            compiled.substitutions(columns),
            one_clicks,
            lines,
        )
    )


def _called(names: Mapping[int, str], places: Sequence[int | None]) -> list[str]:
    return [names.get(place, "") if place is not None else "" for place in places]


def _pages(where: str, tokens: Sequence[str]) -> list[str]:
    return [where + token for token in tokens]


def _own_values(
    variables: Mapping[str, Any], base: str, links: Links, language: Language
) -> dict[str, str]:
    """A message's own values, its links and codes made at the last moment."""
    values = {name: str(value) for name, value in variables.items() if name not in _MADE}
    for name, (ref, count) in variables.get("codes", {}).items():
        digits = links.digits(CODE, ref, count=count)
        # In two halves, as people read them out to themselves.
        values[name] = f"{digits[: count // 2]} {digits[count // 2 :]}"
    for name, link in variables.get("links", {}).items():
        token = links.seal(link["purpose"], int(link["id"]), expires_at=_expiry(link))
        values[name] = base + link["path"].format(language=language, token=token)
    return values


def _expiry(link: Mapping[str, Any]) -> datetime | None:
    stated = link.get("expires_at")
    return datetime.fromisoformat(stated) if stated else None

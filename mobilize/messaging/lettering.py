"""What each recipient gets beside the common text: their values, their links, their reference."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.core.clock import SystemClock
from mobilize.core.i18n import Language
from mobilize.core.tokens import Links
from mobilize.messaging.discretion import DiscreetLine
from mobilize.messaging.models import CODE
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import Letter
from mobilize.messaging.rendering import DISCREET, Compiled
from mobilize.mps.models import Riding
from mobilize.mps.queries import mp_names, riding_names
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
    variables: Mapping[str, Any] | None = None
    discreet: bool = False
    is_bare: bool = False


class Names:
    """What ridings and their MPs are called: read once a minute, not once for each chunk."""

    def __init__(self) -> None:
        self._known: dict[tuple[Language, date], tuple[dict[int, str], dict[int, str]]] = {}
        self._until: datetime | None = None

    def on(
        self, session: Session, language: Language, day: date
    ) -> tuple[dict[int, str], dict[int, str]]:
        """The names of all ridings on a day and of the MPs who hold them, by riding."""
        moment = SystemClock().now()
        if self._until is None or moment > self._until:
            self._known.clear()
            self._until = moment + _GOOD_FOR
        found = self._known.get((language, day))
        if found is None:
            ridings = session.scalars(select(Riding.id)).all()
            found = self._known[language, day] = (
                riding_names(session, ridings, language, day),
                mp_names(session, ridings, language, day),
            )
        return found


def letters(
    session: Session,
    people: Sequence[Person],
    compiled: Compiled,
    *,
    settings: Settings,
    links: Links,
    names: Names,
    language: Language,
    now: datetime,
    channel: Channel,
    discreet: DiscreetLine | None = None,
) -> list[Letter]:
    """Make the letters of a batch, all links sealed in one pass.

    Where one of the people asked for discretion, `discreet` is what they get on their screens.
    """
    base = settings.site.public_url.rstrip("/")
    ids = [person.message_id for person in people]
    acts, leaves = links.seal_many(ACT, ids), links.seal_many(LEAVE, ids)
    refs = links.seal_many(PROVIDER, ids)
    choices = links.seal_many(PREFERENCES, ids)
    ridings, mps = names.on(session, language, now.date())
    places = [person.riding_id or 0 for person in people]
    columns = {
        "given_name": [person.given_name for person in people],
        "riding": [ridings.get(riding_id, "") for riding_id in places],
        "mp": [mps.get(riding_id, "") for riding_id in places],
        "action_url": _pages(f"{base}/{language}/a/", acts),
        # The same link from the same mailbox: one page for a no, another for a yes.
        "stay_url": _pages(f"{base}/{language}/stay/", leaves),
        "leave_url": _pages(f"{base}/{language}/leave/", leaves),
        "preferences_url": _pages(f"{base}/{language}/preferences/", choices),
    }
    if any(person.variables for person in people):
        own = [_own_values(person.variables or {}, base, links, language) for person in people]
        for name in {name for values in own for name in values}:
            usual = columns.get(name, [""] * len(people))
            columns[name] = [values.get(name, one) for values, one in zip(own, usual, strict=True)]
    lines = [""] * len(people)
    if discreet is not None:
        columns[DISCREET] = ["yes" if person.discreet else "" for person in people]
        for place, person in enumerate(people):
            if person.discreet:
                lines[place] = discreet.for_person(
                    {name: column[place] for name, column in columns.items()}
                )
    is_email = channel == "email"
    one_clicks = _pages(f"{base}/hooks/leave/", leaves) if is_email else [""] * len(people)
    return list(
        map(
            Letter,
            ids,
            refs,
            [person.address for person in people],
            compiled.substitutions(columns),
            one_clicks,
            lines,
        )
    )


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

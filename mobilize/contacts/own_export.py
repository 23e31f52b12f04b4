"""The columns that only our own export has: read back, so that nothing is lost on the way.

A file that has them is imported as every other file. What it says beyond (`restoring`) is put back
for the people whom it brings on file; of those who are on file already only a no is taken.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from mobilize.contacts.bases import basis_of
from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.columns import Layout, Shape
from mobilize.contacts.consent_models import EVERY_TOPIC, OUR_ORGANIZATION
from mobilize.contacts.record_models import CustomField
from mobilize.core.errors import InvalidInput
from mobilize.mps.provinces import PROVINCES

FIELD: Final = "field:"
"""What the column of a custom field begins with; its key follows."""
_SIGN: Final = "do_not_contact"
_COLUMNS: Final = (
    "kind", "source", "postal_area", "province", "riding", "riding_certainty", "riding_source",
    "time_zone", "consent_email_withdrawn", "consent_sms_withdrawn", "topics_left",
    "other_consents", "suppressed", _SIGN, "discreet", "safe_channel", "safe_from", "safe_until",
    "paused_until", "no_voicemail",
)  # fmt: skip
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("supporter", "partner"),
    "province": tuple(PROVINCES),
    "riding_certainty": ("confirmed", "likely", "tentative"),
    "safe_channel": ("email", "sms"),
    **dict.fromkeys((_SIGN, "discreet", "no_voicemail"), ("yes", "no")),
}
_LONGEST: Final = {
    "postal_area": 3,
    "riding": 10,
    "riding_source": 20,
    "time_zone": 40,
    "source": 100,
}
_WHOLE: Final = ("email", "sms")


class Said(NamedTuple):
    """A yes or a no of the file, to one organization about one topic on one channel.

    Attributes:
        at: When; for a grant the beginning of its day where no instant is given.
        basis: For a grant, its ground; none says that it is a no.
    """

    channel: str
    organization: str
    topic: str
    at: datetime
    basis: str | None = None
    day: date | None = None
    evidence: str = ""


class Closed(NamedTuple):
    """An address that nothing may reach."""

    channel: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Extras:
    """What a row says that no other file does.

    Attributes:
        texts: The cells that stand in the record as they are, by our names; empty ones are None.
        flags: What is yes or no.
        safe_from: With `safe_until` the safe hours.
        said: The consents and withdrawals beside those that every file may claim.
        closed: The addresses of the row that nothing may reach.
    """

    texts: Mapping[str, str | None]
    flags: Mapping[str, bool]
    safe_from: time | None
    safe_until: time | None
    paused_until: datetime | None
    said: tuple[Said, ...]
    closed: tuple[Closed, ...]


@dataclass(frozen=True)
class Checked:
    """A shape that also refuses rows whose own columns cannot be read; it can be pickled."""

    places: Mapping[str, int]
    shape: Shape | None

    def __call__(self, cells: list[str]) -> list[str]:
        """The row as the shape makes it.

        Raises:
            InvalidInput: Something in it cannot be used.
        """
        read_extras(cells, self.places)
        return self.shape(cells) if self.shape else cells


def own_places(header: Sequence[str]) -> dict[str, int]:
    """Where the columns of our own export stand; nothing where it is another file."""
    places = {title: place for place, title in enumerate(header) if title in _COLUMNS}
    return places if _SIGN in places else {}


def own_answers(header: Sequence[str], fields: Sequence[CustomField]) -> dict[str, CustomField]:
    """Which columns of our own export answer which custom field; none of another file."""
    known = {f"{FIELD}{field.key}": field for field in fields if field.archived_at is None}
    return {title: known[title] for title in header if title in known and own_places(header)}


def with_own(
    columns: Layout, header: Sequence[str], fields: Sequence[CustomField]
) -> tuple[Layout, dict[str, int]]:
    """A layout that also checks the columns of our own export, and where those stand.

    Args:
        columns: How the file is read.
        header: The names of its columns.
        fields: The custom fields that may be answered.
    """
    # Another tool may have a column of the same name, and means something else by it.
    places = {} if columns.dialect else own_places(header)
    if not places:
        return columns, {}
    answers = columns.answers
    if columns.shape is None:
        known = own_answers(header, fields)
        answers = tuple(
            (place, known[title]) for place, title in enumerate(header) if title in known
        )
    read = {*places, *(f"{FIELD}{field.key}" for _, field in answers)}
    return (
        replace(
            columns,
            shape=Checked(places, columns.shape),
            answers=answers,
            ignored=tuple(title for title in columns.ignored if title not in read),
        ),
        places,
    )


def read_extras(cells: Sequence[str], places: Mapping[str, int]) -> Extras:
    """What a row says in the columns of our own export.

    Raises:
        InvalidInput: A cell cannot be read; its column is named.
    """
    said = {name: cells[place].strip() for name, place in places.items()}
    for name, text in said.items():
        if text and name in _CHOICES and text not in _CHOICES[name]:
            raise _unreadable(name, text)
        if len(text) > _LONGEST.get(name, len(text)):
            raise _unreadable(name, text)
    hours = [_time(name, said.get(name, "")) for name in ("safe_from", "safe_until")]
    if (hours[0] is None) != (hours[1] is None) or (hours[0] is not None and hours[0] == hours[1]):
        raise _unreadable("safe_from", said.get("safe_from", ""))
    paused = said.get("paused_until")
    return Extras(
        texts={name: said[name] or None for name in (*_LONGEST, *_CHOICES) if name in said},
        flags={name: said.get(name) == "yes" for name in (_SIGN, "discreet", "no_voicemail")},
        safe_from=hours[0],
        safe_until=hours[1],
        paused_until=_instant("paused_until", paused) if paused else None,
        said=(*_withdrawn(said), *_left(said), *_others(said)),
        closed=tuple(_closed(said.get("suppressed", ""))),
    )


def _withdrawn(said: Mapping[str, str]) -> list[Said]:
    names = {channel: f"consent_{channel}_withdrawn" for channel in _WHOLE}
    return [
        Said(channel, OUR_ORGANIZATION, EVERY_TOPIC, _instant(name, said[name]))
        for channel, name in names.items()
        if said.get(name)
    ]


def _left(said: Mapping[str, str]) -> list[Said]:
    found = []
    for part in _parts(said.get("topics_left", "")):
        channel, _, rest = part.partition(":")
        topic, _, at = rest.partition(":")
        if channel not in CHANNELS or not 0 < len(topic) <= 40:  # noqa: PLR2004 - its column
            raise _unreadable("topics_left", part)
        found.append(Said(channel, OUR_ORGANIZATION, topic, _instant("topics_left", at)))
    return found


def _others(said: Mapping[str, str]) -> list[Said]:
    text = said.get("other_consents", "")
    if not text:
        return []
    try:
        return [_other(one) for one in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _unreadable("other_consents", text) from None


def _other(one: dict[str, Any]) -> Said:
    channel, organization, topic = one["channel"], one["organization"], one.get("topic", "")
    if channel not in CHANNELS or len(organization) > 20 or len(topic) > 40:  # noqa: PLR2004
        raise ValueError(channel)
    at = _instant("other_consents", one["at"])
    if "basis" not in one:
        return Said(channel, organization, topic, at)
    basis_of(one["basis"])
    evidence = str(one["evidence"])[:300]
    return Said(
        channel, organization, topic, at, one["basis"], date.fromisoformat(one["date"]), evidence
    )


def _closed(text: str) -> list[Closed]:
    found = []
    for part in _parts(text):
        channel, _, rest = part.partition(":")
        reason, _, since = rest.partition(":")
        if channel not in CHANNELS or not 0 < len(reason) <= 20:  # noqa: PLR2004 - its column
            raise _unreadable("suppressed", part)
        found.append(Closed(channel, reason, _instant("suppressed", since)))
    return found


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _time(name: str, text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise _unreadable(name, text) from None


def _instant(name: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable(name, text) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _unreadable(name: str, text: str) -> InvalidInput:
    return InvalidInput(
        f"“{text[:40]}” cannot be read as {name}.",
        hint="Leave this column as the export wrote it.",
    )

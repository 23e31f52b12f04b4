"""Of two records of one person, what the one that stands says: field by field, and pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from mobilize.contacts.models import Contact
from mobilize.contacts.safer import Wishes, safer
from mobilize.core.errors import InvalidInput

Record = Mapping[str, Any]
"""The columns of a record that a merge looks at, by name."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("given_name", "family_name"),
    "email": ("email", "email_hash"),
    "phone": ("phone", "phone_hash", "sms_confirmed_at"),
    "language": ("language",),
    "place": (
        "province", "fsa", "riding_id", "riding_certainty", "riding_source", "time_zone",
    ),
    "source": ("source",),
}  # fmt: skip
"""What is chosen as one, from either record."""

WISHES: Final = (
    "do_not_contact", "discreet", "no_voicemail", "safe_channel", "safe_from", "safe_until",
    "paused_until",
)  # fmt: skip
COLUMNS: Final = (*(name for group in GROUPS.values() for name in group), *WISHES)
_ADDRESSES: Final = ("email", "phone")

Choice = Literal["kept", "merged"]


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What two records say once they are one.

    Attributes:
        kept: The columns of the one that stands for the person.
        merged: The columns of the other: an address that does not stand stays with it, so that
            the person is still known by it.
        email_side: Whose email address stands: kept or merged.
        phone_side: Whose number: kept, merged, or both where it is the same.
    """

    kept: dict[str, Any]
    merged: dict[str, Any]
    email_side: str
    phone_side: str


def record_of(contact: Contact) -> dict[str, Any]:
    """The columns of a person on file that a merge looks at."""
    return {name: getattr(contact, name) for name in COLUMNS}


def wishes_of(record: Record) -> Wishes:
    """How a record says that its person may be reached."""
    return Wishes(**{name: record[name] for name in WISHES})


def differing(kept: Record, merged: Record) -> list[str]:
    """The groups in which both records say something, and not the same: what there is to choose."""
    return [
        name
        for name in GROUPS
        if _says(kept, name) and _says(merged, name) and not _same(kept, merged, name)
    ]


def checked(choices: Mapping[str, str]) -> dict[str, str]:
    """Choices as they were sent in.

    Raises:
        InvalidInput: One is about no group, or names neither record.
    """
    wrong = {
        name: "kept or merged"
        for name, side in choices.items()
        if name not in GROUPS or side not in {"kept", "merged"}
    }
    if wrong:
        raise InvalidInput(
            "What is to be kept of the two records is not said as it must be.",
            hint=f"Name {', '.join(GROUPS)}, each with kept or merged.",
            fields=wrong,
        )
    return dict(choices)


def joined(kept: Record, merged: Record, choices: Mapping[str, str]) -> Joined:
    """Make one record of two.

    Nothing that only one of them says is lost, whatever was chosen; of the wishes the safer stand.

    Args:
        kept: The record that stands for the person.
        merged: The other.
        choices: For groups in which both say something, whose word stands; the kept one's if not
            said.
    """
    one, other = dict(kept), dict(merged)
    sides = {name: _side(kept, merged, name, choices.get(name, "kept")) for name in GROUPS}
    if _same_phone(kept, merged):
        sides["phone"] = _confirmed(kept, merged)
    for name, side in sides.items():
        if side == "merged":
            for column in GROUPS[name]:
                one[column] = merged[column]
                if name in _ADDRESSES:
                    other[column] = kept[column]
    for part in GROUPS["name"]:
        one[part] = one[part] or kept[part] or merged[part]
    wishes = safer(wishes_of(kept), wishes_of(merged))
    one |= {name: getattr(wishes, name) for name in WISHES}
    return Joined(kept=one, merged=other, email_side=sides["email"], phone_side=sides["phone"])


def _side(kept: Record, merged: Record, name: str, choice: str) -> str:
    if not _says(merged, name):
        return "kept"
    return choice if _says(kept, name) else "merged"


def _says(record: Record, name: str) -> bool:
    return any(record[column] for column in GROUPS[name])


def _same(kept: Record, merged: Record, name: str) -> bool:
    if name == "phone":
        return _same_phone(kept, merged)
    return all(kept[column] == merged[column] for column in GROUPS[name])


def _same_phone(kept: Record, merged: Record) -> bool:
    return kept["phone_hash"] is not None and kept["phone_hash"] == merged["phone_hash"]


def _confirmed(kept: Record, merged: Record) -> str:
    """Of the same number the record that confirmed it: a yes that came without counts no more.

    Else a yes on one record and the answer to a text on the other would together let go out what
    neither let.
    """
    if (kept["sms_confirmed_at"] is None) == (merged["sms_confirmed_at"] is None):
        return "both"
    return "merged" if kept["sms_confirmed_at"] is None else "kept"

"""What two records say once they are parted again: each as it was, and what came since. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from mobilize.contacts.merge_choices import GROUPS, WISHES, wishes_of
from mobilize.contacts.safer import Wishes, safer

Record = Mapping[str, Any]
_SIDES: Final = ("kept", "merged")
_OTHER: Final = {"kept": "merged", "merged": "kept"}
_YES_OR_NO: Final = ("do_not_contact", "discreet", "no_voicemail")
_UNITS: Final[tuple[tuple[str, ...], ...]] = (
    *((name,) for name in GROUPS["name"]),
    GROUPS["language"],
    GROUPS["place"],
    GROUPS["source"],
    ("email", "email_hash"),
    ("phone", "phone_hash"),
    ("safe_from", "safe_until"),
    *((name,) for name in WISHES if name not in {"safe_from", "safe_until"}),
)
"""What changes as one."""


def parted(
    *,
    before: Mapping[str, Record],
    became: Mapping[str, Record],
    current: Mapping[str, Record],
) -> dict[str, dict[str, Any]]:
    """Part two records: `kept`, which stood for the person, and `merged`.

    What a record said when it was merged it says again, unless it was changed since: that stays. A
    number that was confirmed since stays so wherever it goes. Wishes that came since are the
    person's, whoever of the two it turns out to be: the other record follows the safer.

    Args:
        before: What each said before the merge.
        became: What each said right after.
        current: What each says now.
    """
    apart = {side: _restored(before[side], became[side], current[side]) for side in _SIDES}
    for side in _SIDES:
        apart[side]["sms_confirmed_at"] = _confirmation(
            side, apart[side]["phone_hash"], before, became, current
        )
    both = safer(wishes_of(apart["merged"]), _since(became["kept"], current["kept"]))
    apart["merged"] |= {name: getattr(both, name) for name in WISHES}
    return apart


def _since(became: Record, current: Record) -> Wishes:
    """The wishes that came since, without those that stood before."""
    said = dict.fromkeys(WISHES) | dict.fromkeys(_YES_OR_NO, False)
    for unit in _UNITS:
        if unit[0] in WISHES and any(became[name] != current[name] for name in unit):
            said |= {name: current[name] for name in unit}
    return wishes_of(said)


def _restored(before: Record, became: Record, current: Record) -> dict[str, Any]:
    said = dict(before)
    for unit in _UNITS:
        if any(became[name] != current[name] for name in unit):
            said |= {name: current[name] for name in unit}
    return said


def _confirmation(
    side: str,
    number: bytes | None,
    before: Mapping[str, Record],
    became: Mapping[str, Record],
    current: Mapping[str, Record],
) -> Any:
    for place in (side, _OTHER[side]):
        now, then = current[place], became[place]
        changed = (now["phone_hash"], now["sms_confirmed_at"]) != (
            then["phone_hash"],
            then["sms_confirmed_at"],
        )
        if changed and now["phone_hash"] == number:
            return now["sms_confirmed_at"]
    return before[side]["sms_confirmed_at"] if number == before[side]["phone_hash"] else None

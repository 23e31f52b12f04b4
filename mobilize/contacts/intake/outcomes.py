"""What becomes of the consents that a row claims, as one byte, so that a batch is counted at once.

A byte has a bit for each channel and each of: it holds, it has ended, it was not claimed.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from mobilize.contacts.bases import expiry
from mobilize.contacts.report import ImportReport
from mobilize.contacts.rows import SupporterRow

ends: Final = lru_cache(maxsize=4096)(expiry)
"""When a consent ends, from its basis and day; a file has few of them."""

_HOLDS: Final = {"email": 0x01, "sms": 0x10}
_ENDED: Final = {"email": 0x02, "sms": 0x20}
_NOT_CLAIMED: Final = {"email": 0x04, "sms": 0x40}
_WITHOUT: Final = {"expired": _ENDED, "not_claimed": _NOT_CLAIMED}


def outcome_of(row: SupporterRow, now: datetime) -> int:
    """What becomes of a new person's claims where no suppression says otherwise."""
    outcome = 0
    for claim in row.claims:
        end = ends(claim.basis, claim.day)
        outcome |= (_HOLDS if end is None or end > now else _ENDED)[claim.channel]
    for channel in row.unclaimed:
        outcome |= _NOT_CLAIMED[channel]
    return outcome


def count_outcomes(outcomes: bytes, left_out: Iterable[int], report: ImportReport) -> None:
    """Add what became of a batch's claims to a report, without some of its rows."""
    counts = Counter(outcomes)
    counts.subtract(outcomes[place] for place in left_out)
    for outcome, count in counts.items():
        if not count:
            continue
        for channel, bit in _HOLDS.items():
            if outcome & bit:
                report.consents[channel] += count
        for why, bits in _WITHOUT.items():
            for channel, bit in bits.items():
                if outcome & bit:
                    report.without_consent[f"{channel}:{why}"] += count

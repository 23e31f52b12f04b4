"""What becomes of the consents that a row claims, as one byte, so that a batch is counted at once.

A byte has a bit for each channel and each of: it holds, it has ended, it was not claimed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import or_
from typing import Final

from mobilize.contacts.bases import expiry
from mobilize.contacts.intake.people import People, Terms
from mobilize.contacts.report import ImportReport

_HOLDS: Final = {"email": 0x01, "sms": 0x10}
_ENDED: Final = {"email": 0x02, "sms": 0x20}
_NOT_CLAIMED: Final = {"email": 0x04, "sms": 0x40}
_WITHOUT: Final = {"expired": _ENDED, "not_claimed": _NOT_CLAIMED}


def outcomes_of(people: People, now: datetime) -> bytes:
    """What becomes of new people's claims where no suppression says otherwise."""
    email = _of_channel("email", people.email_terms, people.email_hashes, now)
    sms = _of_channel("sms", people.sms_terms, people.phone_hashes, now)
    return bytes(map(or_, email, sms))


def _of_channel(
    channel: str,
    terms: Sequence[Terms | None],
    addresses: Sequence[bytes | None],
    now: datetime,
) -> list[int]:
    by_terms = {
        one: _HOLDS[channel] if holds(one, now) else _ENDED[channel] for one in set(terms) if one
    }
    unclaimed = _NOT_CLAIMED[channel]
    return [
        by_terms[one] if one else unclaimed if address else 0
        for one, address in zip(terms, addresses, strict=True)
    ]


def holds(terms: Terms, now: datetime) -> bool:
    """Whether a claimed consent has not ended yet."""
    end = expiry(*terms)
    return end is None or end > now


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

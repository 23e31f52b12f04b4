"""On what ground a person may be written to, and until when.

Canada's anti-spam law (CASL, S.C. 2010, c. 23) knows express consent, which lasts until it is
withdrawn, and implied consent, most of which ends by itself. Spans are calendar years and months,
not days. The Interpretation Act (R.S.C. 1985, c. I-21, s. 28) gives the rule where a month has no
such day: its last one, so two years from 29 February end on 28 February. The day itself would still
count; ours end when it begins, in UTC, which is before it begins anywhere in Canada.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from mobilize.core.errors import InvalidInput


class Basis(NamedTuple):
    """A ground for writing to a person.

    Attributes:
        months: How many calendar months it holds from its date; None where it has no end.
        source: The provision that it stands on.
    """

    months: int | None
    source: str


BASES: Final[Mapping[str, Basis]] = {
    # CRTC, "Guidance on Implied Consent": express consent does not expire.
    "express": Basis(None, "CASL s. 6(1)(a) and 10(1)"),
    # A purchase or contract: counted from it, or from the end of the contract.
    "implied_ebr": Basis(24, "CASL s. 10(9)(a) and 10(10), existing business relationship"),
    "implied_inquiry": Basis(6, "CASL s. 10(10)(e), inquiry or application"),
    "implied_donation": Basis(24, "CASL s. 10(13)(a), gift to a registered charity"),
    "implied_volunteer": Basis(24, "CASL s. 10(13)(b), volunteer work or a meeting attended"),
    # Counted from the last day of the membership.
    "implied_member": Basis(24, "CASL s. 10(13)(c), membership of a voluntary organization"),
    # For as long as it stands published without a word against it, for messages about the role.
    "published": Basis(None, "CASL s. 10(9)(b), conspicuously published address"),
    # Advocacy without any commerce is no commercial message; we ask for a ground all the same.
    "not_cem": Basis(None, "CASL s. 1(2): not a commercial electronic message"),
}


def expiry(basis: str, basis_date: date | None) -> datetime | None:
    """The instant from which a ground no longer holds, or None where it has no end.

    Raises:
        InvalidInput: The basis is not known, or needs a date and has none.
    """
    months = basis_of(basis).months
    if months is None:
        return None
    if basis_date is None:
        raise InvalidInput(
            f"The basis {basis} ends by itself and needs the date from which it counts.",
            fields={"basis_date": "missing"},
        )
    return datetime.combine(months_after(basis_date, months), time(), tzinfo=UTC)


def basis_of(name: str) -> Basis:
    """The basis of that name.

    Raises:
        InvalidInput: There is none.
    """
    found = BASES.get(name)
    if found is None:
        raise InvalidInput(
            f"There is no consent basis called “{name[:40]}”.",
            hint=f"Use one of: {', '.join(BASES)}.",
            fields={"basis": "unknown"},
        )
    return found


def months_after(day: date, months: int) -> date:
    """The same day of the month some months on, or the last one where there is no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))

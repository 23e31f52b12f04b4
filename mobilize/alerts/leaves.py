"""The simple rules of audiences as data: what each takes, and what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mobilize.core.i18n import LANGUAGES
from mobilize.mps.models import STANCES
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.wording import PARTIES
from mobilize.partners.models import MEMBERSHIPS

MAX_VALUES: Final = 400
"""Every riding of the country at once, and some room."""
MAX_TEXT: Final = 100
MAX_DAYS: Final = 3660
"""Ten years: nothing here is older."""

Form = Literal["values", "day", "days", "window"]


@dataclass(frozen=True)
class LeafKind:
    """What a simple rule takes.

    Attributes:
        choices: The values that exist; none where any text may stand.
        summary: For the published schema.
        form: `values` takes a value or a list of which any may hold; `day` one day; `days` a
            number of days, past or to come; `window` an object of the thing that it is about,
            `before` and `after` in days and, for one date of several, its `occurrence`.
        about: What it is also about, such as the `demand` that a stance is on: values then stand in
            an object of that and, as `is`, the values.
    """

    choices: tuple[str, ...]
    summary: str
    form: Form = "values"
    about: str = ""


LEAVES: Final[Mapping[str, LeafKind]] = {
    "language": LeafKind(LANGUAGES, "the language somebody is written to in"),
    "province": LeafKind(tuple(PROVINCES), "province or territory, two letters"),
    "riding": LeafKind((), "code of a riding of the 2023 representation order"),
    "riding_certainty": LeafKind(
        ("confirmed", "likely", "tentative"), "how surely the riding is known"
    ),
    "mp": LeafKind((), "public id of the MP who sits for the riding"),
    "party": LeafKind(tuple(PARTIES), "party of the MP who sits for the riding"),
    "stance": LeafKind(
        STANCES,
        "stance on a demand (its slug), last observed, of the MP who sits for the riding",
        about="demand",
    ),
    "tag": LeafKind((), "a tag's name"),
    "custom": LeafKind((), "answer kept in a custom field, named by its key", about="field"),
    "kind": LeafKind(("supporter", "partner"), "what somebody is to us"),
    "source": LeafKind((), "where the contact came from"),
    "imported": LeafKind(
        (), "public id of an import that brought somebody, or was the last to change the record"
    ),
    "partner": LeafKind((), "public id of a partner that somebody speaks for"),
    "membership": LeafKind(
        MEMBERSHIPS, "what the partner that somebody speaks for is to this organization"
    ),
    "partner_riding": LeafKind(
        (), "code of a riding (2023 order) that the partner somebody speaks for serves"
    ),
    "consent": LeafKind(("email", "sms", "voice"), "a channel that consent to us holds for now"),
    "consent_ends_within": LeafKind(
        (), "a consent to us, on any channel, that ends in the next so many days", form="days"
    ),
    "topic": LeafKind((), "slug of a demand whose messages somebody has not left"),
    "acted_on": LeafKind((), "slug of a demand for which an action was completed"),
    "completed": LeafKind((), "public id of a campaign whose action was completed"),
    "acted_around": LeafKind(
        (),
        "an action was completed around a confirmed date of a milestone (its slug): from so many "
        "days before its first day until so many days after its last; around any of its dates, or "
        "the one whose key is given",
        form="window",
        about="milestone",
    ),
    "received": LeafKind((), "public id of a mailing of which a message was accepted"),
    "followed_up": LeafKind(
        (), "slug of a milestone of whose follow-ups a message was accepted by the provider"
    ),
    "messaged_within": LeafKind(
        (),
        "an alert or a follow-up was accepted by the provider in the last so many days",
        form="days",
    ),
    "acted_within": LeafKind((), "an action was completed in the last so many days", form="days"),
    "active_since": LeafKind(
        (), "day of Ottawa on or after which somebody completed an action", form="day"
    ),
    "joined_within": LeafKind((), "somebody joined in the last so many days", form="days"),
    "joined_since": LeafKind((), "day of Ottawa on or after which somebody joined", form="day"),
}
"""Simple rules by name."""

FLAGS: Final[Mapping[str, str]] = {"partner_person": "somebody who speaks for a partner"}
"""Rules that take true or false."""

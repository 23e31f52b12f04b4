"""What an audience's sentence is made of, in any one language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A simple rule as a verb phrase about several people.

    `{x}` stands for the values joined by "or", `{neither}` for "neither a nor b", `{about}` for
    what the rule is also about. What is not given is said as with one value.

    Attributes:
        holds: That it holds.
        fails: That it does not.
        several: That one of several values holds.
        none_of: That none of several does.
        quoted: Whether values stand in quotation marks.
    """

    holds: str
    fails: str
    several: str = ""
    none_of: str = ""
    quoted: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    """An action around a milestone's dates, by which of the days before and after there are.

    `{before}` and `{after}` are days in words, `{about}` the milestone. The negation is put before,
    as in "have not".

    Attributes:
        before: One day before the day itself, and several: `{n}`.
        after: The same after it.
        day: A day that is counted from the milestone on both sides, and several.
    """

    on_the_day: str
    until: str
    since: str
    around: str
    before: tuple[str, str]
    after: tuple[str, str]
    day: tuple[str, str]
    has: str
    has_not: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One language's words.

    Attributes:
        phrases: Each simple rule that takes values.
        flags: Each rule that takes true or false: that it holds, and that it does not.
        days: Each rule of so many days, by whether it holds: `{span}` is the last ones in words,
            `{coming}` the next ones.
        window: The rule of a milestone's dates.
        values: What values are called, by rule.
        heads: What people of a kind are called at the head of a sentence.
        speaking: The languages as words beside that noun.
        places: Provinces as words behind it.
        place_joined: Those words, where `{x}` is one or several.
        adjective_first: Whether the language's word stands before the noun.
        everybody: All of no rules.
        nobody: Any of no rules.
        who: What joins the noun and its verbs.
        and_, or_: What joins several.
        either: What stands before the first part of a choice, and what before each further one.
        neither: The same where none of them is meant.
        more: For values left out of a long list: `{n}` of them.
        last_days: The last 24 hours, and the last `{n}` days.
        next_days: The next 24 hours, and the next `{n}` days.
        quote: A value in quotation marks.
    """

    phrases: Mapping[str, Phrase]
    flags: Mapping[str, tuple[str, str]]
    days: Mapping[str, tuple[str, str]]
    window: Window
    values: Mapping[str, Mapping[str, str]]
    heads: Mapping[str, str]
    speaking: Mapping[str, str]
    places: Mapping[str, str]
    place_joined: str
    adjective_first: bool
    everybody: str
    nobody: str
    who: str
    and_: str
    or_: str
    either: tuple[str, str]
    neither: tuple[str, str]
    more: str
    last_days: tuple[str, str]
    next_days: tuple[str, str]
    quote: str
    elided: Callable[[str], str] = str
    """Puts right what depends on how a name begins."""

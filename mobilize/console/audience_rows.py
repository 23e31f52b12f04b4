"""One rule of the builder as its row on the page holds it, and the rule that it means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.datastructures import MultiDict

from mobilize.alerts.leaves import FLAGS, LEAVES
from mobilize.alerts.rules import Leaf
from mobilize.core.errors import InvalidInput

GROUPS: Final = ("1", "2", "3")
"""The choices of the builder: of the rules of one, any may hold."""
KINDS: Final[Mapping[str, LazyString]] = {
    "language": lazy_gettext("Language"),
    "province": lazy_gettext("Province or territory"),
    "riding": lazy_gettext("Riding"),
    "riding_certainty": lazy_gettext("How surely the riding is known"),
    "mp": lazy_gettext("MP"),
    "party": lazy_gettext("Party of the MP"),
    "stance": lazy_gettext("Position of the MP on a demand"),
    "tag": lazy_gettext("Tag"),
    "custom": lazy_gettext("Answer to a custom field"),
    "kind": lazy_gettext("Supporter, or a partner’s person"),
    "source": lazy_gettext("Where they came from"),
    "imported": lazy_gettext("The file that brought or last changed them"),
    "partner_person": lazy_gettext("Speaks for a partner"),
    "partner": lazy_gettext("Speaks for this partner"),
    "membership": lazy_gettext("Speaks for a member, an ally…"),
    "partner_riding": lazy_gettext("Speaks for a partner that serves a riding"),
    "consent": lazy_gettext("Has agreed to"),
    "consent_ends_within": lazy_gettext("Has a consent that ends in the next days"),
    "topic": lazy_gettext("Still hears about a demand"),
    "acted_on": lazy_gettext("Acted on a demand"),
    "completed": lazy_gettext("Completed the action of a campaign"),
    "acted_around": lazy_gettext("Acted around a milestone"),
    "acted_within": lazy_gettext("Acted in the last days"),
    "active_since": lazy_gettext("Acted since a day"),
    "received": lazy_gettext("Was sent a message"),
    "followed_up": lazy_gettext("Was sent a follow-up on a milestone"),
    "messaged_within": lazy_gettext("Was sent an alert or a follow-up in the last days"),
    "joined_within": lazy_gettext("Joined in the last days"),
    "joined_since": lazy_gettext("Joined since a day"),
}
"""What there are rules about, as the page offers it."""


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A rule's fields, as typed.

    Attributes:
        kind: The simple rule's name.
        negated: Whether it must not hold.
        group: One of `GROUPS`, or empty where it stands on its own.
        values: What was chosen or typed; a day or a number of days is the only one.
        about: What it is also about.
        before: For a milestone, the days before it.
        after: The days after it.
        occurrence: The key of one of its dates; empty for any.
    """

    kind: str
    negated: bool = False
    group: str = ""
    values: tuple[str, ...] = ()
    about: str = ""
    before: str = ""
    after: str = ""
    occurrence: str = ""

    @property
    def form(self) -> str:
        """Which fields the row has: those of `LeafKind.form`, or `flag`."""
        return "flag" if self.kind in FLAGS else LEAVES[self.kind].form

    @property
    def takes_about(self) -> bool:
        """Whether it names what it is about beside its values."""
        return self.kind in LEAVES and bool(LEAVES[self.kind].about)

    @classmethod
    def of_form(cls, form: MultiDict[str, str], prefix: str) -> Self | None:
        """The row whose fields begin with a prefix; None where it is of no kind that there is."""
        kind, group = form.get(f"{prefix}kind", ""), form.get(f"{prefix}group", "")
        if kind not in KINDS:
            return None
        return cls(
            kind=kind,
            negated=form.get(f"{prefix}not") == "yes",
            group=group if group in GROUPS else "",
            values=tuple(filter(None, (one.strip() for one in form.getlist(f"{prefix}value")))),
            about=form.get(f"{prefix}about", "").strip(),
            before=form.get(f"{prefix}before", "").strip(),
            after=form.get(f"{prefix}after", "").strip(),
            occurrence=form.get(f"{prefix}occurrence", "").strip(),
        )

    @classmethod
    def of_leaf(cls, leaf: Leaf, group: str = "") -> Self:
        """The row that shows a simple rule."""
        row: dict[str, Any] = {"values": leaf.values, "about": leaf.about}
        if leaf.name in LEAVES and LEAVES[leaf.name].form == "window":
            before, after, occurrence = leaf.values
            row = {
                "about": leaf.about, "before": before, "after": after, "occurrence": occurrence,
            }  # fmt: skip
        return cls(kind=leaf.name, negated=leaf.negated, group=group, **row)

    def rule(self, number: int) -> dict[str, Any]:
        """The rule that it means.

        Raises:
            InvalidInput: Something is not chosen yet; an empty rule would mean everybody.
        """
        rule = {self.kind: self._value(number)}
        return {"not": rule} if self.negated else rule

    def _value(self, number: int) -> Any:
        if self.form == "flag":
            return True
        if self.form == "window":
            days = {name: self._days(number, getattr(self, name)) for name in ("before", "after")}
            one = {"occurrence": self.occurrence} if self.occurrence else {}
            return {LEAVES[self.kind].about: self._needed(number, self.about), **days, **one}
        if not self.values:
            raise self._incomplete(number)
        if self.form == "days":
            return self._days(number, self.values[0])
        if self.form == "day":
            return self.values[0]
        if self.takes_about:
            about = self._needed(number, self.about)
            return {LEAVES[self.kind].about: about, "is": list(self.values)}
        return list(self.values)

    def _days(self, number: int, typed: str) -> int:
        if not typed.isdecimal():
            raise self._incomplete(number)
        return int(typed)

    def _needed(self, number: int, typed: str) -> str:
        if not typed:
            raise self._incomplete(number)
        return typed

    def _incomplete(self, number: int) -> InvalidInput:
        return InvalidInput(
            gettext(
                "The rule “%(kind)s” (number %(number)s) is not complete.",
                kind=KINDS[self.kind],
                number=number,
            ),
            hint=gettext("Choose what it asks for, or take the rule away."),
            fields={f"rule{number}": gettext("Choose or write this.")},
        )

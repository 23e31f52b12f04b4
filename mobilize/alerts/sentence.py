"""An audience in one readable sentence, such as "French-speaking supporters in Quebec"."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from mobilize.alerts.content import long_date
from mobilize.alerts.leaves import FLAGS, LEAVES
from mobilize.alerts.phrases import Wording
from mobilize.alerts.phrases_en import ENGLISH
from mobilize.alerts.phrases_fr import FRENCH
from mobilize.alerts.rules import Group, Leaf, Rule, parse_rules
from mobilize.alerts.tidying import tidied
from mobilize.core.i18n import Language

Names = Mapping[str, Mapping[str, str]]
"""For a rule's name, its values as people call them: `{"completed": {"<public id>": "Call"}}`."""

WORDINGS: Final[Mapping[Language, Wording]] = {"en": ENGLISH, "fr": FRENCH}
_NO_NAMES: Final[Names] = {}
_MOST_NAMED: Final = 7
"""Of a longer list the first are named, and the others counted."""


def sentence(rules: Mapping[str, Any], language: Language, names: Names = _NO_NAMES) -> str:
    """Say whom rules mean.

    Rules that mean the same are said alike: `tidied` first. What must all hold stands in a row; a
    choice within it comes last, as "who either … or …".

    Args:
        rules: The rules.
        language: The language of the sentence.
        names: How values are called that the rules hold only an id of (`naming.names_in`);
            without a name the id itself stands there.

    Raises:
        UnreadableRules: The rules cannot be read.
    """
    return _Writer(language, names).write(tidied(parse_rules(rules)))


class _Writer:
    def __init__(self, language: Language, names: Names) -> None:
        self._language = language
        self._names = names
        self._words = WORDINGS[language]

    def write(self, rule: Rule) -> str:
        if isinstance(rule, Group) and not rule.rules:
            return self._words.everybody if rule.every else self._words.nobody
        if isinstance(rule, Group) and not rule.every and not _has_groups(rule):
            return self._said(self._words.heads[""], self._part(rule))
        parts = list(rule.rules) if isinstance(rule, Group) and rule.every else [rule]
        head = self._head(parts)
        return self._said(head, self._clauses(parts) if parts else "")

    def _said(self, head: str, clauses: str) -> str:
        text = f"{head} {self._words.who} {clauses}" if clauses else head
        return text[0].upper() + text[1:]

    def _head(self, parts: list[Rule]) -> str:
        """The noun with what may stand beside it; takes what it says out of the parts."""
        kind, speaking = self._take(parts, "kind"), self._take(parts, "language")
        place = self._take(parts, "province")
        noun = self._words.heads[kind.values[0] if kind else ""]
        adjective = self._words.speaking[speaking.values[0]] if speaking else ""
        words = [adjective, noun] if self._words.adjective_first else [noun, adjective]
        if place:
            places = [self._words.places[value] for value in place.values]
            words.append(self._words.place_joined.format(x=self._or(places)))
        return " ".join(filter(None, words))

    @staticmethod
    def _take(parts: list[Rule], name: str) -> Leaf | None:
        for part in parts:
            if isinstance(part, Leaf) and part.name == name and not part.negated:
                if name != "province" and len(part.values) > 1:
                    continue
                parts.remove(part)
                return part
        return None

    def _clauses(self, parts: Sequence[Rule]) -> str:
        """What must all hold: simple rules in a row, then each choice as a clause of its own."""
        simple = [self._leaf(part) for part in parts if isinstance(part, Leaf)]
        choices = [self._choice(part) for part in parts if isinstance(part, Group)]
        if not choices:
            return self._row(simple, self._words.and_)
        if not simple and len(choices) == 1:
            return choices[0]
        who, and_ = self._words.who, self._words.and_
        said = ", ".join([*simple, *(f"{who} {choice}" for choice in choices[:-1])])
        comma = "," if len(simple) + len(choices) > 2 else ""  # noqa: PLR2004 - a pair needs none
        if not simple:
            said = said.removeprefix(f"{who} ")
        return f"{said}{comma} {and_} {who} {choices[-1]}"

    def _choice(self, group: Group) -> str:
        """What any may hold of: "either a, b or c", or "either a and b, or c"."""
        parts = [self._part(part) for part in group.rules]
        first, further = self._words.either
        if first == further:
            return ", ".join(f"{first} {part}" for part in parts)
        if _has_groups(group):
            return f"{first} {f', {further} '.join(parts)}"
        return f"{first} {self._row(parts, further)}"

    def _part(self, rule: Rule) -> str:
        """A part of a choice; a choice inside it stands in brackets."""
        if isinstance(rule, Leaf):
            return self._leaf(rule)
        word = self._words.and_ if rule.every else self._words.or_
        inner = [
            f"({self._part(part)})" if isinstance(part, Group) else self._leaf(part)
            for part in rule.rules
        ]
        return self._row(inner, word)

    def _leaf(self, leaf: Leaf) -> str:
        """A simple rule as a verb phrase."""
        if leaf.name in FLAGS:
            return self._words.flags[leaf.name][leaf.negated]
        form = LEAVES[leaf.name].form
        if form == "days":
            span = _counted(self._words.last_days, leaf.values[0])
            coming = _counted(self._words.next_days, leaf.values[0])
            return self._words.days[leaf.name][leaf.negated].format(span=span, coming=coming)
        if form == "window":
            return self._window(leaf)
        phrase = self._words.phrases[leaf.name]
        values, about = self._values(leaf), self._words.quote.format(x=self._about(leaf))
        pattern = phrase.fails if leaf.negated else phrase.holds
        if len(leaf.values) > 1:
            pattern = (phrase.none_of if leaf.negated else phrase.several) or pattern
        said = pattern.format(x=self._or(values), neither=self._neither(values), about=about)
        return self._words.elided(said)

    def _window(self, leaf: Leaf) -> str:
        window = self._words.window
        before, after, key = leaf.values
        name = self._about(leaf)
        both = before != "0" != after
        pattern = window.around if both else window.until if before != "0" else window.since
        if before == after == "0":
            pattern = window.on_the_day
        return pattern.format(
            has=window.has_not if leaf.negated else window.has,
            before=_counted(window.day if both else window.before, before),
            after=_counted(window.day if both else window.after, after),
            about=self._words.quote.format(x=f"{name} ({key})" if key else name),
        )

    def _about(self, leaf: Leaf) -> str:
        return self._names.get(leaf.name, {}).get(leaf.about, leaf.about)

    def _values(self, leaf: Leaf) -> list[str]:
        if LEAVES[leaf.name].form == "day":
            return [long_date(date.fromisoformat(leaf.values[0]), self._language)]
        known = self._words.values.get(leaf.name, self._names.get(leaf.name, {}))
        # What an answer is called depends on the question.
        about = f"{leaf.about}=" if leaf.name == "custom" else ""
        words = [known.get(about + value, value) for value in leaf.values]
        if self._words.phrases[leaf.name].quoted:
            words = [self._words.quote.format(x=word) for word in words]
        if len(words) > _MOST_NAMED:
            left_out = len(words) - _MOST_NAMED + 1
            words = [*words[: _MOST_NAMED - 1], self._words.more.format(n=left_out)]
        return words

    def _or(self, words: Sequence[str]) -> str:
        return self._row(words, self._words.or_)

    def _neither(self, words: Sequence[str]) -> str:
        first, further = self._words.neither
        return f"{first} {f' {further} '.join(words)}"

    @staticmethod
    def _row(parts: Sequence[str], word: str) -> str:
        if len(parts) < 2:  # noqa: PLR2004 - one part needs no word between
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _has_groups(group: Group) -> bool:
    return any(isinstance(part, Group) for part in group.rules)


def _counted(words: tuple[str, str], number: str) -> str:
    return words[number != "1"].format(n=number)

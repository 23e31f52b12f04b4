"""An audience in one readable sentence, such as "French-speaking supporters in Quebec"."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from mobilize.alerts.content import long_date
from mobilize.alerts.phrases import PHRASES, PLACES, SPEAKING, VALUES, WORDS
from mobilize.alerts.rules import LEAVES, Group, Leaf, Rule, parse_rules
from mobilize.core.i18n import Language

Names = Mapping[str, Mapping[str, str]]
"""For a rule's name, its values as people call them: `{"completed": {"<public id>": "Call"}}`."""

_NO_NAMES: Final[Names] = {}


def sentence(rules: Mapping[str, Any], language: Language, names: Names = _NO_NAMES) -> str:
    """Say whom rules mean.

    Args:
        rules: The rules.
        language: The language of the sentence.
        names: How values are called that the rules hold only an id of (`queries.names_in`);
            without a name the id itself stands there.

    Raises:
        InvalidInput: The rules cannot be read.
    """
    return _Writer(language, names).write(parse_rules(rules))


class _Writer:
    def __init__(self, language: Language, names: Names) -> None:
        self._language = language
        self._names = names
        self._words = WORDS[language]

    def write(self, rule: Rule) -> str:
        if isinstance(rule, Group) and not rule.rules:
            return self._words.everybody if rule.every else self._words.nobody
        parts = list(rule.rules) if isinstance(rule, Group) and rule.every else [rule]
        head = self._head(parts)
        # One group alone needs no brackets, whichever word joins it.
        inside = None if len(parts) == 1 else True
        clauses = self._join(
            self._words.and_, [self._clause(part, inside=inside) for part in parts]
        )
        text = f"{head} {self._words.who} {clauses}" if clauses else head
        return text[0].upper() + text[1:]

    def _head(self, parts: list[Rule]) -> str:
        """The noun with what may stand beside it; takes what it says out of the parts."""
        noun = self._take(parts, "kind")
        speaking = self._take(parts, "language")
        place = self._take(parts, "province")
        words = [
            self._people(noun),
            SPEAKING[self._language][speaking.values[0]] if speaking else "",
            PLACES[self._language].format(x=self._values(place)) if place else "",
        ]
        if self._language == "en":
            words[0], words[1] = words[1], words[0]
        return " ".join(filter(None, words))

    def _people(self, noun: Leaf | None) -> str:
        if noun is None:
            return self._words.people
        return VALUES[self._language]["kind"][noun.values[0]].removeprefix("des ")

    def _take(self, parts: list[Rule], name: str) -> Leaf | None:
        for part in parts:
            if isinstance(part, Leaf) and part.name == name and not part.negated:
                if name != "province" and len(part.values) > 1:
                    continue
                parts.remove(part)
                return part
        return None

    def _clause(self, rule: Rule, *, inside: bool | None) -> str:
        """A rule as a verb phrase; `inside` says by which word its group is joined, if any."""
        if isinstance(rule, Leaf):
            phrase = PHRASES[self._language][rule.name]
            about = self._names.get(rule.name, {}).get(rule.about, rule.about)
            return (phrase.fails if rule.negated else phrase.holds).format(
                x=self._values(rule), about=self._words.quote.format(x=about)
            )
        if not rule.rules:
            return self._words.anybody if rule.every else self._words.not_anybody
        word = self._words.and_ if rule.every else self._words.or_
        text = self._join(word, [self._clause(part, inside=rule.every) for part in rule.rules])
        plain = inside is None or rule.every is inside or len(rule.rules) == 1
        return text if plain else f"({text})"

    def _values(self, leaf: Leaf) -> str:
        kind = LEAVES.get(leaf.name)
        if kind and kind.is_day:
            return long_date(date.fromisoformat(leaf.values[0]), self._language)
        known = VALUES[self._language].get(leaf.name, self._names.get(leaf.name, {}))
        # What an answer is called depends on the question.
        about = f"{leaf.about}=" if leaf.name == "custom" else ""
        words = [known.get(about + value, value) for value in leaf.values]
        if PHRASES[self._language][leaf.name].quoted:
            words = [self._words.quote.format(x=word) for word in words]
        return self._join(self._words.or_, words)

    @staticmethod
    def _join(word: str, parts: list[str]) -> str:
        if len(parts) < 2:  # noqa: PLR2004 - one part needs no word between
            return "".join(parts)
        return f"{', '.join(parts[:-1])} {word} {parts[-1]}"

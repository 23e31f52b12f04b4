"""The same rules with nothing said twice: groups within like groups opened, like rules joined."""

from dataclasses import replace

from mobilize.alerts.leaves import LEAVES
from mobilize.alerts.rules import Group, Leaf, Rule, parse_rules

EVERYBODY = Group(every=True, rules=())
NOBODY = Group(every=False, rules=())


def tidied(rule: Rule) -> Rule:
    """A tree that means the same people, in its shortest form.

    Two tags of which any may hold are one rule with two values; so are two that must both fail.
    """
    if isinstance(rule, Leaf):
        return rule
    parts: list[Rule] = []
    for part in map(tidied, rule.rules):
        if isinstance(part, Group) and part.every is rule.every:
            parts.extend(part.rules)
        elif isinstance(part, Group) and not part.rules:
            # Everybody among choices is everybody, nobody among conditions nobody.
            return part
        else:
            parts.append(part)
    joined = _joined(list(dict.fromkeys(parts)), every=rule.every)
    return joined[0] if len(joined) == 1 else Group(rule.every, tuple(joined))


def same_rules(one: object, other: object) -> bool:
    """Whether two documents of rules mean the same people, once nothing is said twice.

    Raises:
        UnreadableRules: One of them cannot be read.
    """
    return _unordered(tidied(parse_rules(one))) == _unordered(tidied(parse_rules(other)))


def _unordered(rule: Rule) -> object:
    if isinstance(rule, Leaf):
        ordered = LEAVES.get(rule.name) and LEAVES[rule.name].form == "window"
        return rule if ordered else replace(rule, values=tuple(sorted(rule.values)))
    return rule.every, frozenset(map(_unordered, rule.rules))


def _joined(parts: list[Rule], *, every: bool) -> list[Rule]:
    found: dict[object, Rule] = {}
    for part in parts:
        key: object = part
        if isinstance(part, Leaf) and part.negated is every and _takes_several(part):
            key = (part.name, part.about)
            standing = found.get(key)
            if isinstance(standing, Leaf):
                values = dict.fromkeys((*standing.values, *part.values))
                part = replace(part, values=tuple(values))  # noqa: PLW2901 - the joined rule
        found[key] = part
    return list(found.values())


def _takes_several(leaf: Leaf) -> bool:
    return leaf.name in LEAVES and LEAVES[leaf.name].form == "values"

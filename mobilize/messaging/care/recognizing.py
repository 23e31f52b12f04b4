"""Does a text look as if somebody told what was done to them, or is done to somebody near?

A list of phrases in both languages, each with a weight, and a sum: small enough to be read whole,
the same on every machine, and able to say why. Nothing that people text to us is given to a service
that learns. It errs on the side of care: a text that is kept apart without need is given back by
whoever reads it, while one that is not is read by everybody. How often it errs on texts that it was
not made on stands in `docs/reference/texts.md`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mobilize.messaging.care import rules_en, rules_fr
from mobilize.messaging.care.rule import Rule

PLAIN: Final = 4
"""What a phrase weighs that is enough by itself, and that nothing eases."""
ENOUGH: Final = 3
"""What phrases add up to that set a text apart: a strong hint alone does. At 4, 25 of 32
texts that another hand wrote were missed; at 3, 18, with two false alarms in 24."""
_RULES: Final = (*rules_en.RULES, *rules_fr.RULES)
_EASES: Final = (*rules_en.EASES, *rules_fr.EASES)
_APOSTROPHES: Final = re.compile(r"[’'`´ʼ]")
_ENGLISH_NOT: Final = re.compile(r"(?<=n)'(?=t\b)")
_NOT_WORDS: Final = re.compile(r"[^a-z0-9$]+")
_RUN_TOGETHER: Final = re.compile(
    r"\b(i|he|she|we|they)(m|ve|s|re)\b(?<!\bwere)(?<!\bhere)(?<!\bis)"
)
_REPORTED: Final = re.compile(r"\b(?:i (?:read|saw|heard|watched)|j ai (?:lu|vu|entendu))\b")
_PERSONAL: Final = re.compile(
    r"\b(?:i|me|my|we|us|our|she|he|her|him|je|j|m|moi|mon|ma|mes|nous|nos|notre|elle|il)\b"
)


@dataclass(frozen=True)
class Finding:
    """What the phrases say of a text.

    Attributes:
        score: What they add up to.
        why: What they speak for, each once.
    """

    score: int
    why: tuple[str, ...]

    @property
    def needs_care(self) -> bool:
        """Whether it is enough."""
        return self.score >= ENOUGH


def look_at(text: str) -> Finding:
    """What the phrases say of a text: plain ones count in full, hints less what eases them.

    Where nobody in particular is spoken of, as in what somebody read, plain ones are eased too.
    """
    plain = plain_words(text)
    found = _strongest(_RULES, plain)
    clear = sum(weight for weight in found.values() if weight >= PLAIN)
    hints = sum(weight for weight in found.values() if weight < PLAIN)
    eased = sum(_strongest(_EASES, plain).values())
    if _PERSONAL.search(_REPORTED.sub("", plain)) is None:
        return Finding(max(0, clear + hints - eased), tuple(found))
    return Finding(clear + max(0, hints - eased), tuple(found))


def needs_care(text: str) -> bool:
    """Whether a text looks like a disclosure."""
    return look_at(text).needs_care


def plain_words(text: str) -> str:
    """A text as the phrases are written: small letters without accents, one blank between words."""
    folded = unicodedata.normalize("NFKD", text.lower())
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    folded = folded.replace("œ", "oe").replace("æ", "ae")
    # don't and dont are one; j'ai is two words, as are I'm and he's.
    folded = _ENGLISH_NOT.sub("", _APOSTROPHES.sub("'", folded))
    plain = _NOT_WORDS.sub(" ", folded).strip()
    return _RUN_TOGETHER.sub(r"\1 \2", plain)


def _strongest(rules: Iterable[Rule], plain: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for rule in rules:
        if rule.weight > found.get(rule.name, 0) and rule.expression.search(plain):
            found[rule.name] = rule.weight
    return found

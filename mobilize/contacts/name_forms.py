"""Names as they are compared: without accents and signs, by their sound, by their usual form."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_APART: Final = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d"})
_NO_LETTER: Final = re.compile(r"[^\w]+|_+")

_USUAL: Final = {
    short: name
    for name, shorts in {
        "alexander": "alexandre sandy",
        "andrew": "andy",
        "anthony": "tony antoni",
        "catherine": "cathy kathy kate katie cath katherine kathryn catharine",
        "charles": "charlie chuck",
        "christopher": "chris",
        "daniel": "dan danny",
        "david": "dave",
        "deborah": "deb debbie",
        "dominique": "dom",
        "edward": "ed eddie ted",
        "elizabeth": "liz beth betty lizzie elisabeth",
        "emmanuel": "manu",
        "frederic": "fred frederick",
        "gabriel": "gab",
        "genevieve": "gen",
        "guillaume": "gui",
        "isabelle": "isa isabel",
        "jacqueline": "jackie",
        "james": "jim jimmy",
        "jennifer": "jen jenny",
        "john": "johnny jack",
        "joseph": "joe joey",
        "josephine": "josee",
        "kenneth": "ken kenny",
        "lawrence": "larry",
        "margaret": "maggie meg peggy",
        "mark": "marc",
        "matthew": "matt matthieu mathieu",
        "maxime": "max",
        "michael": "mike mick",
        "mohammed": "mohamed muhammad mohammad mohamad muhammed",
        "nicolas": "nick nico nicholas",
        "patricia": "pat patty trish",
        "peter": "pete",
        "philippe": "phil philip phillip",
        "richard": "rick dick ricky",
        "robert": "bob bobby rob robbie",
        "samuel": "sam",
        "sebastien": "seb sebastian",
        "steven": "steve stephen",
        "susan": "sue suzie susie",
        "theodore": "theo",
        "thomas": "tom tommy",
        "timothy": "tim",
        "veronique": "vero veronica",
        "victoria": "vicky vicki",
        "vincent": "vince",
        "william": "bill billy will willy",
    }.items()
    for short in shorts.split()
}
"""Short forms and spellings of one name, without accents; what may stand for two is not in it."""

_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"au[dl]t?s?$|eaux?|aux?", "o"),
        (r"ph", "f"),
        (r"[sc]h|tch", "x"),
        (r"qu|ck|q", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"gn", "n"),
        (r"g(?=[eiy])|dj", "j"),
        (r"w", "v"),
        (r"z", "s"),
        (r"y", "i"),
        (r"h", ""),
        (r"(.)\1+", r"\1"),
        (r"(?<=[a-z]{2})[tdpsxe]+$", ""),
    )
)
_VOWELS: Final = re.compile(r"(?<=.)[aeiou]")
_SOUND_LETTERS: Final = 6


def plain_words(name: str) -> list[str]:
    """The words of a name without case, accents, hyphens and other signs."""
    return list(_plain_words(name))


@lru_cache(maxsize=8192)
def _plain_words(name: str) -> tuple[str, ...]:
    folded = name.casefold()
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded.translate(_APART))
        folded = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return tuple(word for word in _NO_LETTER.split(folded) if word)


def usual(word: str) -> str:
    """A given name's usual form: Bob is Robert; most names are their own."""
    return _USUAL.get(word, word)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """A word by its sound, roughly as English and French speakers both would have it.

    Words that are said alike get one code, and many that are not: it says where to look.
    """
    said = word
    for pattern, letters in _SOUNDS:
        said = pattern.sub(letters, said)
    return _VOWELS.sub("", said)[:_SOUND_LETTERS] or word[:1]


def edits(one: str, other: str) -> int:
    """How many letters are added, left out, changed or swapped with the next; 3 is many."""
    if abs(len(one) - len(other)) > 2:  # noqa: PLR2004 - the next answer is "many" anyway
        return 3
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, second in enumerate(other, start=1):
            cost = min(
                last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != second)
            )
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == second:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return min(last[-1], 3)

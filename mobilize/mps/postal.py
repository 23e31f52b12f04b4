"""Canadian postal codes as people type them: read, corrected where sure, refused with a reason.

Form: Canada Post's `A1A 1A1`. The first letter is never D F I O Q U W Z, the others never
D F I O Q U. The first three characters are the forward sortation area (FSA), the last three the
unit. A zero as second character marks a rural area.
"""

import re
from typing import Literal, NamedTuple

UNIT_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
_FIRST_LETTERS = "ABCEGHJKLMNPRSTVXY"
_DIGITS = "0123456789"
_ALLOWED = (_FIRST_LETTERS, _DIGITS, UNIT_LETTERS, _DIGITS, UNIT_LETTERS, _DIGITS)
_LENGTH = 6
_NOISE = re.compile(r"[\s\-–—.]+")
# O and I are no letters of a postal code, so where a digit belongs they can only be 0 and 1.
_LOOKALIKES = {"O": "0", "I": "1"}

Reason = Literal["empty", "length", "letter_expected", "digit_expected", "letter_not_used"]


class PostalCode(NamedTuple):
    """A code of the right form; whether it exists is another question.

    Attributes:
        code: Six characters, upper case, no space.
        corrected: Whether an O was read as 0 or an I as 1; worth showing to whoever typed it.
    """

    code: str
    corrected: bool

    @property
    def fsa(self) -> str:
        """The forward sortation area, the first three characters."""
        return self.code[:3]

    @property
    def spaced(self) -> str:
        """The code as it is written on an envelope."""
        return f"{self.code[:3]} {self.code[3:]}"


class PostalProblem(NamedTuple):
    """Why a text is no postal code.

    Attributes:
        reason: A word for a program; pages have the sentence in both languages.
        position: Which character of the code is wrong, from 1; None where the whole is.
    """

    reason: Reason
    position: int | None = None


def read_postal_code(text: str) -> PostalCode | PostalProblem:
    """Read a postal code as typed: any case, spaces and dashes anywhere, O for 0, I for 1."""
    typed = _NOISE.sub("", text).upper()
    if not typed:
        return PostalProblem("empty")
    if len(typed) != _LENGTH:
        return PostalProblem("length")
    code = ""
    for position, (character, allowed) in enumerate(zip(typed, _ALLOWED, strict=True), start=1):
        wants_digit = allowed[0] == "0"
        read = _LOOKALIKES.get(character, character) if wants_digit else character
        if read not in allowed:
            return PostalProblem(_reason(character, wants_digit=wants_digit), position)
        code += read
    return PostalCode(code, corrected=code != typed)


def _reason(character: str, *, wants_digit: bool) -> Reason:
    if wants_digit:
        return "digit_expected"
    is_letter = character.isascii() and character.isalpha()
    return "letter_not_used" if is_letter else "letter_expected"


def normalise_postal_code(text: str) -> str | None:
    """The six characters of a typed code, or None if it is none."""
    answer = read_postal_code(text)
    return answer.code if isinstance(answer, PostalCode) else None


def is_rural(fsa: str) -> bool:
    """Whether an area is rural: one code may serve a hundred kilometres and several ridings."""
    return fsa[1] == "0"

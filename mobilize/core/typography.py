"""How texts are set on pages and in emails: curved apostrophes, and the hard spaces of French.

Texts are typed with plain signs. What is set must not go into SMS: neither sign is in the GSM
alphabet, and one of them more than doubles a text's cost. The rule for French is the Office
québécois de la langue française's: a hard space before a colon and inside guillemets, none before
`;`, `?` and `!`.
"""

import re

from mobilize.core.i18n import Language

_HARD_SPACE = "\u00a0"
_BEFORE_SIGN = re.compile(r" (?=[:»])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def typeset(text: str, language: Language) -> str:
    """The text with curved apostrophes, in French also with hard spaces where one was typed."""
    text = _APOSTROPHE.sub("’", text)
    if language == "en":
        return text
    return _AFTER_QUOTE.sub(_HARD_SPACE, _BEFORE_SIGN.sub(_HARD_SPACE, text))

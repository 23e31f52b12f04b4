"""The hard spaces of Canadian French, on pages and in emails: no sign stands alone in a line.

Texts are typed with ordinary spaces. They must not go into SMS: a hard space is outside the GSM
alphabet and would more than double a text's cost. The rule is the Office québécois de la langue
française's: a hard space before a colon and inside guillemets, none before `;`, `?` and `!`.
"""

import re

_HARD_SPACE = "\u00a0"
_BEFORE_SIGN = re.compile(r" (?=[:»])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")


def french_spaces(text: str) -> str:
    """The text with hard spaces before `:` and `»` and after `«`, where a space was typed."""
    return _AFTER_QUOTE.sub(_HARD_SPACE, _BEFORE_SIGN.sub(_HARD_SPACE, text))

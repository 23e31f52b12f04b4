"""What is wrong with one text by itself: too long for the provider, or silent on how to stop."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from mobilize.alerts.problems import Problem
from mobilize.core.errors import MobilizeError
from mobilize.core.i18n import Language
from mobilize.messaging import liquid, sms
from mobilize.messaging.models import TemplateText
from mobilize.messaging.rendering import (
    DISCREET,
    PERSONAL,
    Compiled,
    Footer,
    compile_email,
    compile_sms,
)

MOST_BYTES_OF_VALUES: Final = 10_000
"""SendGrid's limit on one recipient's substitutions."""
CLIPPED_AT: Final = 102 * 1024
"""Where Gmail cuts a mail off and offers the rest on another page."""
_FOOTER: Final = Footer("x" * 100, "x" * 200, "x" * 100, "x" * 20)
_LONGEST: Final = 100
"""A link of ours in bytes, as long as there are any, and most names."""
_WITH: Final = dict.fromkeys(PERSONAL, "x" * _LONGEST)
_AT_MOST: Final = {**_WITH, "given_name": "x" * 600, "riding": "x" * 400, "mp": "x" * 400}
"""Longer is no value, also with each letter escaped; what fits with these fits everybody."""
_WITHOUT: Final = dict.fromkeys(PERSONAL, "")
_STOPS: Final[dict[Language, re.Pattern[str]]] = {
    "en": re.compile(r"\bSTOP\b"),
    "fr": re.compile(r"\b(?:ARR[EÊ]T|STOP)\b"),
}
_LEAVING: Final = frozenset({"leave_url", "preferences_url"})


def text_problems(
    text: TemplateText,
    language: Language,
    facts: Mapping[str, str],
    longest: Callable[[Language], Mapping[str, str]] | None = None,
) -> list[Problem]:
    """What keeps a text from going at all.

    Args:
        text: The text.
        language: Its language.
        facts: What it says to everybody alike.
        longest: Looks up the audience's longest values, where there is one; it is asked only
            where the longest that there can be would not fit.
    """
    if text.channel == "sms":
        said = [words for words in (text.body, text.discreet) if words]
        if all(_says_how_to_stop(words, language) for words in said):
            return []
        return [Problem("stop_missing", text.channel, language, ("{{ leave_url }}",))]
    compiled = _compiled(text, language, facts)
    if compiled is None or _largest(compiled, _AT_MOST) <= MOST_BYTES_OF_VALUES:
        return []
    size = _largest(compiled, {**_WITH, **(longest(language) if longest else {})})
    if size > MOST_BYTES_OF_VALUES:
        return [Problem("values_too_long", text.channel, language, (str(size),))]
    return []


def text_warnings(
    text: TemplateText, language: Language, facts: Mapping[str, str]
) -> list[Problem]:
    """What goes, and might go better."""
    compiled = _compiled(text, language, facts)
    if compiled is None:
        return []
    size = len(compiled.render(_WITH).html.encode())
    if size > CLIPPED_AT:
        return [Problem("mail_clipped", text.channel, language, (str(size // 1024),))]
    costly = sms.cost_of(compiled.render(_WITHOUT).text).costly if text.channel == "sms" else ()
    return [Problem("sms_costly", text.channel, language, costly)] if costly else []


def _says_how_to_stop(words: str, language: Language) -> bool:
    if _STOPS[language].search(words):
        return True
    return bool(_LEAVING & liquid.names_in(liquid.parse(words, where="the text")))


def _compiled(text: TemplateText, language: Language, facts: Mapping[str, str]) -> Compiled | None:
    """The text ready to be filled in; None where it is broken, which is another problem."""
    try:
        if text.channel == "sms":
            return compile_sms(body=text.body, facts=facts)
        return compile_email(
            subject=text.subject,
            body=text.body,
            language=language,
            facts=facts,
            footer=_FOOTER,
            discreet=True,
        )
    except MobilizeError:
        return None


def _largest(compiled: Compiled, person: Mapping[str, str]) -> int:
    return max(_size_of_values(compiled, who) for who in (person, _WITHOUT))


def _size_of_values(compiled: Compiled, person: Mapping[str, str]) -> int:
    known = {**person, DISCREET: "yes"}
    return sum(len(mark) + len(part.value(known).encode()) for mark, part in compiled.parts.items())

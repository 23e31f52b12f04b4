"""What a screen shows of a message to somebody who asked for discretion: nothing of its topic.

A locked phone shows the sender's name, the subject and the first words to whoever stands beside it
(techsafety.ca: ask whether it is safe to contact back). For these people the subject is the
template's discreet one, else its own where that tells nothing, else a general one; a text message
is shown whole, so that it goes in words that tell nothing or does not go.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.core.content import read_entries
from mobilize.core.errors import SetupError
from mobilize.core.i18n import Language
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.rendering import Compiled, compile_line, compile_sms
from mobilize.mps.names import normalise
from mobilize.strategy.models import DemandVersion

_FILE: Final = "discretion.toml"
GENERAL: Final[Mapping[Language, str]] = {
    "en": "There is something new for you",
    "fr": "Il y a du nouveau pour vous",
}
"""The subject where a message has no other that tells nothing."""
_ANYBODY: Final = {
    "given_name": "",
    "riding": "",
    "mp": "",
    "action_url": "",
    "stay_url": "",
    "leave_url": "",
}


@dataclass(frozen=True)
class Telling:
    """The words that give a topic away, those of the file and the titles of all demands."""

    pattern: re.Pattern[str]

    def words_in(self, text: str) -> tuple[str, ...]:
        """The telling words of a text, each once, as they are compared.

        Within a link's address they stand with signs for blanks and accents.
        """
        return tuple(dict.fromkeys(self.pattern.findall(normalise(unquote(text)))))


@dataclass(frozen=True)
class DiscreetLine:
    """What a message shows on the screen of somebody who asked for discretion.

    Attributes:
        compiled: The subject of an email or the whole of a text message.
        telling: What a person's own values are held against.
        language: The language of the text.
        channel: How it goes.
    """

    compiled: Compiled
    telling: Telling
    language: Language
    channel: Channel

    def for_person(self, values: Mapping[str, str]) -> str:
        """The line for one person; a name that happens to tell is left out."""
        plain = {
            name: "" if name in _SEEN and self.telling.words_in(value) else value
            for name, value in values.items()
        }
        line = self.compiled.render(plain).text
        if self.channel == "email" and self.telling.words_in(line):
            return GENERAL[self.language]
        return line


_SEEN: Final = frozenset({"given_name", "riding", "mp"})


def telling_words(session: Session, *, folder: Path | None = None) -> Telling:
    """The words that give a topic away: the file's, and every title that a demand ever had.

    Args:
        session: The session.
        folder: Where the file lies; the configuration's `strategy` folder where not given.
    """
    rows = session.execute(select(DemandVersion.title_en, DemandVersion.title_fr))
    titles = frozenset(normalise(title) for row in rows for title in row)
    return Telling(_pattern(titles, folder))


def telling_in_file(*, folder: Path | None = None) -> Telling:
    """The words of the file alone, for what is checked before there is a database."""
    return Telling(_pattern(frozenset(), folder))


@lru_cache(maxsize=16)
def _pattern(titles: frozenset[str], folder: Path | None) -> re.Pattern[str]:
    words = read_entries(folder, _FILE, "words")["words"]
    if not isinstance(words, dict) or set(words) != {"en", "fr"} or not all(words.values()):
        raise SetupError(
            f"{_FILE} lacks the words of a language.", hint="Write `en = [...]` and `fr = [...]`."
        )
    entries = {word for language in words.values() for word in language} | titles
    return re.compile(rf"\b(?:{'|'.join(sorted(map(_as_pattern, entries), reverse=True))})\b")


def _as_pattern(entry: str) -> str:
    parts = entry.split()
    stems = (re.escape(normalise(part)) + (r"\w*" if part.endswith("*") else "") for part in parts)
    return " ".join(stems)


def discreet_line(
    text: TemplateText, *, language: Language, facts: Mapping[str, str], telling: Telling
) -> DiscreetLine | None:
    """What a text shows on a discreet person's screen, or None where all that it has tells.

    Args:
        text: The text.
        language: Its language.
        facts: What it says that is the same for everybody.
        telling: The words that must not stand in it.
    """
    channel: Channel = "email" if text.channel == "email" else "sms"
    compile_ = compile_sms if channel == "sms" else compile_line
    for source in _choices(text, channel):
        compiled = compile_(body=source, facts=facts)
        if not telling.words_in(_all_of(compiled)):
            return DiscreetLine(compiled, telling, language, channel)
    if channel == "sms":
        return None
    general = compile_line(body=GENERAL[language], facts={})
    return DiscreetLine(general, telling, language, channel)


def telling_problem(
    text: TemplateText, *, facts: Mapping[str, str], telling: Telling
) -> tuple[str, tuple[str, ...]] | None:
    """Why a text cannot go to people who asked for discretion, for whoever writes it.

    Returns:
        `discreet_tells` where its discreet words tell, `discreet_missing` where its own do and it
        has no others, each with the words; None where all is well.
    """
    own = text.subject if text.channel == "email" else text.body
    source, code = (text.discreet, "discreet_tells") if text.discreet else (own, "discreet_missing")
    words = telling.words_in(_all_of(compile_line(body=source, facts=facts)))
    return (code, words) if words else None


def _choices(text: TemplateText, channel: Channel) -> Iterable[str]:
    yield from (text.discreet,) if text.discreet else ()
    yield text.subject if channel == "email" else text.body


def _all_of(compiled: Compiled) -> str:
    """Everything that a line can say: with a person's values and without them."""
    known = dict.fromkeys(_ANYBODY, "x")
    return f"{compiled.render(_ANYBODY).text} | {compiled.render(known).text}"

"""A campaign's text in one language as it is written, checked and compared with its sister."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final, Self

from mobilize.actions.models import CampaignText
from mobilize.actions.scripts import FIELDS, fields_in, links_in
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.core.typography import typeset

_OPTIONAL: Final = frozenset({"content_note"})


@dataclass(frozen=True, kw_only=True)
class TextDraft:
    """All that a campaign says in one language, as an organizer typed it."""

    title: str
    intro: str
    call_script: str
    letter_subject: str
    letter_body: str
    visit_brief: str
    thanks: str
    content_note: str = ""

    def tidied(self, language: Language) -> Self:
        """The draft without outer blanks, its signs set as its language wants them.

        Raises:
            InvalidInput: A part is empty, or a merge field is not one that scripts have.
        """
        parts = {name: text.strip() for name, text in asdict(self).items()}
        problems = {
            name: problem for name, text in parts.items() if (problem := _problem(name, text))
        }
        if problems:
            raise InvalidInput(
                f"The {language} text of the campaign cannot be kept: "
                + "; ".join(f"{name} {problem}" for name, problem in problems.items())
                + ".",
                hint=f"Merge fields are {', '.join(f'{{{name}}}' for name in sorted(FIELDS))}.",
                fields=problems,
            )
        return type(self)(**{name: typeset(text, language) for name, text in parts.items()})

    def digest(self) -> str:
        """The SHA-256 of all parts: a review is of exactly this text."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def parity_problems(texts: dict[str, CampaignText]) -> list[str]:
    """Why a campaign may not be published in both languages; an empty list where it may.

    Args:
        texts: The campaign's texts by language.
    """
    missing = [language for language in LANGUAGES if language not in texts]
    if missing:
        return [f"there is no text in {language}" for language in missing]
    problems = [
        f"the text in {language} was not marked as reviewed"
        for language in LANGUAGES
        if texts[language].reviewed_at is None
    ]
    english, french = texts["en"], texts["fr"]
    for name in TextDraft.__dataclass_fields__:
        pair = getattr(english, name), getattr(french, name)
        for what, found in (("merge fields", fields_in), ("links", links_in)):
            if found(pair[0]) != found(pair[1]):
                problems.append(f"{name} does not have the same {what} in both languages")
        if bool(pair[0]) != bool(pair[1]):
            problems.append(f"{name} is empty in one language only")
    return problems


def _problem(name: str, text: str) -> str:
    if not text and name not in _OPTIONAL:
        return "is empty"
    unknown = sorted(fields_in(text) - FIELDS)
    return f"has unknown merge fields: {', '.join(unknown)}" if unknown else ""

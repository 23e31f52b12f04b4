"""The two languages that everything exists in."""

from typing import Final, Literal, TypeGuard

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")


def is_language(text: str | None) -> TypeGuard[Language]:
    """Whether a text names one of our languages."""
    return text in LANGUAGES


def other_language(language: Language) -> Language:
    """The language that a page's switch leads to."""
    return "fr" if language == "en" else "en"

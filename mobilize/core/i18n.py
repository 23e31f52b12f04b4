"""The two languages that everything exists in."""

from typing import Final, Literal, NamedTuple, TypeGuard

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "fr")


def is_language(text: str | None) -> TypeGuard[Language]:
    """Whether a text names one of our languages."""
    return text in LANGUAGES


def other_language(language: Language) -> Language:
    """The language that a page's switch leads to."""
    return "fr" if language == "en" else "en"


class Label(NamedTuple):
    """A short text in both languages."""

    en: str
    fr: str

    def text(self, language: Language) -> str:
        """The text in one language."""
        return self.fr if language == "fr" else self.en

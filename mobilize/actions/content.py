"""Reads the campaigns and message texts that travel with the code, from `config/strategy/`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from mobilize.actions.texts import TextDraft
from mobilize.core.content import built, read_entries
from mobilize.core.errors import InvalidInput, SetupError
from mobilize.core.i18n import LANGUAGES, Language, is_language
from mobilize.core.typography import typeset

_CAMPAIGNS: Final = "campaigns.toml"
_MESSAGES: Final = "messages.toml"


@dataclass(frozen=True, kw_only=True)
class CampaignContent:
    """A campaign as the file has it: its place under a demand, and its text in each language."""

    slug: str
    demand: str
    texts: dict[Language, TextDraft]
    goal: int | None = None
    opens_on: date | None = None
    closes_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class MessageText:
    """What a template says on one channel in one language; texts by SMS have no subject."""

    channel: Literal["email", "sms"]
    language: Language
    body: str
    subject: str = ""
    discreet: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageContent:
    """A message template as the file has it."""

    key: str
    name: str
    texts: tuple[MessageText, ...]


def read_campaigns(folder: Path | None = None) -> list[CampaignContent]:
    """The campaigns of `campaigns.toml`, in its order.

    Args:
        folder: Where the file lies; the configuration's `strategy` folder where not given.

    Raises:
        SetupError: The file is missing, or an entry of it cannot be used; the entry is named.
    """
    return [_campaign(entry) for entry in read_entries(folder, _CAMPAIGNS, "campaign")["campaign"]]


def read_messages(folder: Path | None = None) -> list[MessageContent]:
    """The message templates of `messages.toml`, in its order.

    Args:
        folder: Where the file lies; the configuration's `strategy` folder where not given.

    Raises:
        SetupError: The file is missing, an entry cannot be used, or a channel lacks a language.
    """
    return [_message(entry) for entry in read_entries(folder, _MESSAGES, "template")["template"]]


def _campaign(entry: dict[str, Any]) -> CampaignContent:
    where = f"{_CAMPAIGNS}, campaign `{entry.get('slug', '?')}`"
    values = {name: value for name, value in entry.items() if name not in LANGUAGES}
    texts: dict[Language, TextDraft] = {}
    for language in LANGUAGES:
        draft = built(TextDraft, entry.get(language, {}), f"{where}, {language}")
        try:
            texts[language] = draft.tidied(language)
        except InvalidInput as error:
            raise SetupError(f"{where}: {error.message}", hint=error.hint) from None
    return built(CampaignContent, {**values, "texts": texts}, where)


def _message(entry: dict[str, Any]) -> MessageContent:
    where = f"{_MESSAGES}, template `{entry.get('key', '?')}`"
    texts = tuple(_message_text(text, where) for text in entry.get("text", []))
    values = {name: value for name, value in entry.items() if name != "text"}
    for channel in {text.channel for text in texts}:
        given = sorted(text.language for text in texts if text.channel == channel)
        if given != sorted(LANGUAGES):
            raise SetupError(
                f"{where}: {channel} is there in {', '.join(given)}.",
                hint="A message exists once in English and once in French, or it does not go out.",
            )
    return built(MessageContent, {**values, "texts": texts}, where)


def _message_text(entry: dict[str, Any], where: str) -> MessageText:
    text = built(MessageText, entry, where)
    if text.channel not in {"email", "sms"} or not is_language(text.language):
        raise SetupError(f"{where}: `{text.channel}` in `{text.language}` is not known.")
    if (text.channel == "email") != bool(text.subject):
        raise SetupError(f"{where}: an email has a subject, an SMS has none.")
    words = [text.subject.strip(), text.body.strip(), text.discreet.strip()]
    if text.channel == "email":
        words = [typeset(part, text.language) for part in words]
    subject, body, discreet = words
    return MessageText(
        channel=text.channel, language=text.language, subject=subject, body=body, discreet=discreet
    )

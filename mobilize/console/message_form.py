"""What an alert says: the words of both languages as they are typed, and the template they become.

An alert takes a template as it is where no word was changed; changed words of a template that
others use too become the alert's own, so that nobody's approved message changes under them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from sqlalchemy.orm import Session

from mobilize.alerts.content import StepDraft
from mobilize.alerts.models import Alert, AlertStep
from mobilize.console.queries import is_shared
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.models import Template, TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import current_texts, template_by_public_id
from mobilize.messaging.sms import cheap_source
from mobilize.messaging.templates import TextDraft, save_template

CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms")
_LONGEST_SUBJECT: Final = 200
_DISCREET: Final = tuple(
    f"discreet_{channel}_{language}" for channel in CHANNELS for language in LANGUAGES
)
"""What may stay empty: words for people who asked for discretion."""


@dataclass(frozen=True)
class MessageForm:
    """The page's fields.

    Attributes:
        channels: The channels that the alert goes out by.
        words: What was typed, by field: `subject_en`, `email_fr`, `sms_en`…
        template: The public id of the template that the words began as; empty for none.
    """

    channels: tuple[Channel, ...]
    words: Mapping[str, str]
    template: str = ""

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Self:
        """The fields as a sent form holds them; line ends as the database keeps them."""
        names = (*_names(), *_DISCREET)
        words = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in names}
        channels = tuple(channel for channel in CHANNELS if form.get(f"by_{channel}"))
        return cls(channels=channels, words=words, template=form.get("template", ""))

    @classmethod
    def of_texts(
        cls, texts: Sequence[TemplateText], *, channels: Sequence[Channel], template: str
    ) -> Self:
        """The fields that show a template's present words."""
        words = dict.fromkeys((*_names(), *_DISCREET), "")
        for text in texts:
            words[f"{text.channel}_{text.language}"] = text.body
            if text.channel == "email":
                words[f"subject_{text.language}"] = text.subject
            words[f"discreet_{text.channel}_{text.language}"] = text.discreet
        return cls(channels=tuple(channels), words=words, template=template)

    def with_cheap(self, field: str) -> Self:
        """The same with one text message's words in the cheap alphabet, as they were offered."""
        if "sms" not in field or field not in self.words:
            return self
        return replace(self, words={**self.words, field: cheap_source(self.words[field])})

    def drafts(self) -> list[TextDraft]:
        """The texts of the chosen channels, in both languages.

        Raises:
            InvalidInput: No channel is chosen, or a text is missing; `fields` says which.
        """
        if not self.channels:
            raise InvalidInput(
                "The alert goes out by no channel.", hint="Choose email, text messages or both."
            )
        missing = [name for name in _names(self.channels) if not self.words[name]]
        if missing:
            raise InvalidInput(
                "The message is not there in both languages.",
                hint="Write what is missing: a message exists in both languages or does not go.",
                fields=dict.fromkeys(missing, "missing"),
            )
        too_long = [
            name
            for name in _names(("email",))
            if name.startswith("subject") and len(self.words[name]) > _LONGEST_SUBJECT
        ]
        if too_long and "email" in self.channels:
            raise InvalidInput(
                "A subject is longer than 200 characters.",
                hint="A subject of a few words is read; shorten it.",
                fields=dict.fromkeys(too_long, "too long"),
            )
        return [
            self._draft(channel, language) for channel in self.channels for language in LANGUAGES
        ]

    def _draft(self, channel: Channel, language: Language) -> TextDraft:
        subject = self.words[f"subject_{language}"] if channel == "email" else ""
        return TextDraft(
            channel=channel,
            language=language,
            body=self.words[f"{channel}_{language}"],
            subject=subject,
            discreet=self.words[f"discreet_{channel}_{language}"],
        )


def form_of_template(session: Session, ref: str) -> MessageForm:
    """The fields that begin with an existing template's words."""
    template = template_by_public_id(session, ref)
    texts = current_texts(session, template.id)
    there = {text.channel for text in texts}
    return MessageForm.of_texts(
        texts, channels=[channel for channel in CHANNELS if channel in there], template=ref
    )


def form_of_steps(session: Session, steps: Sequence[AlertStep]) -> MessageForm:
    """The fields that show what an alert says now."""
    texts = [
        text
        for step in steps
        for text in current_texts(session, step.template_id)
        if text.channel == step.channel
    ]
    channels = [channel for channel in CHANNELS if channel in {step.channel for step in steps}]
    ref = ""
    if steps:
        ref = session.get_one(Template, steps[0].template_id).public_id
    return MessageForm.of_texts(texts, channels=channels, template=ref)


def keep_words(
    session: Session, *, alert: Alert, form: MessageForm, now: datetime
) -> list[StepDraft]:
    """Keep what was typed, and say by which steps the alert goes out.

    Raises:
        InvalidInput: A text is missing or cannot be used.
    """
    drafts = form.drafts()
    template = template_by_public_id(session, form.template) if form.template else None
    if template is None or not _says(session, template, drafts):
        own = template is not None and not is_shared(session, template.id, alert_id=alert.id)
        template = save_template(
            session,
            name=alert.name,
            texts=drafts,
            now=now,
            template_id=template.id if own and template else None,
        )
    return [StepDraft(channel=channel, template_id=template.id) for channel in form.channels]


def _says(session: Session, template: Template, drafts: Sequence[TextDraft]) -> bool:
    standing = {
        (text.channel, text.language, text.sha256) for text in current_texts(session, template.id)
    }
    return all((draft.channel, draft.language, draft.sha256) in standing for draft in drafts)


def _names(channels: Sequence[Channel] = CHANNELS) -> list[str]:
    names = [f"{channel}_{language}" for channel in channels for language in LANGUAGES]
    if "email" in channels:
        names = [f"subject_{language}" for language in LANGUAGES] + names
    return names

"""What an inbox of texts keeps beside the texts: our answers, ready-made ones, and a wish."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    BigKey,
    EncryptedText,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class TextReply(Base):
    """What an organizer answered: the sealed words of one message, which says where it stands."""

    __tablename__ = "text_replies"

    id: Mapped[int] = id_column()
    thread_id: Mapped[int] = mapped_column(BigKey, index=True)
    message_id: Mapped[int] = mapped_column(BigKey, unique=True)
    account_id: Mapped[int] = mapped_column(BigKey)
    """Who wrote it."""
    body: Mapped[str] = mapped_column(EncryptedText("text_replies.body"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class CannedAnswer(Base):
    """An answer that is ready in both languages: the person's language picks."""

    __tablename__ = "canned_answers"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str | None] = mapped_column(String(60), unique=True)
    """The name by which the content that travels with the software knows it again."""
    name_en: Mapped[str] = mapped_column(String(100))
    name_fr: Mapped[str] = mapped_column(String(100))
    body_en: Mapped[str] = mapped_column(Text)
    body_fr: Mapped[str] = mapped_column(Text)
    archived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class TextWish(Base):
    """Somebody to whom no text goes by itself, whatever they text."""

    __tablename__ = "text_wishes"

    contact_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(UTCDateTime)

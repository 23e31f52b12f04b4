"""Files that were sent and wait to be brought in, sealed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    BigKey,
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base


class ImportUpload(Base):
    """A file that somebody sent and that waits to be brought in; gone soon after, or in a day."""

    __tablename__ = "import_uploads"
    __table_args__ = (
        CheckConstraint(
            "state in ('received', 'rehearsing', 'rehearsed', 'importing', 'done', 'failed')",
            name="state",
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigKey)
    actor: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="received")
    choices: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    """Which column is which, and what holds for every row, as the organizer chose it."""
    lines_done: Mapped[int] = mapped_column(BigKey, default=0)
    lines: Mapped[int] = mapped_column(BigKey, default=0)
    result: Mapped[str | None] = mapped_column(EncryptedText("import_uploads.result"))
    """JSON of the dry run's report with its first rows, or of what went wrong; sealed."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_runs.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class ImportChunk(Base):
    """A piece of a file that waits, sealed: any worker can read it, a stolen database cannot."""

    __tablename__ = "import_chunks"

    upload_id: Mapped[int] = mapped_column(
        ForeignKey("import_uploads.id"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[str] = mapped_column(EncryptedText("import_chunks.data"))
    """The bytes in base64."""

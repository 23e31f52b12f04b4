"""What an import keeps beside the people: rows put aside, earlier answers, an undo foreseen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import BigKey, EncryptedText, JsonDocument, UTCDateTime
from mobilize.core.db import Base


class ImportReject(Base):
    """A row of a file that was put aside, sealed, until it was fetched or its days are over."""

    __tablename__ = "import_rejects"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("import_runs.id"), primary_key=True, autoincrement=False
    )
    line: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    said: Mapped[str] = mapped_column(EncryptedText("import_rejects.said"))
    """JSON of the reason and of the row's cells."""


class RejectAddress(Base):
    """An address that stands in a row that was put aside: by it an erasure finds the row.

    Both go together (`leftovers.forget_rows`). The database does not check row by row that one has
    the other: a plan for that is made once for a whole file, where perhaps no reject stands yet,
    and then reads all of them for each.
    """

    __tablename__ = "import_reject_addresses"

    import_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, index=True)


class ImportAnswer(Base):
    """What a person had answered to a custom field before a file answered it anew."""

    __tablename__ = "import_answers"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("import_runs.id"), primary_key=True, autoincrement=False
    )
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id"), primary_key=True, autoincrement=False, index=True
    )
    field_id: Mapped[int] = mapped_column(
        ForeignKey("custom_fields.id"), primary_key=True, autoincrement=False
    )
    before: Mapped[str] = mapped_column(String(200), default="")
    """The earlier answer, as `custom_values` has it; empty where there was none."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the file answered: an answer that was given later is not taken back."""


class UndoPreview(Base):
    """What an undo of a large import would do, as a worker saw it; gone in a day."""

    __tablename__ = "undo_previews"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("import_runs.id"), primary_key=True, autoincrement=False
    )
    people: Mapped[int] = mapped_column(BigKey)
    """Whom there are to look at: the file brought or changed them."""
    looked_at: Mapped[int] = mapped_column(BigKey, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    """The counts, and the first of those who stay, by public id, once it was looked at; or what
    went wrong."""
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

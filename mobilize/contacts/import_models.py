"""What an import keeps beside the people: the rows put aside, the answers that it wrote over."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import BigKey, EncryptedText, UTCDateTime
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

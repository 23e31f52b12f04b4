"""Contacts, tags, and the record of imports."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
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


class Contact(Base):
    """A supporter, or a person of a partner organization.

    Where somebody lives is kept as riding, first three characters of the postal code, and how we
    know; never as an address.

    What it refers to is never deleted, so the database does not check the references of each row:
    it would be half the time of an import (docs/decisions/0011-imports.md).
    """

    __tablename__ = "contacts"
    __table_args__ = (
        CheckConstraint("kind in ('supporter', 'partner')", name="kind"),
        CheckConstraint("state in ('active', 'merged', 'tombstoned')", name="state"),
        CheckConstraint("language in ('en', 'fr')", name="language"),
        Index(None, "riding_id", "language"),
        Index(
            None,
            "merged_into_id",
            postgresql_where=text("merged_into_id is not null"),
            sqlite_where=text("merged_into_id is not null"),
        ),
        # Narrow and in the order of people: an audience is counted from it alone.
        Index(
            "ix_contacts_audience",
            "id",
            "language",
            "province",
            "riding_id",
            "kind",
            postgresql_where=text("state = 'active'"),
            sqlite_where=text("state = 'active'"),
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(String(10), default="supporter")
    state: Mapped[str] = mapped_column(String(10), default="active")
    merged_into_id: Mapped[int | None] = mapped_column(BigKey)
    """The record that stands for this person, where two were found to be one."""
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str | None] = mapped_column(EncryptedText("contacts.email"))
    email_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    phone: Mapped[str | None] = mapped_column(EncryptedText("contacts.phone"))
    phone_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    """Not unique: a family may share a phone."""
    sms_confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the person answered a text from that number; without it no text is sent, since a text
    to a landline may be read aloud in the wrong home."""
    language: Mapped[str | None] = mapped_column(String(2))
    """Without a language a contact waits: nothing is sent in a language that was guessed."""
    province: Mapped[str | None] = mapped_column(String(2))
    fsa: Mapped[str | None] = mapped_column(String(3))
    riding_id: Mapped[int | None] = mapped_column(BigKey)
    riding_certainty: Mapped[str | None] = mapped_column(String(10))
    riding_source: Mapped[str | None] = mapped_column(String(20))
    """How the riding is known: `chosen`, `postal`, `import`."""
    time_zone: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(100), default="")
    discreet: Mapped[bool] = mapped_column(default=False)
    safe_channel: Mapped[str | None] = mapped_column(String(5))
    """The only channel that is safe for this person, where they named one."""
    safe_from: Mapped[time | None]
    safe_until: Mapped[time | None]
    paused_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    do_not_contact: Mapped[bool] = mapped_column(default=False)
    """Nothing goes to this person, whatever they once agreed to, until an organizer lifts it."""
    no_voicemail: Mapped[bool] = mapped_column(default=False)
    """Somebody else may listen to this person's messages."""
    first_import_id: Mapped[int | None] = mapped_column(BigKey)
    """The file that brought the person; later files do not change it."""
    import_id: Mapped[int | None] = mapped_column(BigKey)
    row_hash: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    """A digest of the imported row: the same file again finds nothing to do."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Tag(Base):
    """A word that organizers sort contacts by; never one that names a status or a case."""

    __tablename__ = "tags"

    id: Mapped[int] = id_column()
    name: Mapped[str] = mapped_column(String(60), unique=True)


class ContactTag(Base):
    """A contact wears a tag."""

    __tablename__ = "contact_tags"
    __table_args__ = (Index(None, "tag_id", "contact_id"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    import_id: Mapped[int | None] = mapped_column(BigKey)
    """The file that put the tag on, so that its undo takes it off; nothing where a person did."""


class ImportRun(Base):
    """One file that was brought in, and what became of its rows."""

    __tablename__ = "import_runs"

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(String(12))
    """supporters, partners."""
    dialect: Mapped[str] = mapped_column(String(20), default="")
    """The tool whose export it is, where that is known."""
    mapping: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    """Which column was read as which, as an organizer confirmed it."""
    header: Mapped[list[str]] = mapped_column(JsonDocument, default=list)
    """The names of the file's columns: what the rejects are handed over under."""
    delimiter: Mapped[str] = mapped_column(String(1), default=",")
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(60))
    counts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    last_line: Mapped[int] = mapped_column(BigKey, default=0)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(60))


class ImportChange(Base):
    """What a person's record said before a file changed it: what an undo puts back."""

    __tablename__ = "import_changes"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("import_runs.id"), primary_key=True, autoincrement=False
    )
    contact_id: Mapped[int] = mapped_column(
        ForeignKey("contacts.id"), primary_key=True, autoincrement=False, index=True
    )
    before: Mapped[str] = mapped_column(EncryptedText("import_changes.before"))
    """JSON of the columns that changed; sealed, and erased with the person."""
    after: Mapped[str | None] = mapped_column(EncryptedText("import_changes.after"))
    """The same as the file left them: what was changed again since then is not put back."""

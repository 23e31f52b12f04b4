"""What people told us of a page that showed them the wrong MP; never who they are."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import UTCDateTime, id_column
from mobilize.core.db import Base
from mobilize.core.keys import DIGEST_BYTES

Kind = Literal["riding", "person"]
KINDS: Final[tuple[Kind, ...]] = ("riding", "person")
RESOLUTIONS: Final = ("corrected", "was_right", "cannot_tell")


class MpDoubt(Base):
    """One person's word that an MP who was shown is not theirs: once for each riding.

    There is no free text, and no link to a person: a digest that is made of the person and the
    riding together lets the same word be known again, and says nothing across ridings.
    """

    __tablename__ = "mp_doubts"
    __table_args__ = (
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint(f"resolution in {RESOLUTIONS}", name="resolution"),
        Index(None, "riding_id", "fsa"),
    )

    id: Mapped[int] = id_column()
    once_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    riding_id: Mapped[int] = mapped_column(ForeignKey("ridings.id"))
    """The riding that was shown."""
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandates.id"), index=True)
    """The MP who was shown; none where the seat was vacant."""
    fsa: Mapped[str | None] = mapped_column(String(3))
    """The area, where the person is on file with one."""
    kind: Mapped[str] = mapped_column(String(6))
    """`riding`: they live in another; `person`: the riding is right, and its MP is not."""
    reported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolution: Mapped[str | None] = mapped_column(String(12))

"""Where postal codes lie besides the offline table: a licensed table, and what Represent answered.

No row says whose a code is. What supporters asked for stands as a keyed digest, so that a stolen
file does not tell which codes were asked about; the licensed table has all of Canada's alike.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import UTCDateTime, id_column
from mobilize.core.db import Base
from mobilize.core.keys import DIGEST_BYTES


class LicensedCode(Base):
    """A postal code and one riding it lies in, by a table that the user holds a licence for."""

    __tablename__ = "licensed_codes"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("representation_orders.id"), primary_key=True, autoincrement=False
    )
    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    riding_id: Mapped[int] = mapped_column(
        ForeignKey("ridings.id"), primary_key=True, autoincrement=False
    )
    weight: Mapped[float]
    """The share of the code's people who live in the riding, 0 to 1."""
    is_unique: Mapped[bool]
    """Whether the table says that the code lies in this riding alone."""


class PostalQuestion(Base):
    """A code that a source outside was asked about; while it has no answer, nobody asks again."""

    __tablename__ = "postal_questions"
    __table_args__ = (UniqueConstraint("code_hash", "order_id", "source"),)

    id: Mapped[int] = id_column()
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES))
    order_id: Mapped[int] = mapped_column(ForeignKey("representation_orders.id"))
    source: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the answer came; it may be that the source knows no such code."""


class PostalAnswer(Base):
    """One riding in the answer to a question; a code near a border has several."""

    __tablename__ = "postal_answers"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("postal_questions.id"), primary_key=True, autoincrement=False
    )
    riding_id: Mapped[int] = mapped_column(
        ForeignKey("ridings.id"), primary_key=True, autoincrement=False
    )
    weight: Mapped[float]


class OutsideSource(Base):
    """How a source outside is faring, for all processes: what may be asked, and failures."""

    __tablename__ = "outside_sources"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    tokens: Mapped[float]
    """Calls that may go out at once."""
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When `tokens` was right."""
    failures: Mapped[int]
    """In a row."""
    rests_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Nothing is asked before; then one call tries whether it is back."""

"""What is known of seats apart from who holds them: Parliaments, vacancies, committees and roles.

All of it is public record, and all of it is dated.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import UTCDateTime, id_column
from mobilize.core.db import Base
from mobilize.mps.spans import Span

COMMITTEE_ROLES: Final = ("chair", "vice_chair", "member")
ROLE_KINDS: Final = ("minister", "secretary_of_state", "parliamentary_secretary", "critic")


class Parliament(Base):
    """One Parliament, from the election of its members to its dissolution."""

    __tablename__ = "parliaments"

    id: Mapped[int] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    elected_on: Mapped[date]
    """The day of the general election."""
    opened_on: Mapped[date | None]
    """The first day it sat; until then whoever was elected is a member-elect."""
    dissolved_on: Mapped[date | None]
    """The first day without members; None while it lives."""
    on_file: Mapped[bool]
    """Whether its members are on file; if not, nothing is said of who sat."""


class Vacancy(Span, Base):
    """A seat without a member, from the day it fell vacant to the day of the by-election."""

    __tablename__ = "vacancies"
    __table_args__ = (
        UniqueConstraint("riding_id", "start_not_before"),
        CheckConstraint("start_not_before <= start_not_after", name="start"),
        CheckConstraint("end_not_before <= end_not_after", name="end"),
        CheckConstraint("called_not_before <= called_not_after", name="called"),
    )

    id: Mapped[int] = id_column()
    riding_id: Mapped[int] = mapped_column(ForeignKey("ridings.id"))
    called_not_before: Mapped[date | None]
    """The day of the writ, bounded as a span's ends are; None in both: not called."""
    called_not_after: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Committee(Base):
    """A committee of the House of Commons."""

    __tablename__ = "committees"

    id: Mapped[int] = id_column()
    acronym: Mapped[str] = mapped_column(String(8), unique=True)
    name_en: Mapped[str] = mapped_column(String(200))
    name_fr: Mapped[str] = mapped_column(String(200))


class CommitteeSeat(Span, Base):
    """An MP on a committee, during one session; the next session names its members anew."""

    __tablename__ = "committee_seats"
    __table_args__ = (
        UniqueConstraint("committee_id", "session", "mp_id", "start_not_before"),
        CheckConstraint(f"role in {COMMITTEE_ROLES}", name="role"),
        CheckConstraint("start_not_before <= start_not_after", name="start"),
        CheckConstraint("end_not_before <= end_not_after", name="end"),
    )

    id: Mapped[int] = id_column()
    committee_id: Mapped[int] = mapped_column(ForeignKey("committees.id"))
    mp_id: Mapped[int] = mapped_column(ForeignKey("mps.id"), index=True)
    session: Mapped[str] = mapped_column(String(6))
    """Parliament and session, as the House writes it: `45-1`."""
    role: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class GovernmentRole(Span, Base):
    """What an MP answers for: in the government, or as the opposition's critic of it."""

    __tablename__ = "government_roles"
    __table_args__ = (
        UniqueConstraint("mp_id", "title_en", "start_not_before"),
        CheckConstraint(f"kind in {ROLE_KINDS}", name="kind"),
        CheckConstraint("start_not_before <= start_not_after", name="start"),
        CheckConstraint("end_not_before <= end_not_after", name="end"),
    )

    id: Mapped[int] = id_column()
    mp_id: Mapped[int] = mapped_column(ForeignKey("mps.id"))
    kind: Mapped[str] = mapped_column(String(24))
    title_en: Mapped[str] = mapped_column(String(200))
    title_fr: Mapped[str | None] = mapped_column(String(200))
    """None where no source gave it; it is never translated by us."""
    source: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)

"""Ridings by representation order, and the people who hold them: all of it dated.

Everything here is public: names, offices and numbers of public office holders stand in plain text.
"""

from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import EncryptedText, UTCDateTime, id_column, public_id_column
from mobilize.core.db import Base
from mobilize.mps.spans import Span

Honorific = Literal["", "hon", "right_hon"]
OfficeKind = Literal["hill", "constituency"]
STANCES: Final = ("champion", "supportive", "leaning", "silent", "leaning_against", "opposed")
END_REASONS: Final = ("resigned", "died", "defeated", "not_standing", "unknown")


class RepresentationOrder(Base):
    """One division of Canada into ridings.

    A new order reuses the codes of the old one for other places: a code means nothing without it.
    """

    __tablename__ = "representation_orders"

    id: Mapped[int] = id_column()
    code: Mapped[str] = mapped_column(String(4), unique=True)
    """The year it is called by: `2013`, `2023`."""
    seats: Mapped[int]
    proclaimed_on: Mapped[date]
    in_force_from: Mapped[date]
    in_force_to: Mapped[date | None]
    """The first day of the next order."""


class Riding(Base):
    """A riding of one order. Its names are in `RidingName`, since they change by law."""

    __tablename__ = "ridings"
    __table_args__ = (UniqueConstraint("order_id", "code"),)

    id: Mapped[int] = id_column()
    order_id: Mapped[int] = mapped_column(ForeignKey("representation_orders.id"))
    code: Mapped[str] = mapped_column(String(5))
    """Elections Canada's five digits; the first two are the province."""
    province: Mapped[str] = mapped_column(String(2), index=True)


class RidingName(Base):
    """A name that a riding has or had in one language, or is also found under."""

    __tablename__ = "riding_names"
    __table_args__ = (
        UniqueConstraint("riding_id", "lang", "name"),
        CheckConstraint("lang in ('en', 'fr')", name="lang"),
    )

    id: Mapped[int] = id_column()
    riding_id: Mapped[int] = mapped_column(ForeignKey("ridings.id"))
    lang: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(120))
    norm: Mapped[str] = mapped_column(String(120), index=True)
    """`names.normalise(name)`, which searches compare."""
    valid_from: Mapped[date | None]
    """None: since its order."""
    valid_to: Mapped[date | None]
    """The first day of the next name."""
    is_alias: Mapped[bool] = mapped_column(default=False)
    """Found by, but never shown: a name on which the sources disagree."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Mp(Base):
    """A person who holds or held a seat in the House of Commons."""

    __tablename__ = "mps"
    __table_args__ = (
        CheckConstraint("honorific in ('', 'hon', 'right_hon')", name="honorific"),
        CheckConstraint("preferred_language in ('en', 'fr', 'both')", name="preferred_language"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    hoc_person_id: Mapped[int | None] = mapped_column(unique=True)
    """The House of Commons' own number of the person, where a source gave it."""
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    norm: Mapped[str] = mapped_column(String(200), index=True)
    """`names.normalise` of the whole name."""
    honorific: Mapped[str] = mapped_column(String(10), default="")
    preferred_language: Mapped[str | None] = mapped_column(String(4))


class Mandate(Span, Base):
    """One MP in one seat. A riding without one that holds is vacant."""

    __tablename__ = "mandates"
    __table_args__ = (
        Index(None, "riding_id", "end_not_after"),
        CheckConstraint(f"end_reason in {END_REASONS}", name="end_reason"),
        CheckConstraint("start_not_before <= start_not_after", name="start"),
        CheckConstraint("end_not_before <= end_not_after", name="end"),
    )

    id: Mapped[int] = id_column()
    mp_id: Mapped[int] = mapped_column(ForeignKey("mps.id"), index=True)
    riding_id: Mapped[int] = mapped_column(ForeignKey("ridings.id"))
    end_reason: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    email_as_of: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When this installation learned of it, which may be long after it began."""


class CaucusSpell(Span, Base):
    """A party that an MP sat with during a mandate; crossing the floor is a new row here."""

    __tablename__ = "caucus_spells"
    __table_args__ = (
        CheckConstraint("start_not_before <= start_not_after", name="start"),
        CheckConstraint("end_not_before <= end_not_after", name="end"),
    )

    id: Mapped[int] = id_column()
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"), index=True)
    party: Mapped[str] = mapped_column(String(20))
    """A key of `wording.PARTIES`."""
    source: Mapped[str] = mapped_column(String(40))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Office(Base):
    """An office of an MP, as a source gave it on a day."""

    __tablename__ = "offices"
    __table_args__ = (
        UniqueConstraint("mandate_id", "source", "kind", "position"),
        CheckConstraint("kind in ('hill', 'constituency')", name="kind"),
    )

    id: Mapped[int] = id_column()
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandates.id"))
    kind: Mapped[str] = mapped_column(String(12))
    position: Mapped[int]
    """Its place among the offices of its kind, the main one first, from 1."""
    label: Mapped[str] = mapped_column(String(100), default="")
    address: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(100))
    province: Mapped[str] = mapped_column(String(2))
    postal_code: Mapped[str] = mapped_column(String(7))
    tel: Mapped[str | None] = mapped_column(String(16))
    """E.164."""
    fax: Mapped[str | None] = mapped_column(String(16))
    as_of: Mapped[date]
    """The day the source was true; old numbers are shown as such."""
    source: Mapped[str] = mapped_column(String(40))


class Stance(Base):
    """What somebody observed of an MP on one demand; rows are added, never changed.

    The latest observation speaks for now. Stances are internal: an opinion formed about a public
    office holder, with where it comes from.
    """

    __tablename__ = "stances"
    __table_args__ = (
        CheckConstraint(f"stance in {STANCES}", name="stance"),
        Index(None, "mp_id", "demand_id", "observed_on"),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    mp_id: Mapped[int] = mapped_column(ForeignKey("mps.id"))
    demand_id: Mapped[int] = mapped_column(ForeignKey("demands.id"), index=True)
    demand_version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"))
    """The words that the MP was observed on; the stance counts for the demand."""
    stance: Mapped[str] = mapped_column(String(16))
    observed_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(EncryptedText("stances.evidence"))
    """Where it comes from: a speech, a vote, a meeting, each with its date or address. Sealed: what
    is typed about a meeting may name whoever was there."""
    actor: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)

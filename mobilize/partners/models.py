"""Partner organizations, their people, and sign-ons with their trail."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobilize.core.columns import (
    EncryptedText,
    JsonDocument,
    UTCDateTime,
    id_column,
    public_id_column,
)
from mobilize.core.db import Base

MEMBERSHIPS: Final = ("member", "ally", "former")


class Partner(Base):
    """An organization of the coalition."""

    __tablename__ = "partners"
    __table_args__ = (CheckConstraint(f"membership in {MEMBERSHIPS}", name="membership"),)

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    name_en: Mapped[str] = mapped_column(String(200))
    name_fr: Mapped[str] = mapped_column(String(200))
    name_norm: Mapped[str] = mapped_column(String(200), unique=True)
    """The English name as it is compared: an import finds the same partner again by it."""
    kind: Mapped[str] = mapped_column(String(40), default="")
    province: Mapped[str | None] = mapped_column(String(2))
    website: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(10), default="active")
    membership: Mapped[str] = mapped_column(String(10), default="ally")
    """member, ally, former: of the organization that runs this installation."""
    member_since: Mapped[date | None]
    member_until: Mapped[date | None]
    shares_form: Mapped[bool] = mapped_column(default=False)
    """Whether a sign-up form asks for it beside us, each with questions of its own."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


class PartnerRiding(Base):
    """A riding that a partner serves or has an office in."""

    __tablename__ = "partner_ridings"

    partner_id: Mapped[int] = mapped_column(
        ForeignKey("partners.id"), primary_key=True, autoincrement=False
    )
    riding_id: Mapped[int] = mapped_column(
        ForeignKey("ridings.id"), primary_key=True, autoincrement=False, index=True
    )
    has_office: Mapped[bool] = mapped_column(default=False)


class PartnerPerson(Base):
    """A person who speaks for a partner; the person is a contact like any other."""

    __tablename__ = "partner_people"
    __table_args__ = (Index(None, "partner_id", "contact_id", unique=True),)

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    title: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(12), default="contact")
    """director, board, contact, communications or front_line."""
    may_sign: Mapped[bool] = mapped_column(default=False)


class SignOn(Base):
    """A partner's signature under one version of one demand."""

    __tablename__ = "sign_ons"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'confirmed', 'withdrawn', 'lapsed')", name="state"),
        CheckConstraint("visibility in ('public', 'private')", name="visibility"),
        Index(
            None,
            "partner_id",
            "demand_version_id",
            unique=True,
            postgresql_where=text("state in ('pending', 'confirmed')"),
            sqlite_where=text("state in ('pending', 'confirmed')"),
        ),
    )

    id: Mapped[int] = id_column()
    public_id: Mapped[str] = public_id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    demand_version_id: Mapped[int] = mapped_column(ForeignKey("demand_versions.id"), index=True)
    signatory_name: Mapped[str] = mapped_column(String(200))
    signatory_title: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str | None] = mapped_column(EncryptedText("sign_ons.email"))
    email_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    language: Mapped[str] = mapped_column(String(2))
    board_date: Mapped[date | None]
    """When the organization's board decided, where it did."""
    conditions: Mapped[str] = mapped_column(Text, default="")
    visibility: Mapped[str] = mapped_column(String(8), default="public")
    state: Mapped[str] = mapped_column(String(10), default="pending")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SignOnEvent(Base):
    """One step of a sign-on's life: asked, confirmed, withdrawn; never changed."""

    __tablename__ = "sign_on_events"

    id: Mapped[int] = id_column()
    sign_on_id: Mapped[int] = mapped_column(ForeignKey("sign_ons.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    facts: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    at: Mapped[datetime] = mapped_column(UTCDateTime)

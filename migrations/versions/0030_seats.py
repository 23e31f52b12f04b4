"""Parliaments and vacancies, committees and government roles, each dated.

Revision: 0030_seats
Follows: 0029_put_off
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import UTCDateTime

revision = "0030_seats"
down_revision = "0029_put_off"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "parliaments",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("elected_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.Column("on_file", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parliaments")),
        sa.UniqueConstraint("number", name=op.f("uq_parliaments_number")),
    )
    op.create_table(
        "vacancies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("riding_id", _ID, nullable=False),
        sa.Column("called_not_before", sa.Date(), nullable=True),
        sa.Column("called_not_after", sa.Date(), nullable=True),
        *_span("vacancies"),
        sa.CheckConstraint(
            "called_not_before <= called_not_after", name=op.f("ck_vacancies_called")
        ),
        sa.ForeignKeyConstraint(
            ["riding_id"], ["ridings.id"], name=op.f("fk_vacancies_riding_id_ridings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancies")),
        sa.UniqueConstraint(
            "riding_id",
            "start_not_before",
            name=op.f("uq_vacancies_riding_id_start_not_before"),
        ),
    )
    op.create_table(
        "committees",
        sa.Column("id", _ID, nullable=False),
        sa.Column("acronym", sa.String(length=8), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_fr", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committees")),
        sa.UniqueConstraint("acronym", name=op.f("uq_committees_acronym")),
    )
    op.create_table(
        "committee_seats",
        sa.Column("id", _ID, nullable=False),
        sa.Column("committee_id", _ID, nullable=False),
        sa.Column("mp_id", _ID, nullable=False),
        sa.Column("session", sa.String(length=6), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        *_span("committee_seats"),
        sa.CheckConstraint(
            "role in ('chair', 'vice_chair', 'member')", name=op.f("ck_committee_seats_role")
        ),
        sa.ForeignKeyConstraint(
            ["committee_id"],
            ["committees.id"],
            name=op.f("fk_committee_seats_committee_id_committees"),
        ),
        sa.ForeignKeyConstraint(["mp_id"], ["mps.id"], name=op.f("fk_committee_seats_mp_id_mps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_seats")),
        sa.UniqueConstraint(
            "committee_id",
            "session",
            "mp_id",
            "start_not_before",
            name=op.f("uq_committee_seats_committee_id_session_mp_id_start_not_before"),
        ),
    )
    op.create_index(op.f("ix_committee_seats_mp_id"), "committee_seats", ["mp_id"], unique=False)
    op.create_table(
        "government_roles",
        sa.Column("id", _ID, nullable=False),
        sa.Column("mp_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("title_fr", sa.String(length=200), nullable=True),
        *_span("government_roles"),
        sa.CheckConstraint(
            "kind in ('minister', 'secretary_of_state', 'parliamentary_secretary', 'critic')",
            name=op.f("ck_government_roles_kind"),
        ),
        sa.ForeignKeyConstraint(["mp_id"], ["mps.id"], name=op.f("fk_government_roles_mp_id_mps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_government_roles")),
        sa.UniqueConstraint(
            "mp_id",
            "title_en",
            "start_not_before",
            name=op.f("uq_government_roles_mp_id_title_en_start_not_before"),
        ),
    )


def downgrade() -> None:
    for table in ("government_roles", "committee_seats", "committees", "vacancies", "parliaments"):
        op.drop_table(table)


def _span(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("start_not_before", sa.Date(), nullable=False),
        sa.Column("start_not_after", sa.Date(), nullable=False),
        sa.Column("end_not_before", sa.Date(), nullable=True),
        sa.Column("end_not_after", sa.Date(), nullable=True),
        sa.CheckConstraint("start_not_before <= start_not_after", name=op.f(f"ck_{table}_start")),
        sa.CheckConstraint("end_not_before <= end_not_after", name=op.f(f"ck_{table}_end")),
    )

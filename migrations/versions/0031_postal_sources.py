"""Where postal codes lie besides the offline table: a licensed table, and what Represent answered.

Revision: 0031_postal_sources
Follows: 0030_seats
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import UTCDateTime

revision = "0031_postal_sources"
down_revision = "0030_seats"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "licensed_codes",
        _of("order_id"),
        sa.Column("code", sa.String(6), nullable=False),
        _of("riding_id"),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("is_unique", sa.Boolean(), nullable=False),
        _key("licensed_codes", "order_id", "representation_orders"),
        _key("licensed_codes", "riding_id", "ridings"),
        sa.PrimaryKeyConstraint("order_id", "code", "riding_id", name="pk_licensed_codes"),
    )
    op.create_table(
        "postal_questions",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("order_id", _KEY, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("fetched_at", UTCDateTime(), nullable=True),
        _key("postal_questions", "order_id", "representation_orders"),
        sa.PrimaryKeyConstraint("id", name="pk_postal_questions"),
        sa.UniqueConstraint(
            "code_hash",
            "order_id",
            "source",
            name="uq_postal_questions_code_hash_order_id_source",
        ),
    )
    op.create_table(
        "postal_answers",
        _of("question_id"),
        _of("riding_id"),
        sa.Column("weight", sa.Float(), nullable=False),
        _key("postal_answers", "question_id", "postal_questions"),
        _key("postal_answers", "riding_id", "ridings"),
        sa.PrimaryKeyConstraint("question_id", "riding_id", name="pk_postal_answers"),
    )
    op.create_table(
        "outside_sources",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("counted_at", UTCDateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_outside_sources"),
    )


def downgrade() -> None:
    for table in ("outside_sources", "postal_answers", "postal_questions", "licensed_codes"):
        op.drop_table(table)


def _of(column: str) -> "sa.Column[int]":
    return sa.Column(column, _KEY, autoincrement=False, nullable=False)


def _key(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=f"fk_{table}_{column}_{of}")

"""What people told us of a page that showed them the wrong MP.

Revision: 0032_mp_doubts
Follows: 0031_postal_sources
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import UTCDateTime

revision = "0032_mp_doubts"
down_revision = "0031_postal_sources"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mp_doubts",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("once_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("riding_id", _KEY, nullable=False),
        sa.Column("mandate_id", _KEY, nullable=True),
        sa.Column("fsa", sa.String(3), nullable=True),
        sa.Column("kind", sa.String(6), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column("resolution", sa.String(12), nullable=True),
        sa.CheckConstraint("kind in ('riding', 'person')", name=op.f("ck_mp_doubts_kind")),
        sa.CheckConstraint(
            "resolution in ('corrected', 'was_right', 'cannot_tell')",
            name=op.f("ck_mp_doubts_resolution"),
        ),
        sa.ForeignKeyConstraint(
            ["riding_id"], ["ridings.id"], name=op.f("fk_mp_doubts_riding_id_ridings")
        ),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mp_doubts_mandate_id_mandates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mp_doubts")),
        sa.UniqueConstraint("once_hash", name=op.f("uq_mp_doubts_once_hash")),
    )
    op.create_index(op.f("ix_mp_doubts_mandate_id"), "mp_doubts", ["mandate_id"])
    op.create_index(op.f("ix_mp_doubts_riding_id_mp_doubts_fsa"), "mp_doubts", ["riding_id", "fsa"])


def downgrade() -> None:
    op.drop_table("mp_doubts")

"""What an undo of a large import would do is looked at by a worker, and kept for a day.

Revision: 0017_undo_previews
Follows: 0016_leaner
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import JsonDocument, UTCDateTime

revision = "0017_undo_previews"
down_revision = "0016_leaner"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "undo_previews",
        sa.Column("import_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("people", _KEY, nullable=False),
        sa.Column("looked_at", _KEY, nullable=False),
        sa.Column("result", JsonDocument, nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_runs.id"], name=op.f("fk_undo_previews_import_id_import_runs")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_undo_previews")),
    )


def downgrade() -> None:
    op.drop_table("undo_previews")

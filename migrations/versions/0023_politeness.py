"""Rates that hold over all workers, a provider's failures in a row, and what was judged already.

Revision: 0023_politeness
Follows: 0022_conversations
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import JsonDocument, UTCDateTime

revision = "0023_politeness"
down_revision = "0022_conversations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sender_paces",
        sa.Column("sender", sa.String(100), primary_key=True),
        sa.Column("bulk_free_at", sa.Float, nullable=False),
        sa.Column("urgent_free_at", sa.Float, nullable=False),
    )
    op.add_column(
        "provider_pauses", sa.Column("failures", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("provider_pauses", sa.Column("probing_until", UTCDateTime))
    op.add_column("submissions", sa.Column("asked_at", UTCDateTime))
    op.add_column(
        "mailings", sa.Column("judged", JsonDocument, nullable=False, server_default="{}")
    )


def downgrade() -> None:
    op.drop_column("mailings", "judged")
    op.drop_column("submissions", "asked_at")
    op.drop_column("provider_pauses", "probing_until")
    op.drop_column("provider_pauses", "failures")
    op.drop_table("sender_paces")

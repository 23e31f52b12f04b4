"""Up to where the noes that are kept beside the database were read into it.

Revision: 0027_journal_marks
Follows: 0026_free_rejects
"""

import sqlalchemy as sa
from alembic import op

revision = "0027_journal_marks"
down_revision = "0026_free_rejects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_marks",
        sa.Column("journal", sa.String(40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_journal_marks"),
    )


def downgrade() -> None:
    op.drop_table("journal_marks")

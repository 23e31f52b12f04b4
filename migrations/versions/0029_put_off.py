"""Messages that were put off are found by their time, however many wait.

Revision: 0029_put_off
Follows: 0028_test_sends
"""

import sqlalchemy as sa
from alembic import op

revision = "0029_put_off"
down_revision = "0028_test_sends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_messages_put_off",
        "messages",
        ["not_before"],
        postgresql_where=sa.text("chunk_no is null"),
        sqlite_where=sa.text("chunk_no is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_messages_put_off", table_name="messages")

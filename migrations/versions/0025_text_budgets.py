"""What the text messages of a mailing may cost and have cost, and an alert's own cap.

Revision: 0025_text_budgets
Follows: 0024_once_each
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_text_budgets"
down_revision = "0024_once_each"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "text_budgets",
        sa.Column("mailing_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("price_micros", _KEY, nullable=False),
        sa.Column("most", _KEY, nullable=True),
        sa.Column("segments", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailings.id"], name=op.f("fk_text_budgets_mailing_id_mailings")
        ),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_text_budgets")),
    )
    with op.batch_alter_table("alerts") as batch:
        batch.add_column(sa.Column("text_cap_cents", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alerts") as batch:
        batch.drop_column("text_cap_cents")
    op.drop_table("text_budgets")

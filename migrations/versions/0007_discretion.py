"""Discreet words of a message; a kind of mailing for codes that people ask for themselves.

Revision: 0007_discretion
Follows: 0006_letting_go
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_discretion"
down_revision = "0006_letting_go"
branch_labels = None
depends_on = None

_KINDS = "'alert', 'followup', 'transactional', 'letter'"


def upgrade() -> None:
    with op.batch_alter_table("template_texts") as texts:
        texts.add_column(sa.Column("discreet", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS}, 'code')")


def downgrade() -> None:
    op.execute("UPDATE mailings SET kind = 'transactional' WHERE kind = 'code'")
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS})")
    with op.batch_alter_table("template_texts") as texts:
        texts.drop_column("discreet")

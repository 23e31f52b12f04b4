"""Sign-ups by form, shared with a partner or not; consents that end are found by their day.

Revision: 0011_opt_ins
Follows: 0010_identity
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_opt_ins"
down_revision = "0010_identity"
branch_labels = None
depends_on = None

_STATES = "'asked', 'confirmed', 'lapsed'"
_ENDS = sa.text("granted and expires_at is not null")


def upgrade() -> None:
    with op.batch_alter_table("opt_ins") as opt_ins:
        opt_ins.add_column(
            sa.Column("form_ref", sa.String(length=16), nullable=False, server_default="")
        )
        opt_ins.drop_constraint(op.f("ck_opt_ins_state"), type_="check")
        opt_ins.create_check_constraint(op.f("ck_opt_ins_state"), f"state in ({_STATES}, 'known')")
    op.create_index(op.f("ix_opt_ins_form_ref"), "opt_ins", ["form_ref"])
    op.create_index(op.f("ix_opt_ins_created_at"), "opt_ins", ["created_at"])
    with op.batch_alter_table("partners") as partners:
        partners.add_column(
            sa.Column("shares_form", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.create_index(
        op.f("ix_consents_expires_at"),
        "consents",
        ["expires_at"],
        postgresql_where=_ENDS,
        sqlite_where=_ENDS,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_consents_expires_at"), table_name="consents")
    with op.batch_alter_table("partners") as partners:
        partners.drop_column("shares_form")
    op.drop_index(op.f("ix_opt_ins_created_at"), table_name="opt_ins")
    op.drop_index(op.f("ix_opt_ins_form_ref"), table_name="opt_ins")
    op.execute("UPDATE opt_ins SET state = 'lapsed' WHERE state = 'known'")
    with op.batch_alter_table("opt_ins") as opt_ins:
        opt_ins.drop_constraint(op.f("ck_opt_ins_state"), type_="check")
        opt_ins.create_check_constraint(op.f("ck_opt_ins_state"), f"state in ({_STATES})")
        opt_ins.drop_column("form_ref")

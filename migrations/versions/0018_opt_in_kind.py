"""A kind of mailing for what confirms a sign-up; what a carrier keeps of STOP stands by itself.

Revision: 0018_opt_in_kind
Follows: 0017_undo_previews
"""

from alembic import op

revision = "0018_opt_in_kind"
down_revision = "0017_undo_previews"
branch_labels = None
depends_on = None

_KINDS = "'alert', 'followup', 'transactional', 'letter', 'code'"


def upgrade() -> None:
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS}, 'opt_in')")
    op.execute(
        "UPDATE mailings SET kind = 'opt_in' WHERE kind = 'transactional' AND template_id IN"
        " (SELECT id FROM templates WHERE key = 'join-confirm')"
    )
    op.execute(
        "INSERT INTO suppressions (channel, address_hash, reason, since, lifted_at)"
        " SELECT 'stop', address_hash, reason, since, lifted_at FROM suppressions"
        " WHERE channel = 'sms' AND reason = 'stop'"
    )


def downgrade() -> None:
    op.execute("DELETE FROM suppressions WHERE channel = 'stop'")
    op.execute("UPDATE mailings SET kind = 'transactional' WHERE kind = 'opt_in'")
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS})")

"""Mailings of tests, which go to an organizer's own address.

Revision: 0028_test_sends
Follows: 0027_journal_marks
"""

from alembic import op

revision = "0028_test_sends"
down_revision = "0027_journal_marks"
branch_labels = None
depends_on = None

_KINDS = "'alert', 'followup', 'transactional', 'letter', 'code', 'opt_in', 'reply'"


def upgrade() -> None:
    _allow(f"{_KINDS}, 'test'")


def downgrade() -> None:
    op.execute("UPDATE mailings SET kind = 'transactional' WHERE kind = 'test'")
    _allow(_KINDS)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({kinds})")

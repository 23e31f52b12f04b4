"""A message's person, account and office are not looked up for each row of a large mailing.

And a claim, which is keyed hashes and cannot be made smaller, is stored without trying to.

Revision: 0021_lean_messages
Follows: 0020_people_sets
"""

from alembic import op

from mobilize.core.remaking import made_anew

revision = "0021_lean_messages"
down_revision = "0020_people_sets"
branch_labels = None
depends_on = None

_FOREIGN_KEYS = {"contact_id": "contacts", "account_id": "accounts", "office_id": "offices"}


def upgrade() -> None:
    with made_anew("messages") as changed:
        for column, other in _FOREIGN_KEYS.items():
            changed.drop_constraint(op.f(f"fk_messages_{column}_{other}"), type_="foreignkey")
    _store_claims("EXTERNAL")


def downgrade() -> None:
    _store_claims("EXTENDED")
    with made_anew("messages") as changed:
        for column, other in _FOREIGN_KEYS.items():
            changed.create_foreign_key(
                op.f(f"fk_messages_{column}_{other}"), other, [column], ["id"]
            )


def _store_claims(how: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE submissions ALTER COLUMN claim SET STORAGE {how}")

"""The addresses of rows that were put aside are not checked against their rows one by one.

Revision: 0026_free_rejects
Follows: 0025_text_budgets
"""

from alembic import op

from mobilize.core.remaking import made_anew

revision = "0026_free_rejects"
down_revision = "0025_text_budgets"
branch_labels = None
depends_on = None

_KEY = "fk_import_reject_addresses_import_id_import_rejects"


def upgrade() -> None:
    with made_anew("import_reject_addresses") as changed:
        changed.drop_constraint(op.f(_KEY), type_="foreignkey")


def downgrade() -> None:
    with made_anew("import_reject_addresses") as changed:
        changed.create_foreign_key(
            op.f(_KEY),
            "import_rejects",
            ["import_id", "line"],
            ["import_id", "line"],
            ondelete="CASCADE",
        )

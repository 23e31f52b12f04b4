"""Rows that were put aside are found by the addresses in them, when a person is erased.

Those from before this change are not, and go after their days.

Revision: 0019_reject_addresses
Follows: 0018_opt_in_kind
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_reject_addresses"
down_revision = "0018_opt_in_kind"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_reject_addresses",
        sa.Column("import_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("line", _KEY, autoincrement=False, nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id", "line"],
            ["import_rejects.import_id", "import_rejects.line"],
            name=op.f("fk_import_reject_addresses_import_id_import_rejects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "import_id", "line", "address_hash", name=op.f("pk_import_reject_addresses")
        ),
    )
    op.create_index(
        op.f("ix_import_reject_addresses_address_hash"),
        "import_reject_addresses",
        ["address_hash"],
    )


def downgrade() -> None:
    op.drop_table("import_reject_addresses")

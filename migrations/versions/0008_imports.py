"""An import keeps what it needs to go on after a crash, to say why not, and to be undone.

Revision: 0008_imports
Follows: 0007_discretion
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import JsonDocument, UTCDateTime

revision = "0008_imports"
down_revision = "0007_discretion"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _belongs_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def upgrade() -> None:
    op.add_column("contact_tags", sa.Column("import_id", _KEY, nullable=True))
    op.add_column("import_changes", sa.Column("after", sa.LargeBinary(), nullable=True))
    op.add_column(
        "import_runs",
        sa.Column("header", JsonDocument, nullable=False, server_default=sa.text("'[]'")),
    )
    op.add_column(
        "import_runs",
        sa.Column("delimiter", sa.String(length=1), nullable=False, server_default=","),
    )
    op.create_table(
        "import_rejects",
        sa.Column("import_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("line", _KEY, autoincrement=False, nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        _belongs_to("import_rejects", "import_id", "import_runs"),
        sa.PrimaryKeyConstraint("import_id", "line", name=op.f("pk_import_rejects")),
    )
    op.create_table(
        "import_answers",
        sa.Column("import_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("contact_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("field_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("before", sa.String(length=200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        _belongs_to("import_answers", "import_id", "import_runs"),
        _belongs_to("import_answers", "contact_id", "contacts"),
        _belongs_to("import_answers", "field_id", "custom_fields"),
        sa.PrimaryKeyConstraint(
            "import_id", "contact_id", "field_id", name=op.f("pk_import_answers")
        ),
    )
    op.create_index(op.f("ix_import_answers_contact_id"), "import_answers", ["contact_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_import_answers_contact_id"), table_name="import_answers")
    op.drop_table("import_answers")
    op.drop_table("import_rejects")
    op.drop_column("import_runs", "delimiter")
    op.drop_column("import_runs", "header")
    op.drop_column("import_changes", "after")
    op.drop_column("contact_tags", "import_id")

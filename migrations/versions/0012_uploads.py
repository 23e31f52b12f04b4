"""Files that were sent wait sealed until a worker brings them in.

Revision: 0012_uploads
Follows: 0011_opt_ins
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import JsonDocument, UTCDateTime

revision = "0012_uploads"
down_revision = "0011_opt_ins"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_uploads",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size", _KEY, nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("choices", JsonDocument, nullable=False),
        sa.Column("lines_done", _KEY, nullable=False),
        sa.Column("lines", _KEY, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("import_id", _KEY, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state in ('received', 'rehearsing', 'rehearsed', 'importing', 'done', 'failed')",
            name=op.f("ck_import_uploads_state"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_runs.id"], name=op.f("fk_import_uploads_import_id_import_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_uploads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_import_uploads_public_id")),
    )
    op.create_table(
        "import_chunks",
        sa.Column("upload_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["import_uploads.id"],
            name=op.f("fk_import_chunks_upload_id_import_uploads"),
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_import_chunks")),
    )


def downgrade() -> None:
    op.drop_table("import_chunks")
    op.drop_table("import_uploads")

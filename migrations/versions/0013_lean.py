"""A million people come in at once: no key is checked that nothing could break.

Revision: 0013_lean
Follows: 0012_uploads
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.remaking import made_anew

revision = "0013_lean"
down_revision = "0012_uploads"
branch_labels = None
depends_on = None

_FOREIGN_KEYS = {
    "contacts": (
        ("riding_id", "ridings"),
        ("first_import_id", "import_runs"),
        ("import_id", "import_runs"),
    ),
    "consent_events": (("contact_id", "contacts"),),
    "consents": (("contact_id", "contacts"),),
}
_MERGED = sa.text("merged_into_id is not null")


def upgrade() -> None:
    for table, keys in _FOREIGN_KEYS.items():
        with made_anew(table, has_rowid=table != "consents") as changed:
            for column, other in keys:
                changed.drop_constraint(op.f(f"fk_{table}_{column}_{other}"), type_="foreignkey")
    op.drop_index(op.f("ix_contacts_province"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_merged_into_id"), table_name="contacts")
    op.create_index(
        op.f("ix_contacts_merged_into_id"),
        "contacts",
        ["merged_into_id"],
        postgresql_where=_MERGED,
        sqlite_where=_MERGED,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_contacts_merged_into_id"), table_name="contacts")
    op.create_index(op.f("ix_contacts_merged_into_id"), "contacts", ["merged_into_id"])
    op.create_index(op.f("ix_contacts_province"), "contacts", ["province"])
    for table, keys in reversed(_FOREIGN_KEYS.items()):
        with made_anew(table, has_rowid=True) as changed:
            for column, other in keys:
                changed.create_foreign_key(
                    op.f(f"fk_{table}_{column}_{other}"), other, [column], ["id"]
                )

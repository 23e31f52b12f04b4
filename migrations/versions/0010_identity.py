"""Merged records know whose addresses stand; where duplicates are looked for.

Revision: 0010_identity
Follows: 0009_audiences
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import UTCDateTime

revision = "0010_identity"
down_revision = "0009_audiences"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SIDES = "in ('kept', 'merged', 'both')"


def upgrade() -> None:
    with op.batch_alter_table("contact_merges") as merges:
        for name in ("email_side", "phone_side"):
            merges.add_column(
                sa.Column(name, sa.String(length=6), nullable=False, server_default="both")
            )
            merges.create_check_constraint(op.f(f"ck_contact_merges_{name}"), f"{name} {_SIDES}")
        merges.add_column(sa.Column("ledger_cut", _KEY, nullable=False, server_default="0"))
        merges.create_check_constraint(op.f("ck_contact_merges_two"), "kept_id <> merged_id")
    op.create_table(
        "match_keys",
        sa.Column("key", _KEY, nullable=False, autoincrement=False),
        sa.Column("contact_id", _KEY, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_match_keys_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("key", "contact_id", name=op.f("pk_match_keys")),
    )
    op.create_index(op.f("ix_match_keys_contact_id"), "match_keys", ["contact_id"])
    op.create_table(
        "match_scans",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("after_id", _KEY, nullable=False),
        sa.Column("since", UTCDateTime(), nullable=True),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_scans")),
    )


def downgrade() -> None:
    op.drop_table("match_scans")
    op.drop_index(op.f("ix_match_keys_contact_id"), table_name="match_keys")
    op.drop_table("match_keys")
    with op.batch_alter_table("contact_merges") as merges:
        merges.drop_constraint(op.f("ck_contact_merges_two"), type_="check")
        merges.drop_column("ledger_cut")
        for name in ("phone_side", "email_side"):
            merges.drop_constraint(op.f(f"ck_contact_merges_{name}"), type_="check")
            merges.drop_column(name)

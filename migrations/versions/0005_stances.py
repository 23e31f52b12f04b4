"""An observation of an MP names the demand's version, has an id, is sealed and never changed.

Nothing wrote observations before, so that none has to be carried over; were one there, the new
columns without a value would refuse it.

Revision: 0005_stances
Follows: 0004_append_only
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_stances"
down_revision = "0004_append_only"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_VERSION = "fk_stances_demand_version_id_demand_versions"


def upgrade() -> None:
    with op.batch_alter_table("stances") as stances:
        stances.drop_column("evidence")
        stances.add_column(sa.Column("evidence", sa.LargeBinary(), nullable=False))
        stances.add_column(sa.Column("public_id", sa.String(length=16), nullable=False))
        stances.add_column(sa.Column("demand_version_id", _KEY, nullable=False))
        stances.create_unique_constraint(op.f("uq_stances_public_id"), ["public_id"])
        stances.create_foreign_key(op.f(_VERSION), "demand_versions", ["demand_version_id"], ["id"])

    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER stances_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stances"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER stances_no_{change.lower()} BEFORE {change} ON stances"
            " BEGIN SELECT RAISE(ABORT, 'stances is only ever added to'); END"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER stances_added_only ON stances")
    else:
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER stances_no_{change}")
    with op.batch_alter_table("stances") as stances:
        stances.drop_constraint(op.f(_VERSION), type_="foreignkey")
        stances.drop_constraint(op.f("uq_stances_public_id"), type_="unique")
        stances.drop_column("demand_version_id")
        stances.drop_column("public_id")
        stances.drop_column("evidence")
        stances.add_column(
            sa.Column("evidence", sa.String(length=300), nullable=False, server_default="")
        )

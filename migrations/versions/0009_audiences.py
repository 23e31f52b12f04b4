"""Mailings name the milestone that they follow up; alerts and steps their saved audience.

Contacts get a narrow index from which audiences are counted.

Revision: 0009_audiences
Follows: 0008_imports
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_audiences"
down_revision = "0008_imports"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACTIVE = sa.text("state = 'active'")


def upgrade() -> None:
    op.add_column("mailings", sa.Column("milestone", sa.String(length=60)))
    op.execute(
        "UPDATE mailings SET milestone = (SELECT milestones.slug FROM planned_steps"
        " JOIN plan_steps ON plan_steps.id = planned_steps.plan_step_id"
        " JOIN plans ON plans.id = plan_steps.plan_id"
        " JOIN milestones ON milestones.id = plans.milestone_id"
        " WHERE planned_steps.mailing_id = mailings.id)"
        " WHERE kind = 'followup'"
    )
    for table in ("alerts", "plan_steps"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("audience_id", _KEY))
            batch.create_foreign_key(
                op.f(f"fk_{table}_audience_id_audiences"), "audiences", ["audience_id"], ["id"]
            )
        op.create_index(op.f(f"ix_{table}_audience_id"), table, ["audience_id"])
    op.create_index(
        "ix_contacts_audience",
        "contacts",
        ["id", "language", "province", "riding_id", "kind"],
        postgresql_where=_ACTIVE,
        sqlite_where=_ACTIVE,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_audience", table_name="contacts")
    for table in ("plan_steps", "alerts"):
        op.drop_index(op.f(f"ix_{table}_audience_id"), table_name=table)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_audience_id_audiences"), type_="foreignkey")
            batch.drop_column("audience_id")
    op.drop_column("mailings", "milestone")

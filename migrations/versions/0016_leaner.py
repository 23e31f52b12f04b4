"""Two more keys that nothing could break are no longer checked, and the ledger is found by person.

Revision: 0016_leaner
Follows: 0015_stances_rotate
"""

from alembic import op

from mobilize.core.remaking import made_anew

revision = "0016_leaner"
down_revision = "0015_stances_rotate"
branch_labels = None
depends_on = None

_FOREIGN_KEYS = {
    "contacts": ("merged_into_id", "contacts"),
    "consent_events": ("wording_id", "consent_wordings"),
}
_BY_CHANNEL = "ix_consent_events_contact_id_consent_events_channel_consent_events_occurred_at"


def upgrade() -> None:
    for table, (column, other) in _FOREIGN_KEYS.items():
        with made_anew(table) as changed:
            changed.drop_constraint(op.f(f"fk_{table}_{column}_{other}"), type_="foreignkey")
    op.drop_index(op.f(_BY_CHANNEL), table_name="consent_events")
    op.create_index(op.f("ix_consent_events_contact_id"), "consent_events", ["contact_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_consent_events_contact_id"), table_name="consent_events")
    op.create_index(op.f(_BY_CHANNEL), "consent_events", ["contact_id", "channel", "occurred_at"])
    for table, (column, other) in reversed(_FOREIGN_KEYS.items()):
        with made_anew(table) as changed:
            changed.create_foreign_key(
                op.f(f"fk_{table}_{column}_{other}"), other, [column], ["id"]
            )

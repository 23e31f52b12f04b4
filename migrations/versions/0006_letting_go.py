"""Counts outlive people, the ledger lets go of what is past its time, seals outlive their entries.

Revision: 0006_letting_go
Follows: 0005_stances
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_letting_go"
down_revision = "0005_stances"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PARTIAL = (
    ("ix_messages_address_hash", "address_hash", "address_hash is not null"),
    ("ix_messages_with_details", "created_at", "variables <> '{}' or address is not null"),
)
# CASL s. 23 gives three years to act upon a message; until then the proof must be there.
_KEPT_DAYS = 1096


def upgrade() -> None:
    with op.batch_alter_table("participations") as participations:
        participations.alter_column("contact_id", existing_type=_KEY, nullable=True)
        participations.add_column(sa.Column("mailing_id", _KEY, nullable=True))
    op.execute(
        "UPDATE participations SET mailing_id ="
        " (SELECT mailing_id FROM messages WHERE messages.id = participations.message_id)"
    )
    for name, column, where in _PARTIAL:
        op.create_index(
            name,
            "messages",
            [column],
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )
    with op.batch_alter_table("audit_seals") as seals:
        seals.add_column(sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER consent_events_added_only ON consent_events")
        op.execute(
            "CREATE TRIGGER consent_events_added_only BEFORE UPDATE OR TRUNCATE ON consent_events"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER consent_events_kept BEFORE DELETE ON consent_events FOR EACH ROW"
            f" WHEN (OLD.recorded_at > CURRENT_TIMESTAMP - interval '{_KEPT_DAYS} days')"
            " EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute("DROP TRIGGER consent_events_no_delete")
    op.execute(
        "CREATE TRIGGER consent_events_no_delete BEFORE DELETE ON consent_events"
        f" WHEN OLD.recorded_at > datetime('now', '-{_KEPT_DAYS} days')"
        " BEGIN SELECT RAISE(ABORT, 'consent_events is only ever added to'); END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER consent_events_kept ON consent_events")
        op.execute("DROP TRIGGER consent_events_added_only ON consent_events")
        op.execute(
            "CREATE TRIGGER consent_events_added_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON consent_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute("DROP TRIGGER consent_events_no_delete")
        op.execute(
            "CREATE TRIGGER consent_events_no_delete BEFORE DELETE ON consent_events"
            " BEGIN SELECT RAISE(ABORT, 'consent_events is only ever added to'); END"
        )
    with op.batch_alter_table("audit_seals") as seals:
        seals.drop_column("emptied_at")
    for name, _column, _where in _PARTIAL:
        op.drop_index(name, table_name="messages")
    # The older tables know no part of nobody.
    op.execute(
        "UPDATE mp_contacts SET participation_id = NULL WHERE participation_id IN"
        " (SELECT id FROM participations WHERE contact_id IS NULL)"
    )
    op.execute("DELETE FROM participations WHERE contact_id IS NULL")
    with op.batch_alter_table("participations") as participations:
        participations.drop_column("mailing_id")
        participations.alter_column("contact_id", existing_type=_KEY, nullable=False)

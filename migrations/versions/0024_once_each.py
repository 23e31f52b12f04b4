"""A mailing to many is unique by the person: each of its messages is in one index less.

Revision: 0024_once_each
Follows: 0023_politeness
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_once_each"
down_revision = "0023_politeness"
branch_labels = None
depends_on = None

_KEYED = "ix_messages_mailing_id_messages_dedupe_key"
_PERSON = "ix_messages_mailing_id_messages_contact_id"
_OF_PERSON = "contact_id IS NOT NULL AND dedupe_key = CAST(contact_id AS VARCHAR(60))"
_TO_MANY = "mailing_id IN (SELECT id FROM mailings WHERE kind IN ('alert', 'followup', 'letter'))"


def upgrade() -> None:
    op.drop_index(_KEYED, table_name="messages")
    op.drop_index(_PERSON, table_name="messages")
    # What was handed over in a merge keeps the record that it was for.
    op.execute(
        f"UPDATE messages SET dedupe_key = '' WHERE {_OF_PERSON} AND {_TO_MANY}"  # noqa: S608
    )
    op.create_index(_PERSON, "messages", ["mailing_id", "contact_id", "dedupe_key"], unique=True)
    named = sa.text("dedupe_key <> ''")
    op.create_index(
        _KEYED,
        "messages",
        ["mailing_id", "dedupe_key"],
        unique=True,
        postgresql_where=named,
        sqlite_where=named,
    )


def downgrade() -> None:
    op.drop_index(_KEYED, table_name="messages")
    op.drop_index(_PERSON, table_name="messages")
    op.execute(
        "UPDATE messages SET dedupe_key = CAST(contact_id AS VARCHAR(60)) WHERE dedupe_key = ''"
    )
    op.create_index(_PERSON, "messages", ["mailing_id", "contact_id"])
    op.create_index(_KEYED, "messages", ["mailing_id", "dedupe_key"], unique=True)

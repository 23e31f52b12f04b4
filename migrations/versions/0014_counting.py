"""Audiences are counted from narrow indexes in the order of people.

Revision: 0014_counting
Follows: 0013_lean
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_counting"
down_revision = "0013_lean"
branch_labels = None
depends_on = None

_STANDING = sa.text("organization = 'us' and topic = '' and granted")
_LEFT = sa.text("organization = 'us' and not granted")


def upgrade() -> None:
    op.create_index(
        "ix_consents_standing",
        "consents",
        ["channel", "contact_id", "expires_at"],
        postgresql_where=_STANDING,
        sqlite_where=_STANDING,
    )
    op.create_index(
        "ix_consents_left",
        "consents",
        ["topic", "contact_id"],
        postgresql_where=_LEFT,
        sqlite_where=_LEFT,
    )
    op.create_index(
        op.f("ix_contact_tags_tag_id_contact_tags_contact_id"),
        "contact_tags",
        ["tag_id", "contact_id"],
    )
    op.drop_index(op.f("ix_contact_tags_tag_id"), table_name="contact_tags")
    op.create_index(
        op.f("ix_participations_contact_id_participations_completed_at"),
        "participations",
        ["contact_id", "completed_at"],
    )
    op.drop_index(op.f("ix_participations_contact_id"), table_name="participations")
    op.create_index(
        op.f("ix_messages_mailing_id_messages_contact_id"), "messages", ["mailing_id", "contact_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_messages_mailing_id_messages_contact_id"), table_name="messages")
    op.create_index(op.f("ix_participations_contact_id"), "participations", ["contact_id"])
    op.drop_index(
        op.f("ix_participations_contact_id_participations_completed_at"),
        table_name="participations",
    )
    op.create_index(op.f("ix_contact_tags_tag_id"), "contact_tags", ["tag_id"])
    op.drop_index(op.f("ix_contact_tags_tag_id_contact_tags_contact_id"), table_name="contact_tags")
    op.drop_index("ix_consents_left", table_name="consents")
    op.drop_index("ix_consents_standing", table_name="consents")

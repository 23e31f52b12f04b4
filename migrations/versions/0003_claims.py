"""A request claims its messages in one row; messages change state without touching an index.

Revision: 0003_claims
Follows: 0002_contacts
"""

import sqlalchemy as sa
from alembic import op

from mobilize.messaging.claims import Claimed, pack

revision = "0003_claims"
down_revision = "0002_contacts"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = "'submitting', 'accepted', 'refused', 'not_sent', 'unknown'"
_OPEN = sa.text("state in ('submitting', 'unknown')")
_FOREIGN_KEYS = (
    ("mailing_id", "mailings"),
    ("submission_id", "submissions"),
    ("template_text_id", "template_texts"),
)


def upgrade() -> None:
    op.execute(
        "UPDATE messages SET state = 'unknown', reason = 'worker_stopped'"
        " WHERE state = 'submitting'"
    )
    op.execute("UPDATE messages SET chunk_no = 0 WHERE chunk_no IS NULL AND state <> 'queued'")
    op.execute("UPDATE submissions SET state = 'unknown' WHERE state = 'submitting'")
    with op.batch_alter_table("submissions") as submissions:
        submissions.add_column(
            sa.Column("claim", sa.LargeBinary(), nullable=False, server_default=sa.text("''"))
        )
        submissions.drop_constraint(op.f("ck_submissions_state"), type_="check")
        submissions.create_check_constraint(
            op.f("ck_submissions_state"), f"state in ({_STATES}, 'settled')"
        )
    _carry_over(op.get_bind())
    op.create_index(
        op.f("ix_submissions_state"),
        "submissions",
        ["state"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    for name in ("contact_id_messages_state_at", "state_messages_state_at", "submission_id"):
        op.drop_index(op.f(f"ix_messages_{name}"), table_name="messages")
    op.drop_index("ix_messages_ungrouped", table_name="messages")
    with op.batch_alter_table("messages") as messages:
        for column, table in _FOREIGN_KEYS:
            messages.drop_constraint(op.f(f"fk_messages_{column}_{table}"), type_="foreignkey")
        messages.drop_column("consent_event_id")
    op.create_index(op.f("ix_messages_contact_id"), "messages", ["contact_id"])
    waiting = sa.text("chunk_no is null")
    op.create_index(
        "ix_messages_ungrouped",
        "messages",
        ["mailing_id", "language"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE messages SET (fillfactor = 45)")


def _carry_over(connection: sa.Connection) -> None:
    """On which consent and to which address each message went stays provable."""
    sent = sa.text(
        "SELECT id, consent_event_id, address_hash FROM messages"
        " WHERE submission_id = :request ORDER BY id"
    )
    keep = sa.text("UPDATE submissions SET claim = :claim WHERE id = :request")
    for request in connection.scalars(sa.text("SELECT id FROM submissions")).all():
        people = connection.execute(sent, {"request": request}).all()
        claim = pack(Claimed(one, consent, bytes(at or b"")) for one, consent, at in people)
        connection.execute(keep, {"request": request, "claim": claim})


def downgrade() -> None:
    op.drop_index("ix_messages_ungrouped", table_name="messages")
    op.drop_index(op.f("ix_messages_contact_id"), table_name="messages")
    with op.batch_alter_table("messages") as messages:
        messages.add_column(sa.Column("consent_event_id", _KEY, nullable=True))
        for column, table in _FOREIGN_KEYS:
            messages.create_foreign_key(
                op.f(f"fk_messages_{column}_{table}"), table, [column], ["id"]
            )
    op.create_index(
        op.f("ix_messages_contact_id_messages_state_at"), "messages", ["contact_id", "state_at"]
    )
    op.create_index(op.f("ix_messages_submission_id"), "messages", ["submission_id"])
    op.create_index(
        op.f("ix_messages_state_messages_state_at"),
        "messages",
        ["state", "state_at"],
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    waiting = sa.text("chunk_no is null and state = 'queued'")
    op.create_index(
        "ix_messages_ungrouped",
        "messages",
        ["mailing_id", "language"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.drop_index(op.f("ix_submissions_state"), table_name="submissions")
    op.execute("UPDATE submissions SET state = 'unknown' WHERE state = 'settled'")
    with op.batch_alter_table("submissions") as submissions:
        submissions.drop_constraint(op.f("ck_submissions_state"), type_="check")
        submissions.create_check_constraint(op.f("ck_submissions_state"), f"state in ({_STATES})")
        submissions.drop_column("claim")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE messages RESET (fillfactor)")

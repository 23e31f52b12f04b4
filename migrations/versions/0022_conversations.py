"""Conversations by text, ready-made answers, texts that need care, and who is named for these.

Revision: 0022_conversations
Follows: 0021_lean_messages
"""

import sqlalchemy as sa
from alembic import op

from mobilize.core.columns import UTCDateTime

revision = "0022_conversations"
down_revision = "0021_lean_messages"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS = "'alert', 'followup', 'transactional', 'letter', 'code', 'opt_in'"


def upgrade() -> None:
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS}, 'reply')")
    with op.batch_alter_table("inbound_texts") as texts:
        texts.add_column(sa.Column("thread_id", _KEY))
        texts.add_column(sa.Column("retry_token", sa.String(length=100)))
        texts.create_unique_constraint(op.f("uq_inbound_texts_retry_token"), ["retry_token"])
        texts.create_index(op.f("ix_inbound_texts_thread_id"), ["thread_id"])
    op.create_table(
        "text_threads",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("sender_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("contact_id", _KEY),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("assigned_to", _KEY),
        sa.Column("last_text_id", _KEY, nullable=False),
        sa.Column("last_text_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state in ('unread', 'open', 'answered', 'closed')", name=op.f("ck_text_threads_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_threads")),
        sa.UniqueConstraint("public_id", name=op.f("uq_text_threads_public_id")),
        sa.UniqueConstraint("sender_hash", name=op.f("uq_text_threads_sender_hash")),
    )
    op.create_index(op.f("ix_text_threads_contact_id"), "text_threads", ["contact_id"])
    op.create_index(op.f("ix_text_threads_last_text_id"), "text_threads", ["last_text_id"])
    op.create_table(
        "text_holds",
        sa.Column("sender_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sender_hash", name=op.f("pk_text_holds")),
    )
    _answers()
    _care()
    op.create_table(
        "account_grants",
        sa.Column("account_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("granted_by", sa.String(length=60), nullable=False),
        sa.Column("granted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_grants_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_grants")),
    )


def _answers() -> None:
    op.create_table(
        "text_replies",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("thread_id", _KEY, nullable=False),
        sa.Column("message_id", _KEY, nullable=False),
        sa.Column("account_id", _KEY, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_replies")),
        sa.UniqueConstraint("message_id", name=op.f("uq_text_replies_message_id")),
    )
    op.create_index(op.f("ix_text_replies_thread_id"), "text_replies", ["thread_id"])
    op.create_table(
        "canned_answers",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=60)),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("name_fr", sa.String(length=100), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_fr", sa.Text(), nullable=False),
        sa.Column("archived_at", UTCDateTime()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_answers")),
        sa.UniqueConstraint("public_id", name=op.f("uq_canned_answers_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_canned_answers_key")),
    )
    op.create_table(
        "text_wishes",
        sa.Column("contact_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_text_wishes")),
    )


def _care() -> None:
    op.create_table(
        "care_cases",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("seen_at", UTCDateTime()),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_cases")),
        sa.UniqueConstraint("public_id", name=op.f("uq_care_cases_public_id")),
        sa.UniqueConstraint("mark", name=op.f("uq_care_cases_mark")),
    )
    op.create_index(op.f("ix_care_cases_last_at"), "care_cases", ["last_at"])
    op.create_table(
        "care_texts",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case_id", _KEY, nullable=False),
        sa.Column("provider_ref", sa.String(length=100)),
        sa.Column("retry_token", sa.String(length=100)),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_care_texts_direction")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["care_cases.id"], name=op.f("fk_care_texts_case_id_care_cases")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_texts")),
        sa.UniqueConstraint("provider_ref", name=op.f("uq_care_texts_provider_ref")),
        sa.UniqueConstraint("retry_token", name=op.f("uq_care_texts_retry_token")),
    )
    op.create_index(op.f("ix_care_texts_case_id"), "care_texts", ["case_id"])
    op.create_index(op.f("ix_care_texts_at"), "care_texts", ["at"])
    op.create_table(
        "care_marks",
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_care_marks")),
    )


def downgrade() -> None:
    for table in (
        "account_grants", "care_marks", "care_texts", "care_cases", "text_wishes",
        "canned_answers", "text_replies", "text_holds", "text_threads",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("inbound_texts") as texts:
        texts.drop_index(op.f("ix_inbound_texts_thread_id"))
        texts.drop_constraint(op.f("uq_inbound_texts_retry_token"), type_="unique")
        texts.drop_column("retry_token")
        texts.drop_column("thread_id")
    op.execute("UPDATE mailings SET kind = 'transactional' WHERE kind = 'reply'")
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS})")

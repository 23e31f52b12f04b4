"""Contacts at scale: merges, opt-ins, custom fields, notes, exports; stances of MPs.

Revision: 0002_contacts
Follows: 0001_first
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from mobilize.core.columns import UTCDateTime

revision = "0002_contacts"
down_revision = "0001_first"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _filled(name: str, kind: sa.types.TypeEngine, value: object) -> sa.Column:
    """A column that rows on file get a value for."""
    return sa.Column(name, kind, nullable=False, server_default=value)


def upgrade() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("label_en", sa.String(length=100), nullable=False),
        sa.Column("label_fr", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("choices", _DOCUMENT, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("archived_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind in ('text', 'number', 'date', 'yes_no', 'choice')",
            name=op.f("ck_custom_fields_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_fields")),
        sa.UniqueConstraint("key", name=op.f("uq_custom_fields_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_custom_fields_public_id")),
    )
    op.create_table(
        "exports",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("rules", _DOCUMENT, nullable=False),
        sa.Column("columns", _DOCUMENT, nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=False),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("taken_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("format in ('csv', 'xlsx')", name=op.f("ck_exports_format")),
        sa.CheckConstraint(
            "state in ('asked', 'approved', 'refused', 'taken')", name=op.f("ck_exports_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("public_id", name=op.f("uq_exports_public_id")),
    )
    op.create_table(
        "stances",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("mp_id", _KEY, nullable=False),
        sa.Column("demand_id", _KEY, nullable=False),
        sa.Column("stance", sa.String(length=16), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "stance in ('champion', 'supportive', 'leaning', 'silent', 'leaning_against', 'opposed')",
            name=op.f("ck_stances_stance"),
        ),
        sa.ForeignKeyConstraint(
            ["demand_id"], ["demands.id"], name=op.f("fk_stances_demand_id_demands")
        ),
        sa.ForeignKeyConstraint(["mp_id"], ["mps.id"], name=op.f("fk_stances_mp_id_mps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stances")),
    )
    op.create_index(op.f("ix_stances_demand_id"), "stances", ["demand_id"], unique=False)
    op.create_index(
        op.f("ix_stances_mp_id_stances_demand_id_stances_observed_on"),
        "stances",
        ["mp_id", "demand_id", "observed_on"],
        unique=False,
    )
    op.create_table(
        "partner_ridings",
        sa.Column("partner_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("riding_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("has_office", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_ridings_partner_id_partners")
        ),
        sa.ForeignKeyConstraint(
            ["riding_id"], ["ridings.id"], name=op.f("fk_partner_ridings_riding_id_ridings")
        ),
        sa.PrimaryKeyConstraint("partner_id", "riding_id", name=op.f("pk_partner_ridings")),
    )
    op.create_index(
        op.f("ix_partner_ridings_riding_id"), "partner_ridings", ["riding_id"], unique=False
    )
    op.create_table(
        "address_codes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contact_id", _KEY, nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("new_address", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_address_codes_channel")),
        sa.CheckConstraint(
            "purpose in ('copy', 'erase', 'change', 'confirm')",
            name=op.f("ck_address_codes_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_address_codes_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_codes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_address_codes_public_id")),
    )
    op.create_index(
        op.f("ix_address_codes_contact_id"), "address_codes", ["contact_id"], unique=False
    )
    op.create_table(
        "contact_merges",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("kept_id", _KEY, nullable=False),
        sa.Column("merged_id", _KEY, nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("merged_at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["contacts.id"], name=op.f("fk_contact_merges_kept_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["contacts.id"], name=op.f("fk_contact_merges_merged_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merges")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_merges_public_id")),
    )
    op.create_index(op.f("ix_contact_merges_kept_id"), "contact_merges", ["kept_id"], unique=False)
    op.create_index(
        op.f("ix_contact_merges_merged_id"), "contact_merges", ["merged_id"], unique=False
    )
    op.create_table(
        "contact_notes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contact_id", _KEY, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_notes_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_notes")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_notes_public_id")),
    )
    op.create_index(
        op.f("ix_contact_notes_contact_id"), "contact_notes", ["contact_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_notes_created_at"), "contact_notes", ["created_at"], unique=False
    )
    op.create_table(
        "custom_values",
        sa.Column("contact_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("field_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_custom_values_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_fields.id"], name=op.f("fk_custom_values_field_id_custom_fields")
        ),
        sa.PrimaryKeyConstraint("contact_id", "field_id", name=op.f("pk_custom_values")),
    )
    op.create_index(
        op.f("ix_custom_values_field_id_custom_values_value"),
        "custom_values",
        ["field_id", "value"],
        unique=False,
    )
    op.create_table(
        "duplicate_pairs",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("first_id", _KEY, nullable=False),
        sa.Column("second_id", _KEY, nullable=False),
        sa.Column("reasons", _DOCUMENT, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "state in ('open', 'different', 'merged')", name=op.f("ck_duplicate_pairs_state")
        ),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_pairs_order")),
        sa.ForeignKeyConstraint(
            ["first_id"], ["contacts.id"], name=op.f("fk_duplicate_pairs_first_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["contacts.id"], name=op.f("fk_duplicate_pairs_second_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("public_id", name=op.f("uq_duplicate_pairs_public_id")),
    )
    op.create_index(
        op.f("ix_duplicate_pairs_first_id_duplicate_pairs_second_id"),
        "duplicate_pairs",
        ["first_id", "second_id"],
        unique=True,
    )
    op.create_index(
        op.f("ix_duplicate_pairs_second_id"), "duplicate_pairs", ["second_id"], unique=False
    )
    op.create_index(
        op.f("ix_duplicate_pairs_state_duplicate_pairs_score"),
        "duplicate_pairs",
        ["state", "score"],
        unique=False,
    )
    op.create_table(
        "import_changes",
        sa.Column("import_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("contact_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_import_changes_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_runs.id"], name=op.f("fk_import_changes_import_id_import_runs")
        ),
        sa.PrimaryKeyConstraint("import_id", "contact_id", name=op.f("pk_import_changes")),
    )
    op.create_index(
        op.f("ix_import_changes_contact_id"), "import_changes", ["contact_id"], unique=False
    )
    op.create_table(
        "opt_ins",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("contact_id", _KEY, nullable=True),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("grants", _DOCUMENT, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_opt_ins_channel")),
        sa.CheckConstraint(
            "state in ('asked', 'confirmed', 'lapsed')", name=op.f("ck_opt_ins_state")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_opt_ins_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opt_ins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_opt_ins_public_id")),
    )
    op.create_index(
        op.f("ix_opt_ins_channel_opt_ins_address_hash"),
        "opt_ins",
        ["channel", "address_hash"],
        unique=False,
    )
    op.create_index(op.f("ix_opt_ins_contact_id"), "opt_ins", ["contact_id"], unique=False)
    with op.batch_alter_table("audiences") as audiences:
        audiences.add_column(sa.Column("created_by", _KEY, nullable=True))
        audiences.add_column(sa.Column("updated_at", UTCDateTime(), nullable=True))
        audiences.add_column(sa.Column("archived_at", UTCDateTime(), nullable=True))
        audiences.create_foreign_key(
            op.f("fk_audiences_created_by_accounts"), "accounts", ["created_by"], ["id"]
        )
    op.add_column("consent_events", sa.Column("retracts_id", _KEY, nullable=True))
    with op.batch_alter_table("contacts") as contacts:
        contacts.add_column(sa.Column("merged_into_id", _KEY, nullable=True))
        contacts.add_column(_filled("do_not_contact", sa.Boolean(), sa.false()))
        contacts.add_column(_filled("no_voicemail", sa.Boolean(), sa.false()))
        contacts.add_column(sa.Column("first_import_id", _KEY, nullable=True))
        contacts.drop_constraint(op.f("ck_contacts_state"), type_="check")
        contacts.create_check_constraint(
            op.f("ck_contacts_state"), "state in ('active', 'merged', 'tombstoned')"
        )
        contacts.create_index(op.f("ix_contacts_merged_into_id"), ["merged_into_id"])
        contacts.create_foreign_key(
            op.f("fk_contacts_merged_into_id_contacts"), "contacts", ["merged_into_id"], ["id"]
        )
        contacts.create_foreign_key(
            op.f("fk_contacts_first_import_id_import_runs"),
            "import_runs",
            ["first_import_id"],
            ["id"],
        )
    with op.batch_alter_table("import_runs") as runs:
        runs.add_column(_filled("dialect", sa.String(length=20), ""))
        runs.add_column(_filled("mapping", _DOCUMENT, "{}"))
        runs.add_column(sa.Column("undone_at", UTCDateTime(), nullable=True))
        runs.add_column(sa.Column("undone_by", sa.String(length=60), nullable=True))
    with op.batch_alter_table("partner_people") as people:
        people.add_column(_filled("role", sa.String(length=12), "contact"))
    with op.batch_alter_table("partners") as partners:
        partners.add_column(_filled("membership", sa.String(length=10), "ally"))
        partners.add_column(sa.Column("member_since", sa.Date(), nullable=True))
        partners.add_column(sa.Column("member_until", sa.Date(), nullable=True))
        partners.create_check_constraint(
            op.f("ck_partners_membership"), "membership in ('member', 'ally', 'former')"
        )


def downgrade() -> None:
    with op.batch_alter_table("partners") as partners:
        partners.drop_constraint(op.f("ck_partners_membership"), type_="check")
        for name in ("member_until", "member_since", "membership"):
            partners.drop_column(name)
    with op.batch_alter_table("partner_people") as people:
        people.drop_column("role")
    with op.batch_alter_table("import_runs") as runs:
        for name in ("undone_by", "undone_at", "mapping", "dialect"):
            runs.drop_column(name)
    with op.batch_alter_table("contacts") as contacts:
        contacts.drop_constraint(
            op.f("fk_contacts_first_import_id_import_runs"), type_="foreignkey"
        )
        contacts.drop_constraint(op.f("fk_contacts_merged_into_id_contacts"), type_="foreignkey")
        contacts.drop_index(op.f("ix_contacts_merged_into_id"))
        contacts.drop_constraint(op.f("ck_contacts_state"), type_="check")
        contacts.create_check_constraint(
            op.f("ck_contacts_state"), "state in ('active', 'tombstoned')"
        )
        for name in ("first_import_id", "no_voicemail", "do_not_contact", "merged_into_id"):
            contacts.drop_column(name)
    with op.batch_alter_table("consent_events") as events:
        events.drop_column("retracts_id")
    with op.batch_alter_table("audiences") as audiences:
        audiences.drop_constraint(op.f("fk_audiences_created_by_accounts"), type_="foreignkey")
        for name in ("archived_at", "updated_at", "created_by"):
            audiences.drop_column(name)
    op.drop_index(op.f("ix_opt_ins_contact_id"), table_name="opt_ins")
    op.drop_index(op.f("ix_opt_ins_channel_opt_ins_address_hash"), table_name="opt_ins")
    op.drop_table("opt_ins")
    op.drop_index(op.f("ix_import_changes_contact_id"), table_name="import_changes")
    op.drop_table("import_changes")
    op.drop_index(
        op.f("ix_duplicate_pairs_state_duplicate_pairs_score"), table_name="duplicate_pairs"
    )
    op.drop_index(op.f("ix_duplicate_pairs_second_id"), table_name="duplicate_pairs")
    op.drop_index(
        op.f("ix_duplicate_pairs_first_id_duplicate_pairs_second_id"), table_name="duplicate_pairs"
    )
    op.drop_table("duplicate_pairs")
    op.drop_index(op.f("ix_custom_values_field_id_custom_values_value"), table_name="custom_values")
    op.drop_table("custom_values")
    op.drop_index(op.f("ix_contact_notes_created_at"), table_name="contact_notes")
    op.drop_index(op.f("ix_contact_notes_contact_id"), table_name="contact_notes")
    op.drop_table("contact_notes")
    op.drop_index(op.f("ix_contact_merges_merged_id"), table_name="contact_merges")
    op.drop_index(op.f("ix_contact_merges_kept_id"), table_name="contact_merges")
    op.drop_table("contact_merges")
    op.drop_index(op.f("ix_address_codes_contact_id"), table_name="address_codes")
    op.drop_table("address_codes")
    op.drop_index(op.f("ix_partner_ridings_riding_id"), table_name="partner_ridings")
    op.drop_table("partner_ridings")
    op.drop_index(
        op.f("ix_stances_mp_id_stances_demand_id_stances_observed_on"), table_name="stances"
    )
    op.drop_index(op.f("ix_stances_demand_id"), table_name="stances")
    op.drop_table("stances")
    op.drop_table("exports")
    op.drop_table("custom_fields")

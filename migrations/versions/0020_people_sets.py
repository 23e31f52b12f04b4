"""Sets of people are kept as bits, and marked stale by the database where something is written.

They answer what the index of standing consents answered, which each consent of an import paid for.

Revision: 0020_people_sets
Follows: 0019_reject_addresses
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BIT

revision = "0020_people_sets"
down_revision = "0019_reject_addresses"
branch_labels = None
depends_on = None

_BLOCK = 4096
_SHIFT = 12

_LOOKED_AT = {
    "contacts": (
        "people",
        "id",
        "id, state, language, province, riding_id, riding_certainty, kind",
        "",
    ),
    "consents": (
        "consents",
        "contact_id",
        "contact_id, channel, granted, expires_at",
        " WHERE organization = 'us' AND topic = ''",
    ),
}
"""By table: the family, the column of the contact's key, what sets are made of, and which rows."""


_STANDING = sa.text("organization = 'us' and topic = '' and granted")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "people_sets",
        sa.Column("family", sa.String(30), nullable=False),
        sa.Column("name", sa.String(30), nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary().with_variant(BIT(_BLOCK), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("family", "name", "block", name=op.f("pk_people_sets")),
    )
    op.create_table(
        "people_blocks",
        sa.Column("family", sa.String(30), nullable=False),
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mailing_id", key, nullable=True),
        sa.Column("since", instant, nullable=False),
        sa.Column("until", instant, nullable=True),
        sa.PrimaryKeyConstraint("family", "block", name=op.f("pk_people_blocks")),
    )
    op.create_table(
        "people_marks",
        sa.Column("id", key, nullable=False),
        sa.Column("family", sa.String(30), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_marks")),
    )
    op.create_index(
        op.f("ix_people_marks_family_people_marks_block"), "people_marks", ["family", "block"]
    )
    op.drop_index("ix_consents_standing", table_name="consents")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE AGGREGATE gathered_bits(integer, integer) (SFUNC = set_bit, STYPE = bit,"
            f" INITCOND = '{'0' * _BLOCK}', COMBINEFUNC = bitor, PARALLEL = SAFE)"
        )
        for table in _LOOKED_AT:
            _watch(table)
        _watch_mailings()


def _watch(table: str) -> None:
    """Mark the blocks of what statements write, as far as sets look at it."""
    family, key, columns, those = _LOOKED_AT[table]

    def function(name: str, rows: str) -> str:
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
            " INSERT INTO people_marks (family, block)"
            f" SELECT DISTINCT '{family}', ({key} >> {_SHIFT})::integer FROM {rows};"
            " RETURN NULL; END $$"
        )

    def rows(of: str) -> str:
        return f"(SELECT {columns} FROM {of}{those})"  # noqa: S608 - names of our own

    op.execute(function(f"mark_{table}_written", f"{rows('written')} AS written"))
    differ = (
        f"(({rows('before')} EXCEPT {rows('written')}) UNION ALL"
        f" ({rows('written')} EXCEPT {rows('before')})) AS changed"
    )
    op.execute(function(f"mark_{table}_changed", differ))
    for event, seen, name in (
        ("INSERT", "NEW TABLE AS written", "written"),
        ("DELETE", "OLD TABLE AS written", "written"),
        ("UPDATE", "OLD TABLE AS before NEW TABLE AS written", "changed"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{event.lower()}_marked AFTER {event} ON {table}"
            f" REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION mark_{table}_{name}()"
        )


def _watch_mailings() -> None:
    """Mark where a message is handed from one record to another; sending never does."""
    op.execute(
        "CREATE FUNCTION mark_message_handed_over()"  # noqa: S608 - no value in it is another's
        " RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO people_marks (family, block)"
        f" SELECT 'mailing:' || NEW.mailing_id, (whose >> {_SHIFT})::integer"
        " FROM unnest(ARRAY[OLD.contact_id, NEW.contact_id]) AS whose WHERE whose IS NOT NULL;"
        " RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER messages_handed_over_marked AFTER UPDATE OF contact_id ON messages"
        " FOR EACH ROW WHEN (OLD.contact_id IS DISTINCT FROM NEW.contact_id)"
        " EXECUTE FUNCTION mark_message_handed_over()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER messages_handed_over_marked ON messages")
        op.execute("DROP FUNCTION mark_message_handed_over()")
        for table in _LOOKED_AT:
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_{event}_marked ON {table}")
            op.execute(f"DROP FUNCTION mark_{table}_written()")
            op.execute(f"DROP FUNCTION mark_{table}_changed()")
        op.execute("DROP AGGREGATE gathered_bits(integer, integer)")
    op.create_index(
        "ix_consents_standing",
        "consents",
        ["channel", "contact_id", "expires_at"],
        postgresql_where=_STANDING,
        sqlite_where=_STANDING,
    )
    op.drop_index(op.f("ix_people_marks_family_people_marks_block"), table_name="people_marks")
    op.drop_table("people_marks")
    op.drop_table("people_blocks")
    op.drop_table("people_sets")

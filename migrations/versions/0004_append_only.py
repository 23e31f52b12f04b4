"""The consent ledger and its wordings refuse to be changed or emptied, by the database itself.

Revision: 0004_append_only
Follows: 0003_claims
"""

from alembic import op

revision = "0004_append_only"
down_revision = "0003_claims"
branch_labels = None
depends_on = None

_TABLES = ("consent_events", "consent_wordings")
_WHY = "is only ever added to"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '% {_WHY}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
            " END $$"
        )
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        return
    for table in _TABLES:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} {_WHY}'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"DROP TRIGGER {table}_added_only ON {table}")
        op.execute("DROP FUNCTION refuse_change()")
        return
    for table in _TABLES:
        for change in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{change}")

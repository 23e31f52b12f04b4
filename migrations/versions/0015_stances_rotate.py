"""What proves an observation of an MP may be sealed anew under another key, and never reworded.

Revision: 0015_stances_rotate
Follows: 0014_counting
"""

from alembic import op

revision = "0015_stances_rotate"
down_revision = "0014_counting"
branch_labels = None
depends_on = None

_OTHERS = (
    "id, public_id, mp_id, demand_id, demand_version_id, stance, observed_on, actor, recorded_at"
)
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'stances is only ever added to'); END"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER stances_added_only ON stances")
        op.execute(
            f"CREATE TRIGGER stances_added_only BEFORE UPDATE OF {_OTHERS} OR DELETE OR TRUNCATE"
            " ON stances FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER stances_not_reworded BEFORE UPDATE OF evidence ON stances FOR EACH ROW"
            " WHEN (get_byte(OLD.evidence, 0) = get_byte(NEW.evidence, 0))"
            " EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute("DROP TRIGGER stances_no_update")
    op.execute(f"CREATE TRIGGER stances_no_update BEFORE UPDATE OF {_OTHERS} ON stances {_REFUSE}")
    op.execute(
        "CREATE TRIGGER stances_not_reworded BEFORE UPDATE OF evidence ON stances"
        f" WHEN substr(OLD.evidence, 1, 1) = substr(NEW.evidence, 1, 1) {_REFUSE}"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER stances_not_reworded ON stances")
        op.execute("DROP TRIGGER stances_added_only ON stances")
        op.execute(
            "CREATE TRIGGER stances_added_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stances"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute("DROP TRIGGER stances_not_reworded")
    op.execute("DROP TRIGGER stances_no_update")
    op.execute(f"CREATE TRIGGER stances_no_update BEFORE UPDATE ON stances {_REFUSE}")

"""A kind of mailing for what confirms a sign-up; what a carrier keeps of STOP stands by itself.

Revision: 0018_opt_in_kind
Follows: 0017_undo_previews
"""

from alembic import op

revision = "0018_opt_in_kind"
down_revision = "0017_undo_previews"
branch_labels = None
depends_on = None

_KINDS = "'alert', 'followup', 'transactional', 'letter', 'code'"
# Numbers that had been left in another way kept that reason when STOP came from there; the texts
# and the ledger tell of it. What a provider says of a number is that it keeps a STOP.
_STOPS = """
SELECT sender_hash AS address_hash, received_at AS said_at FROM inbound_texts
WHERE keyword = 'stop'
UNION ALL
SELECT COALESCE(e.address_hash, p.phone_hash), e.occurred_at
FROM consent_events e LEFT JOIN contacts p ON p.id = e.contact_id
WHERE e.channel = 'sms' AND e.action = 'withdrawn'
AND e.source IN ('stop', 'text message', 'provider')
"""
_STARTS = """
SELECT sender_hash AS address_hash, received_at AS said_at FROM inbound_texts
WHERE keyword = 'start'
UNION ALL
SELECT address_hash, occurred_at FROM consent_events
WHERE channel = 'sms' AND action = 'renewed' AND source = 'start'
"""
_STOPPED_BESIDES = f"""
INSERT INTO suppressions (channel, address_hash, reason, since)
SELECT 'stop', s.address_hash, 'stop', stopped.said_at
FROM suppressions s
JOIN (
    SELECT address_hash, MAX(said_at) AS said_at FROM ({_STOPS}) stops GROUP BY address_hash
) stopped ON stopped.address_hash = s.address_hash
LEFT JOIN (
    SELECT address_hash, MAX(said_at) AS said_at FROM ({_STARTS}) starts GROUP BY address_hash
) started ON started.address_hash = s.address_hash
WHERE s.channel = 'sms'
AND (started.said_at IS NULL OR started.said_at < stopped.said_at)
AND NOT EXISTS (
    SELECT 1 FROM suppressions c WHERE c.channel = 'stop' AND c.address_hash = s.address_hash
)
"""  # noqa: S608 - nothing in it comes from outside
# An own yes opens what was left or lifted, but no STOP. What nobody opens keeps its reason.
_STOP_AGAIN = """
UPDATE suppressions SET reason = 'stop', lifted_at = NULL, since = (
    SELECT c.since FROM suppressions c
    WHERE c.channel = 'stop' AND c.address_hash = suppressions.address_hash
)
WHERE channel = 'sms' AND (reason IN ('unsubscribed', 'replaced') OR lifted_at IS NOT NULL)
AND EXISTS (
    SELECT 1 FROM suppressions c
    WHERE c.channel = 'stop' AND c.address_hash = suppressions.address_hash
    AND c.lifted_at IS NULL
)
"""


def upgrade() -> None:
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS}, 'opt_in')")
    op.execute(
        "UPDATE mailings SET kind = 'opt_in' WHERE kind = 'transactional' AND template_id IN"
        " (SELECT id FROM templates WHERE key = 'join-confirm')"
    )
    op.execute(
        "INSERT INTO suppressions (channel, address_hash, reason, since, lifted_at)"
        " SELECT 'stop', address_hash, reason, since, lifted_at FROM suppressions"
        " WHERE channel = 'sms' AND reason = 'stop'"
    )
    op.execute(_STOPPED_BESIDES)


def downgrade() -> None:
    op.execute(_STOP_AGAIN)
    op.execute("DELETE FROM suppressions WHERE channel = 'stop'")
    op.execute("UPDATE mailings SET kind = 'transactional' WHERE kind = 'opt_in'")
    with op.batch_alter_table("mailings") as mailings:
        mailings.drop_constraint(op.f("ck_mailings_kind"), type_="check")
        mailings.create_check_constraint(op.f("ck_mailings_kind"), f"kind in ({_KINDS})")

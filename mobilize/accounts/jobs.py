"""What accounts do by the clock: sealing the audit log, letting go of old sign-ins."""

from datetime import timedelta

from sqlalchemy import delete

from mobilize.accounts import audit
from mobilize.accounts.models import AccountSession
from mobilize.core.clock import SystemClock
from mobilize.runtime import Runtime


def seal_audit(runtime: Runtime) -> None:
    """Close the audit log's tail with a link of the chain."""
    with runtime.db.transaction() as session:
        audit.seal(session, runtime.clock.now())


def forget(runtime: Runtime) -> None:
    """Remove sign-ins that ended a while ago; they run on the machine's clock."""
    horizon = SystemClock().now() - timedelta(days=runtime.settings.retention.sessions_days)
    with runtime.db.transaction() as session:
        session.execute(delete(AccountSession).where(AccountSession.expires_at < horizon))

"""What contacts do by the clock: letting go of old notes."""

from datetime import timedelta

from mobilize.contacts.notes import purge_notes
from mobilize.runtime import Runtime


def forget(runtime: Runtime) -> None:
    """Remove the notes that are older than `retention.notes_days`."""
    horizon = runtime.clock.now() - timedelta(days=runtime.settings.retention.notes_days)
    with runtime.db.transaction() as session:
        purge_notes(session, before=horizon)

"""What actions do by the clock: erasing the notes that supporters wrote to their reports."""

from datetime import timedelta

from sqlalchemy import update

from mobilize.actions.models import MpContact
from mobilize.runtime import Runtime


def forget(runtime: Runtime) -> None:
    """Erase notes past their retention; that and how the contact happened stays."""
    horizon = runtime.clock.now() - timedelta(days=runtime.settings.retention.notes_days)
    with runtime.db.transaction() as session:
        session.execute(
            update(MpContact)
            .where(MpContact.note.is_not(None), MpContact.recorded_at < horizon)
            .values(note=None)
        )

"""What a file answers to custom fields, kept with what was answered before, for an undo."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.custom_fields import Answer, set_values
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.record_models import CustomValue
from mobilize.contacts.rows import SupporterRow
from mobilize.core.db import upsert


def keep_answers(
    session: Session,
    *,
    people: Sequence[tuple[SupporterRow, int]],
    run_id: int,
    now: datetime,
) -> None:
    """Keep what rows answer; where a row says nothing, the earlier answer stays.

    Args:
        session: The session of the transaction.
        people: Rows, each with the person that it is about.
        run_id: The file's record.
        now: The instant of writing.
    """
    said = [
        Answer(person, field_id, value) for row, person in people for field_id, value in row.answers
    ]
    if not said:
        return
    before = {
        (person, field_id): value
        for person, field_id, value in session.execute(
            select(CustomValue.contact_id, CustomValue.field_id, CustomValue.value).where(
                CustomValue.contact_id.in_({one.contact_id for one in said})
            )
        )
    }
    new = [one for one in said if before.get((one.contact_id, one.field_id)) != one.value]
    rows = [
        {
            "import_id": run_id,
            "contact_id": one.contact_id,
            "field_id": one.field_id,
            "before": before.get((one.contact_id, one.field_id), ""),
            "at": now,
        }
        for one in new
    ]
    table = cast("Table", ImportAnswer.__table__)
    upsert(session, table, rows, key=("import_id", "contact_id", "field_id"), update=("at",))
    set_values(session, rows=new, now=now)

"""What a merge hands over of what contacts hold: tags, answers to custom fields, notes."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.orm import Session

from mobilize.contacts.models import ContactTag
from mobilize.contacts.record_models import ContactNote, CustomValue
from mobilize.core.db import upsert
from mobilize.core.moving import Rows
from mobilize.core.snapshots import from_json, to_json

_ANSWERS: Final = cast("Table", CustomValue.__table__)
_ANSWER_KEY: Final = ("contact_id", "field_id")
_ANSWER: Final = ("field_id", "value", "updated_at")
_NOTES: Final = Rows(ContactNote.id, ContactNote.contact_id)
_WORN: Final = cast("Table", ContactTag.__table__)


def merge(session: Session, kept_id: int, merged_id: int) -> dict[str, Any]:
    """Give one record the other's tags and notes, and the answers that it has none of its own for.

    Returns:
        What it takes to give them back.
    """
    theirs = _worn(session, merged_id)
    own = {tag for tag, _ in _worn(session, kept_id)}
    new = [(tag, put_on_by) for tag, put_on_by in theirs if tag not in own]
    session.execute(delete(ContactTag).where(ContactTag.contact_id == merged_id))
    _wear(session, kept_id, new)
    return {
        "tags": theirs,
        "new_tags": [tag for tag, _ in new],
        "answers": _hand_over_answers(session, kept_id, merged_id),
        "notes": _NOTES.hand_over(session, giver=merged_id, taker=kept_id),
    }


def part(session: Session, kept_id: int, merged_id: int, memo: dict[str, Any]) -> None:
    """Give back what `merge` handed over; what came since stays."""
    session.execute(
        delete(ContactTag).where(
            ContactTag.contact_id == kept_id, ContactTag.tag_id.in_(memo["new_tags"])
        )
    )
    _wear(session, merged_id, memo["tags"])
    _hand_back_answers(session, kept_id, merged_id, memo["answers"])
    _NOTES.give(session, memo["notes"], giver=kept_id, taker=merged_id)


def _hand_over_answers(session: Session, kept_id: int, merged_id: int) -> list[dict[str, Any]]:
    answered = select(CustomValue.field_id).where(CustomValue.contact_id == kept_id)
    rows = session.execute(
        select(CustomValue.field_id, CustomValue.value, CustomValue.updated_at)
        .where(CustomValue.contact_id == merged_id, CustomValue.field_id.not_in(answered))
        .order_by(CustomValue.field_id)
    )
    handed = [dict(zip(_ANSWER, row, strict=True)) for row in rows]
    session.execute(
        delete(CustomValue).where(
            CustomValue.contact_id == merged_id,
            CustomValue.field_id.in_([one["field_id"] for one in handed]),
        )
    )
    rows_now = [{**one, "contact_id": kept_id} for one in handed]
    upsert(session, _ANSWERS, rows_now, key=_ANSWER_KEY)
    return [to_json(one) for one in handed]


def _hand_back_answers(
    session: Session, kept_id: int, merged_id: int, memo: list[dict[str, Any]]
) -> None:
    handed = [from_json(_ANSWERS, one) for one in memo]
    # An answer that was given anew since is the person's and stays; the other keeps what it said.
    same = tuple_(CustomValue.field_id, CustomValue.updated_at)
    session.execute(
        delete(CustomValue).where(
            CustomValue.contact_id == kept_id,
            same.in_([(one["field_id"], one["updated_at"]) for one in handed]),
        )
    )
    rows = [{**one, "contact_id": merged_id} for one in handed]
    upsert(session, _ANSWERS, rows, key=_ANSWER_KEY)


def _worn(session: Session, contact_id: int) -> list[tuple[int, int | None]]:
    """The tags of a record, each with the file that put it on."""
    rows = session.execute(
        select(ContactTag.tag_id, ContactTag.import_id)
        .where(ContactTag.contact_id == contact_id)
        .order_by(ContactTag.tag_id)
    )
    return [(tag, put_on_by) for tag, put_on_by in rows]


def _wear(session: Session, contact_id: int, tags: Iterable[Sequence[int | None]]) -> None:
    rows = [
        {"contact_id": contact_id, "tag_id": tag, "import_id": put_on_by} for tag, put_on_by in tags
    ]
    upsert(session, _WORN, rows, key=("contact_id", "tag_id"))

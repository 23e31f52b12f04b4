"""What records said before a file changed them, kept so that the file can be undone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, exists, select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact, ImportChange
from mobilize.core.bulk import any_id, insert_rows

# What a row says replaces what is on file; where it says nothing, that stays.
OVERWRITTEN: Final = (
    "given_name", "family_name", "phone", "phone_hash", "language", "province", "fsa", "riding_id",
    "riding_certainty", "riding_source", "time_zone", "source",
)  # fmt: skip
ALWAYS: Final = ("sms_confirmed_at", "import_id", "row_hash", "updated_at")
_CONTACTS: Final = cast("Table", Contact.__table__)
_IMAGES: Final = cast("Table", ImportChange.__table__)
_COLUMNS: Final = (*OVERWRITTEN, *ALWAYS)
_INSTANTS: Final = frozenset({"sms_confirmed_at", "updated_at"})
_HASHES: Final = frozenset({"phone_hash", "row_hash"})


def keep_images(session: Session, *, run_id: int, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Keep what records say before a file changes them; the file's first image of each stays.

    The records are locked, so that nobody changes one between its image and its change.

    Args:
        session: The session of the transaction.
        run_id: The file's record.
        changes: What each record is about to say, by its key; None where it stays as it is.
    """
    has_one = exists().where(
        ImportChange.import_id == run_id, ImportChange.contact_id == _CONTACTS.c.id
    )
    found = session.execute(
        select(_CONTACTS.c.id, *(_CONTACTS.c[name] for name in _COLUMNS))
        .where(any_id(session, Contact.id, changes), ~has_one)
        .order_by(_CONTACTS.c.id)
        .with_for_update(key_share=True, of=_CONTACTS)
    )
    rows = []
    for contact_id, *values in found:
        before = dict(zip(_COLUMNS, values, strict=True))
        new = changes[contact_id]
        after = {
            name: old if name in OVERWRITTEN and new[name] is None else new[name]
            for name, old in before.items()
        }
        rows.append((run_id, contact_id, _image(before), _image(after)))
    insert_rows(session, _IMAGES, ("import_id", "contact_id", "before", "after"), rows)


def read_image(image: str) -> dict[str, Any]:
    """What a record said, as its columns have it."""
    said: dict[str, Any] = json.loads(image)
    for name, text in said.items():
        if text is not None and name in _INSTANTS:
            said[name] = datetime.fromisoformat(text)
        elif text is not None and name in _HASHES:
            said[name] = bytes.fromhex(text)
    return said


def _image(said: Mapping[str, Any]) -> str:
    """A record as JSON: instants in ISO form, hashes in hexadecimal digits."""
    return json.dumps(said, default=_plain, ensure_ascii=False)


def _plain(value: datetime | bytes) -> str:
    return value.isoformat() if isinstance(value, datetime) else value.hex()

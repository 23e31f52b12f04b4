"""Custom fields: what else an installation keeps of people, and their answers.

A field that would hold a status, survival, an employer or a case is refused by its name.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, cast

from sqlalchemy import Table, delete, func, select, tuple_
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.answers import value_of
from mobilize.contacts.models import Contact
from mobilize.contacts.record_models import CustomField, CustomValue
from mobilize.contacts.sensitive import refuse_sensitive
from mobilize.core.db import upsert
from mobilize.core.errors import Conflict, InvalidInput, NotFound

KINDS: Final = ("text", "number", "date", "yes_no", "choice")
MOST_FIELDS: Final = 50
MOST_CHOICES: Final = 50
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BATCH: Final = 1000


class Answer(NamedTuple):
    """What a person answered to a field: a value as `value_of` gives it; empty takes it off."""

    contact_id: int
    field_id: int
    value: str


def create_field(
    session: Session,
    *,
    key: str,
    label_en: str,
    label_fr: str,
    kind: str,
    choices: Sequence[Mapping[str, str]] = (),
    actor: str,
    now: datetime,
) -> CustomField:
    """Make a field.

    Args:
        session: The session of the transaction.
        key: Its name in files, rules and the API.
        label_en: What it is called in English.
        label_fr: What it is called in French.
        kind: One of `KINDS`.
        choices: For `choice`, each with `key`, `en` and `fr`.
        actor: Who makes it.
        now: When.

    Raises:
        InvalidInput: A name is missing, malformed or sensitive, or the choices do not fit.
        Conflict: The key is taken, or there are as many fields as there may be.
    """
    offered = [{name: one[name].strip() for name in ("key", "en", "fr")} for one in choices]
    _check_key(key)
    if kind not in KINDS:
        raise InvalidInput(
            "There is no such kind of field.",
            hint=f"Choose one of: {', '.join(KINDS)}.",
            fields={"kind": "unknown"},
        )
    _check_choices(kind, offered)
    label_en, label_fr = label_en.strip(), label_fr.strip()
    names = [label_en, label_fr, *(text for one in offered for text in one.values())]
    if not all(names):
        raise InvalidInput(
            "A field and its choices have a name in English and in French.",
            hint="Fill in both languages.",
        )
    for name in (key.replace("_", " "), *names):
        refuse_sensitive(name.replace("_", " "), kind="field")
    if session.scalar(select(CustomField.id).where(CustomField.key == key)) is not None:
        raise Conflict(
            "There is a field with this key already.",
            hint="Choose another key; that of an archived field is not used again.",
            fields={"key": "taken"},
        )
    standing = select(func.count(CustomField.id)).where(CustomField.archived_at.is_(None))
    if (session.scalar(standing) or 0) >= MOST_FIELDS:
        raise Conflict(
            f"There are {MOST_FIELDS} fields already.", hint="Archive one that nobody needs."
        )
    field = CustomField(
        key=key, label_en=label_en, label_fr=label_fr, kind=kind, choices=offered, created_at=now
    )
    session.add(field)
    session.flush()
    _note(session, field, "field.create", actor, now)
    return field


def rename_field(
    session: Session, *, key: str, label_en: str, label_fr: str, actor: str, now: datetime
) -> CustomField:
    """Call a field by other names; its key, kind and choices stay.

    Raises:
        NotFound: There is none.
        InvalidInput: A name is missing, or sensitive.
    """
    field = field_by_key(session, key)
    names = (label_en.strip(), label_fr.strip())
    if not all(names):
        raise InvalidInput(
            "A field and its choices have a name in English and in French.",
            hint="Fill in both languages.",
        )
    for name in names:
        refuse_sensitive(name, kind="field")
    if (field.label_en, field.label_fr) != names:
        field.label_en, field.label_fr = names
        session.flush()
        _note(session, field, "field.rename", actor, now)
    return field


def archive_field(session: Session, *, key: str, actor: str, now: datetime) -> CustomField:
    """Ask a field of nobody any more; the answers that were given stay with their people."""
    field = field_by_key(session, key)
    if field.archived_at is None:
        field.archived_at = now
        session.flush()
        _note(session, field, "field.archive", actor, now)
    return field


def all_fields(session: Session) -> Sequence[CustomField]:
    """Every field, archived ones too, in the order in which they were made."""
    return session.scalars(select(CustomField).order_by(CustomField.id)).all()


def field_by_key(session: Session, key: str) -> CustomField:
    """A field by its key.

    Raises:
        NotFound: There is none.
    """
    field = session.scalar(select(CustomField).where(CustomField.key == key))
    if field is None:
        raise NotFound("There is no such custom field.")
    return field


def answer(
    session: Session,
    *,
    contact: Contact,
    answers: Mapping[str, str],
    actor: str,
    now: datetime,
) -> None:
    """Keep what one person answered, as typed, by the fields' keys; the log names keys alone.

    Raises:
        InvalidInput: A field is unknown or archived, or a text is no answer to it.
    """
    known = {one.key: one for one in all_fields(session) if one.archived_at is None}
    unknown = sorted(answers.keys() - known.keys())
    if unknown:
        raise InvalidInput(
            "There is no such custom field, or it is archived.",
            hint="Ask for the list of fields.",
            fields=dict.fromkeys(unknown, "unknown"),
        )
    rows = [
        Answer(contact.id, known[key].id, value_of(known[key], text))
        for key, text in answers.items()
    ]
    set_values(session, rows=rows, now=now)
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.answer",
        subject_kind="contact",
        subject_id=contact.public_id,
        facts={"fields": sorted(answers)},
    )


def set_values(session: Session, *, rows: Sequence[Answer], now: datetime) -> None:
    """Keep many answers, read by `value_of` before; the last of several to one field stands."""
    last = {(one.contact_id, one.field_id): one.value for one in rows}
    kept = [
        {"contact_id": contact_id, "field_id": field_id, "value": value, "updated_at": now}
        for (contact_id, field_id), value in last.items()
        if value
    ]
    gone = [pair for pair, value in last.items() if not value]
    table = cast("Table", CustomValue.__table__)
    for start in range(0, len(kept), _BATCH):
        batch = kept[start : start + _BATCH]
        upsert(
            session,
            table,
            batch,
            key=("contact_id", "field_id"),
            update=("value", "updated_at"),
        )
    pair = tuple_(CustomValue.contact_id, CustomValue.field_id)
    for start in range(0, len(gone), _BATCH):
        session.execute(delete(CustomValue).where(pair.in_(gone[start : start + _BATCH])))


def values_of(session: Session, contact_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """The answers of people by the fields' keys; who answered nothing is left out."""
    rows = session.execute(
        select(CustomValue.contact_id, CustomField.key, CustomValue.value)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(CustomValue.contact_id.in_(contact_ids))
        .order_by(CustomField.id)
    )
    found: dict[int, dict[str, str]] = {}
    for contact_id, key, value in rows:
        found.setdefault(contact_id, {})[key] = value
    return found


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "A field's key is a short word of small letters, digits and underscores.",
            hint="Write it like shirt_size.",
            fields={"key": "malformed"},
        )


def _check_choices(kind: str, offered: Sequence[Mapping[str, str]]) -> None:
    keys = [one["key"] for one in offered]
    wrong = (
        not 1 < len(keys) <= MOST_CHOICES
        or len(set(keys)) < len(keys)
        or any(not _KEY.fullmatch(one) for one in keys)
    )
    if wrong if kind == "choice" else bool(keys):
        raise InvalidInput(
            "The choices do not fit the field.",
            hint=f"A choice has 2 to {MOST_CHOICES} different keys like very_large; no other kind "
            "has any.",
            fields={"choices": "malformed"},
        )


def _note(session: Session, field: CustomField, action: str, actor: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="field",
        subject_id=field.public_id,
    )

"""What an undo puts back: a record's fields, answers, and the grants that it takes back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, aliased

from mobilize.contacts.consent import GRANTS, WITHDRAWALS
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.custom_fields import Answer
from mobilize.contacts.images import ALWAYS, OVERWRITTEN, read_image
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.ledger import NewConsent
from mobilize.contacts.models import ImportRun
from mobilize.contacts.record_models import CustomValue
from mobilize.contacts.traces import by_import, undo_source
from mobilize.core.bulk import any_id

COLUMNS: Final = (*OVERWRITTEN, *ALWAYS)
_TOGETHER: Final = (
    ("phone", "phone_hash", "sms_confirmed_at"),
    ("province", "fsa", "riding_id", "riding_certainty", "riding_source", "time_zone"),
)
"""Fields that mean something only with each other: one that was changed since keeps them all."""
_FIELDS: Final = (*OVERWRITTEN, "sms_confirmed_at")
_OURS: Final = ("import_id", "row_hash")


def restored_record(
    now_says: Mapping[str, Any], before: str, after: str | None, run: ImportRun
) -> tuple[dict[str, Any], bool]:
    """What a record is to say, and whether all of it is put back."""
    restored = dict(now_says)
    if after is None or now_says["import_id"] != run.id:
        # A later file changed the record, and holds in its own image what this one had made of it.
        return restored, False
    was, made = read_image(before), read_image(after)
    changed = {name for name in _FIELDS if now_says[name] != made[name]}
    for group in _TOGETHER:
        changed |= set(group) if changed & set(group) else set()
    for name in _FIELDS:
        if name not in changed:
            restored[name] = was[name]
    for name in _OURS:
        restored[name] = was[name]
    if now_says["updated_at"] == made["updated_at"]:
        restored["updated_at"] = was["updated_at"]
    return restored, not changed


def standing_grants(session: Session, run: ImportRun, people: Sequence[int]) -> Any:
    """The grants that a file wrote down for people, and that nobody took back yet."""
    taken_back = aliased(ConsentEvent)
    return (
        select(ConsentEvent)
        .outerjoin(
            taken_back,
            (taken_back.contact_id == ConsentEvent.contact_id)
            & (taken_back.retracts_id == ConsentEvent.id),
        )
        .where(
            any_id(session, ConsentEvent.contact_id, people),
            ConsentEvent.action.in_(sorted(GRANTS)),
            by_import(run),
            taken_back.id.is_(None),
        )
        .order_by(ConsentEvent.id)
    )


def withdrawals(session: Session, run: ImportRun, people: Sequence[int]) -> Any:
    """How many withdrawals it brought for them."""
    return select(func.count(ConsentEvent.id)).where(
        any_id(session, ConsentEvent.contact_id, people),
        ConsentEvent.action.in_(sorted(WITHDRAWALS)),
        by_import(run),
    )


def retraction(grant: ConsentEvent, run: ImportRun, actor: str, now: datetime) -> NewConsent:
    """What takes such a grant back."""
    return NewConsent(
        contact_id=grant.contact_id,
        channel=grant.channel,
        organization=grant.organization,
        topic=grant.topic,
        action="retracted",
        retracts_id=grant.id,
        source=undo_source(run),
        actor=actor,
        address_hash=grant.address_hash,
        occurred_at=now,
    )


def earlier_answers(session: Session, run: ImportRun, people: Sequence[int]) -> Iterator[Answer]:
    """What people answered before the file did, where they answered nothing else since."""
    same = tuple_(CustomValue.contact_id, CustomValue.field_id, CustomValue.updated_at)
    rows = session.execute(
        select(ImportAnswer.contact_id, ImportAnswer.field_id, ImportAnswer.before)
        .join(
            CustomValue,
            same == tuple_(ImportAnswer.contact_id, ImportAnswer.field_id, ImportAnswer.at),
        )
        .where(ImportAnswer.import_id == run.id, any_id(session, ImportAnswer.contact_id, people))
    )
    return (Answer(*row) for row in rows)

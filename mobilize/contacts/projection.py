"""What the ledger says now, as a table for set-based questions: `consents`.

It is written in the transaction of the ledger's own rows and can be folded anew at any time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, cast

from sqlalchemy import Table, delete, select, tuple_
from sqlalchemy.orm import Session

from mobilize.contacts.consent import GRANTS, Fact, Key, Standing, project
from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.histories import histories, with_survivors
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.models import Contact
from mobilize.core.bulk import insert_rows
from mobilize.core.db import upsert

_CONSENTS: Final = cast("Table", Consent.__table__)
_KEY: Final = ("contact_id", "channel", "organization", "topic")
_COLUMNS: Final = (*_KEY, "granted", "expires_at", "event_id")
_CHUNK: Final = 1000


class _OfRecord(Fact, Protocol):
    @property
    def contact_id(self) -> int: ...


def project_fresh(session: Session, events: Iterable[_OfRecord]) -> None:
    """Write what follows from the first events of people who have no others."""
    by_record: defaultdict[int, list[Fact]] = defaultdict(list)
    for event in events:
        by_record[event.contact_id].append(event)
    insert_rows(session, _CONSENTS, _COLUMNS, _rows(by_record))


def refresh_projection(session: Session, contact_ids: Collection[int]) -> None:
    """Fold the ledger of these people anew into `consents`.

    Where a record was merged into another, the one that stands for the person follows as well.
    """
    ordered = sorted(contact_ids)
    for start in range(0, len(ordered), _CHUNK):
        ids = sorted(with_survivors(session, ordered[start : start + _CHUNK]))
        # Of two that write about one person at once, the second must see what the first wrote.
        session.execute(
            select(Contact.id)
            .where(Contact.id.in_(ids))
            .order_by(Contact.id)
            .with_for_update(key_share=True)
        )
        rows = _rows(histories(session, ids))
        _remove_others(session, ids, rows)
        upsert(
            session,
            _CONSENTS,
            [dict(zip(_COLUMNS, row, strict=True)) for row in rows],
            key=_KEY,
            update=("granted", "expires_at", "event_id"),
        )


def rebuild_projection(session: Session) -> int:
    """Throw the projection away and fold the whole ledger anew.

    Returns:
        How many people the ledger knows.
    """
    session.execute(delete(Consent))
    people = 0
    after = 0
    while True:
        ids = session.scalars(
            select(ConsentEvent.contact_id)
            .where(ConsentEvent.contact_id > after)
            .distinct()
            .order_by(ConsentEvent.contact_id)
            .limit(_CHUNK)
        ).all()
        if not ids:
            break
        insert_rows(session, _CONSENTS, _COLUMNS, _rows(histories(session, ids)))
        people, after = people + len(ids), ids[-1]
    # Whoever has no events of their own may have those of a record that was merged into theirs.
    refresh_projection(
        session, session.scalars(select(Merge.kept_id).where(Merge.undone_at.is_(None))).all()
    )
    return people


def _rows(by_record: Mapping[int, Sequence[Fact]]) -> list[tuple[Any, ...]]:
    return [
        (contact_id, *key, *standing)
        for contact_id, known in by_record.items()
        for key, standing in _project_one(known).items()
    ]


def _project_one(known: Sequence[Fact]) -> dict[Key, Standing]:
    # Nearly everybody has one event a channel, all grants to everything: nothing to fold.
    if len({fact.channel for fact in known}) == len(known):
        return {
            (fact.channel, fact.organization, fact.topic): Standing(
                fact.action in GRANTS, fact.expires_at, fact.id
            )
            for fact in known
            if fact.action not in {"retracted", "expired", "bounced"}
        }
    return project(known)


def _remove_others(session: Session, ids: Sequence[int], rows: Sequence[tuple[Any, ...]]) -> None:
    """Remove what no event speaks for any more: topics inside a full withdrawal, retractions."""
    standing = session.execute(
        select(Consent.contact_id, Consent.channel, Consent.organization, Consent.topic).where(
            Consent.contact_id.in_(ids)
        )
    )
    gone = {tuple(row) for row in standing} - {row[:4] for row in rows}
    if gone:
        key = tuple_(Consent.contact_id, Consent.channel, Consent.organization, Consent.topic)
        session.execute(delete(Consent).where(key.in_(sorted(gone))))

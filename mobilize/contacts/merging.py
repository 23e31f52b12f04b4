"""Two records of one person become one, and can be parted again.

The record that stands for the person takes over what the other features hold of them, each through
its own hook. The other stays as `merged`, pointing at it, and keeps the address that does not
stand: by it the person is still known. Nothing is sent that neither record would have been sent.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.merge_choices import checked, joined, record_of
from mobilize.contacts.models import Contact
from mobilize.contacts.parting import parted
from mobilize.contacts.projection import refresh_projection
from mobilize.core.db import alone, giving_way
from mobilize.core.errors import Conflict, NotFound
from mobilize.core.personal_data import merge_people, part_people
from mobilize.core.snapshots import from_json, to_json

_CONTACTS: Final = cast("Table", Contact.__table__)
_STATE: Final = ("state", "merged_into_id", "updated_at")


def merge(
    session: Session,
    *,
    kept: Contact,
    merged: Contact,
    actor: str,
    now: datetime,
    choices: Mapping[str, str] | None = None,
) -> Merge:
    """Make one record of two.

    Args:
        session: The session of the transaction.
        kept: The record that stands for the person from now on.
        merged: The other.
        actor: Who does it.
        now: When.
        choices: For each of `merge_choices.GROUPS` in which they differ, `kept` or `merged`.

    Raises:
        InvalidInput: A choice is none.
        Conflict: They are one already, or one of them stands for nobody any more.
        NotReady: Others hold for long what it needs.
    """
    wanted = checked(choices or {})
    alone(session, "merge")
    return giving_way(session, lambda: _merge(session, kept, merged, wanted, actor, now))


def _merge(
    session: Session,
    kept: Contact,
    merged: Contact,
    wanted: Mapping[str, str],
    actor: str,
    now: datetime,
) -> Merge:
    members = _locked(session, kept.id, merged.id)
    for one in (kept, merged):
        if one.state != "active":
            raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if kept.id == merged.id:
        raise Conflict("This is one record already.", hint="Choose two.")
    before = {"kept": record_of(kept), "merged": record_of(merged)}
    result = joined(before["kept"], before["merged"], wanted)
    state = {name: {key: getattr(one, key) for key in _STATE} for name, one in _named(kept, merged)}
    moved = [member.id for member in members if member.merged_into_id == merged.id]
    now_one = {"state": "merged", "merged_into_id": kept.id, "updated_at": now}
    after = {"kept": result.kept, "merged": result.merged}
    # Two records may change addresses: no two have the same one at any moment.
    _write(session, [merged.id], {"email_hash": None})
    _write(session, [kept.id], {**after["kept"], "updated_at": now})
    _write(session, [merged.id], {**after["merged"], **now_one})
    _write(session, moved, {"merged_into_id": kept.id})
    memo = {
        "record": {side: to_json(values) for side, values in before.items()},
        "became": {side: to_json(values) for side, values in after.items()},
        "state": {side: to_json(values) for side, values in state.items()},
        "members": moved,
        "pairs": _settle_pair(session, kept.id, merged.id, actor, now),
        "features": merge_people(session, kept.id, merged.id),
    }
    row = Merge(
        kept_id=kept.id,
        merged_id=merged.id,
        email_side=result.email_side,
        phone_side=result.phone_side,
        ledger_cut=session.scalar(select(func.coalesce(func.max(ConsentEvent.id), 0))),
        before=json.dumps(memo, ensure_ascii=False),
        actor=actor,
        merged_at=now,
    )
    session.add(row)
    session.flush()
    refresh_projection(session, [kept.id, merged.id])
    _note(session, "contact.merge", row, kept, merged, actor, now)
    _forget_loaded(session, kept, merged)
    return row


def undo(session: Session, *, row: Merge, actor: str, now: datetime) -> None:
    """Part two records again, each as it was.

    What happened since to the person stays with the record that stood for them, except what came by
    the other's links. A no that was said since stands for both, and so do wishes to be left alone.

    Raises:
        Conflict: It was undone, the person was erased, a later merge of one of the two stands in
            the way, or somebody else has one of the addresses by now.
        NotReady: Others hold for long what it needs.
    """
    alone(session, "merge")
    giving_way(session, lambda: _undo(session, row, actor, now))


def _undo(session: Session, row: Merge, actor: str, now: datetime) -> None:
    _locked(session, row.kept_id, row.merged_id)
    session.refresh(row)
    if row.undone_at is not None:
        raise Conflict("This merge was undone already.", hint="Go back to the list.")
    kept, merged = session.get_one(Contact, row.kept_id), session.get_one(Contact, row.merged_id)
    if "tombstoned" in {kept.state, merged.state}:
        raise Conflict("This person was erased.", hint="There is nothing left to part.")
    if row.before is None:
        raise Conflict(
            "What the two records said before is no longer kept.",
            hint="Take up the other person anew.",
        )
    _refuse_earlier(session, row)
    memo = json.loads(row.before)
    before, became = (
        {side: from_json(_CONTACTS, values) for side, values in memo[name].items()}
        for name in ("record", "became")
    )
    state = {side: from_json(_CONTACTS, values) for side, values in memo["state"].items()}
    apart = parted(
        before=before,
        became=became,
        current={side: record_of(one) for side, one in _named(kept, merged)},
    )
    _refuse_taken(session, row, apart)
    untouched = {side: one.updated_at == row.merged_at for side, one in _named(kept, merged)}
    row.undone_at, row.undone_by, row.before = now, actor, None
    session.flush()
    _write(session, [merged.id], {"email_hash": None})
    _write(session, [kept.id], apart["kept"])
    _write(session, [merged.id], apart["merged"] | {"state": "active", "merged_into_id": None})
    for side, one in _named(kept, merged):
        changed = state[side]["updated_at"] if untouched[side] else now
        _write(session, [one.id], {"updated_at": changed})
    _write(session, memo["members"], {"merged_into_id": merged.id})
    part_people(session, kept.id, merged.id, memo["features"])
    _restore_pairs(session, memo["pairs"])
    refresh_projection(session, [kept.id, merged.id])
    _note(session, "contact.unmerge", row, kept, merged, actor, now)
    _forget_loaded(session, kept, merged)


def merge_by_public_id(session: Session, public_id: str) -> Merge:
    """The merge that the outside knows by that id.

    Raises:
        NotFound: There is none.
    """
    row = session.scalar(select(Merge).where(Merge.public_id == public_id))
    if row is None:
        raise NotFound("There is no such merge.")
    return row


def merges_of(session: Session, contact_id: int) -> Sequence[Merge]:
    """The merges that a record took part in, the latest first, undone ones too."""
    return session.scalars(
        select(Merge)
        .where(or_(Merge.kept_id == contact_id, Merge.merged_id == contact_id))
        .order_by(Merge.id.desc())
    ).all()


def standing_merges(session: Session, contact_id: int) -> list[tuple[Merge, Contact]]:
    """What was merged into a record and can be parted again, the latest first."""
    rows = session.execute(
        select(Merge, Contact)
        .join(Contact, Contact.id == Merge.merged_id)
        .where(Merge.kept_id == contact_id, Merge.undone_at.is_(None))
        .order_by(Merge.id.desc())
    )
    return [(row, other) for row, other in rows]


def _named(kept: Contact, merged: Contact) -> tuple[tuple[str, Contact], tuple[str, Contact]]:
    return ("kept", kept), ("merged", merged)


def _locked(session: Session, *ids: int) -> Sequence[Contact]:
    """The records and those behind them, as they are now, held until the transaction ends.

    Nobody's consents are folded meanwhile (`projection`), so no event of theirs comes in between.
    One merge at a time: of a chain of them the second must see which records the first let point
    where. What an event of a provider locks, messages and then their people, a merge locks the
    other way round; so it gives way.
    """
    return session.scalars(
        select(Contact)
        .where(or_(Contact.id.in_(ids), Contact.merged_into_id.in_(ids)))
        .order_by(Contact.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _write(session: Session, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    session.execute(
        update(Contact)
        .where(Contact.id.in_(ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _settle_pair(
    session: Session, kept_id: int, merged_id: int, actor: str, now: datetime
) -> list[dict[str, Any]]:
    first, second = sorted((kept_id, merged_id))
    pair = session.scalar(
        select(DuplicatePair).where(
            DuplicatePair.first_id == first, DuplicatePair.second_id == second
        )
    )
    if pair is None:
        return []
    names = ("state", "decided_at", "decided_by")
    was = to_json({"id": pair.id, **{name: getattr(pair, name) for name in names}})
    pair.state, pair.decided_at, pair.decided_by = "merged", now, actor
    session.flush()
    return [was]


def _restore_pairs(session: Session, pairs: Sequence[Mapping[str, Any]]) -> None:
    for was in pairs:
        values = from_json(cast("Table", DuplicatePair.__table__), was)
        session.execute(
            update(DuplicatePair).where(DuplicatePair.id == values.pop("id")).values(**values)
        )


def _refuse_earlier(session: Session, row: Merge) -> None:
    both = (row.kept_id, row.merged_id)
    later = session.scalar(
        select(Merge.public_id)
        .where(
            Merge.id > row.id,
            Merge.undone_at.is_(None),
            or_(Merge.kept_id.in_(both), Merge.merged_id.in_(both)),
        )
        .limit(1)
    )
    if later is not None:
        raise Conflict(
            "One of these records was merged again later.", hint="Undo the latest merge first."
        )


def _refuse_taken(session: Session, row: Merge, apart: Mapping[str, Mapping[str, Any]]) -> None:
    wanted = [values["email_hash"] for values in apart.values() if values["email_hash"]]
    taken = session.scalar(
        select(Contact.public_id)
        .where(Contact.email_hash.in_(wanted), Contact.id.not_in((row.kept_id, row.merged_id)))
        .limit(1)
    )
    if taken is not None:
        raise Conflict(
            "Another record has one of these email addresses by now.",
            hint="Merge that record or change its address first.",
        )


def _note(
    session: Session,
    action: str,
    row: Merge,
    kept: Contact,
    merged: Contact,
    actor: str,
    now: datetime,
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=action,
        subject_kind="contact",
        subject_id=kept.public_id,
        facts={"merge": row.public_id, "other": merged.public_id},
    )


def _forget_loaded(session: Session, *people: Contact) -> None:
    """Statements went past what is loaded: it is read anew."""
    for one in people:
        session.refresh(one)

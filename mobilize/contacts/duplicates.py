"""Looking for records that may be one person's: only at who changed, in a few statements for many.

What is found waits as a pair with its reasons until an organizer decides. A pair that was said to
be two people stays two people. Erased people are in no pair.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Table, delete, func, or_, select
from sqlalchemy.orm import Session

from mobilize.contacts.groups import STANDING
from mobilize.contacts.identity_models import DuplicatePair, MatchKey, MatchScan
from mobilize.contacts.likeness import Match, Traits, match
from mobilize.contacts.match_keys import keys_of, mailbox, most
from mobilize.contacts.models import Contact
from mobilize.core.bulk import any_hash, any_id, insert_rows
from mobilize.core.columns import keyring_of_session, new_public_id
from mobilize.core.db import alone, upsert

CHUNK: Final = 1000
LARGEST_HOME: Final = 8
"""How many may share a number and still be compared whatever their names sound like."""

_OVERLAP: Final = timedelta(minutes=10)
"""A change is written with the moment at which its transaction began, and seen when it ended."""

_KEYS: Final = cast("Table", MatchKey.__table__)
_PAIRS: Final = cast("Table", DuplicatePair.__table__)
_PAIR_COLUMNS: Final = ("public_id", "first_id", "second_id", "reasons", "score", "state",
                        "found_at")  # fmt: skip

Pair = tuple[int, int]


class _Record(NamedTuple):
    id: int
    person: int
    """The record that stands for the person."""
    traits: Traits


def look(session: Session, *, contact_ids: Collection[int], now: datetime) -> int:
    """Look for the duplicates of some records, a thousand at most.

    Returns:
        How many pairs are new.
    """
    # Of a person with several records all are looked at: what one says may fit where others do not.
    concerned = select(STANDING).where(any_id(session, Contact.id, contact_ids))
    records = _records(session, STANDING.in_(concerned))
    if not records:
        return 0
    shared = _keep_keys(session, records)
    candidates = _meeting(session, records, shared) | _at_home(session, records)
    others = {one for pair in candidates for one in pair} - records.keys()
    known = records | (_records(session, any_id(session, Contact.id, others)) if others else {})
    found: dict[Pair, Match] = {}
    for first, second in candidates:
        one, other = known.get(first), known.get(second)
        if one is None or other is None or one.person == other.person:
            continue
        likely = match(one.traits, other.traits)
        if likely is not None:
            pair = (min(one.person, other.person), max(one.person, other.person))
            found[pair] = max(likely, found.get(pair, likely), key=lambda each: each.score)
    return _keep_pairs(session, {one.person for one in records.values()}, found, now)


def advance(session: Session, *, now: datetime) -> int | None:
    """Look at the next thousand of those who changed since the last round.

    Returns:
        How many were looked at; None where the round is over.
    """
    alone(session, "match-scan")
    scan = session.get(MatchScan, 1)
    if scan is None:
        scan = MatchScan(id=1, after_id=0, since=None, began_at=now)
        session.add(scan)
    elif scan.finished_at is not None:
        since = scan.began_at - _OVERLAP
        scan.after_id, scan.since, scan.began_at, scan.finished_at = 0, since, now, None
    wanted = select(Contact.id).where(Contact.id > scan.after_id, Contact.state != "tombstoned")
    if scan.since is not None:
        wanted = wanted.where(Contact.updated_at >= scan.since)
    ids = session.scalars(wanted.order_by(Contact.id).limit(CHUNK)).all()
    if not ids:
        scan.finished_at = now
        return None
    look(session, contact_ids=ids, now=now)
    scan.after_id = ids[-1]
    return len(ids)


def _records(session: Session, where: Any) -> dict[int, _Record]:
    keyring = keyring_of_session(session)
    rows = session.execute(
        select(
            Contact.id, STANDING, Contact.given_name, Contact.family_name, Contact.email,
            Contact.phone_hash, Contact.fsa, Contact.riding_id,
        ).where(where, Contact.state != "tombstoned")
    )  # fmt: skip
    found = {}
    for contact_id, person, given, family, email, phone, area, riding_id in rows:
        box = mailbox(email)
        traits = Traits(
            given_name=given,
            family_name=family,
            mailbox=keyring.index("mailbox", box) if box else None,
            phone=phone,
            area=area,
            riding_id=riding_id,
        )
        found[contact_id] = _Record(contact_id, person, traits)
    return found


def _keep_keys(session: Session, records: Mapping[int, _Record]) -> set[int]:
    keyring = keyring_of_session(session)
    rows = [
        (key, one.id) for one in records.values() for key in sorted(keys_of(one.traits, keyring))
    ]
    session.execute(delete(MatchKey).where(any_id(session, MatchKey.contact_id, records)))
    insert_rows(session, _KEYS, ("key", "contact_id"), rows)
    return {key for key, _ in rows}


def _meeting(session: Session, records: Mapping[int, _Record], keys: Collection[int]) -> set[Pair]:
    """The pairs that share a key which few share."""
    sizes = session.execute(
        select(MatchKey.key, func.count())
        .where(any_id(session, MatchKey.key, keys))
        .group_by(MatchKey.key)
        .having(func.count() > 1)
    )
    telling = [key for key, size in sizes if size <= most(key)]
    if not telling:
        return set()
    rows = session.execute(
        select(MatchKey.key, MatchKey.contact_id).where(any_id(session, MatchKey.key, telling))
    )
    return _pairs(rows, records)


def _at_home(session: Session, records: Mapping[int, _Record]) -> set[Pair]:
    """The pairs that share a number with few others, however their names are spelt."""
    phones = {one.traits.phone for one in records.values() if one.traits.phone is not None}
    homes = session.scalars(
        select(Contact.phone_hash)
        .where(any_hash(session, Contact.phone_hash, phones), Contact.state != "tombstoned")
        .group_by(Contact.phone_hash)
        .having(func.count().between(2, LARGEST_HOME))
    ).all()
    if not homes:
        return set()
    rows = session.execute(
        select(Contact.phone_hash, Contact.id).where(
            any_hash(session, Contact.phone_hash, [one for one in homes if one is not None]),
            Contact.state != "tombstoned",
        )
    )
    return _pairs(rows, records)


def _pairs(rows: Iterable[Any], records: Mapping[int, _Record]) -> set[Pair]:
    """The pairs inside each block of which at least one is looked at."""
    blocks: defaultdict[Any, list[int]] = defaultdict(list)
    for key, contact_id in rows:
        blocks[key].append(contact_id)
    return {
        (first, second)
        for members in blocks.values()
        for first, second in combinations(sorted(members), 2)
        if first in records or second in records
    }


def _keep_pairs(
    session: Session, people: Collection[int], found: Mapping[Pair, Match], now: datetime
) -> int:
    touching = or_(
        any_id(session, DuplicatePair.first_id, people),
        any_id(session, DuplicatePair.second_id, people),
    )
    known = {
        (one.first_id, one.second_id): one
        for one in session.scalars(select(DuplicatePair).where(touching))
    }
    over = [one.id for pair, one in known.items() if one.state == "open" and pair not in found]
    if over:
        session.execute(delete(DuplicatePair).where(any_id(session, DuplicatePair.id, over)))
    open_or_new = {
        pair: likely
        for pair, likely in sorted(found.items())
        if pair not in known or known[pair].state == "open"
    }
    rows = [
        (new_public_id(), *pair, list(likely.reasons), likely.score, "open", now)
        for pair, likely in open_or_new.items()
    ]
    upsert(
        session,
        _PAIRS,
        [dict(zip(_PAIR_COLUMNS, row, strict=True)) for row in rows],
        key=("first_id", "second_id"),
        update=("reasons", "score"),
    )
    return len(found.keys() - known.keys())

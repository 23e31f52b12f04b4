"""Looking for records that may be one person's: only at who changed, in a few statements for many.

What is found waits as a pair with its reasons until an organizer decides. A pair that was said to
be two people stays two people. Erased people are in no pair.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final, cast

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
from mobilize.core.keys import Keyring

CHUNK: Final = 1000
LARGEST_HOME: Final = 8
"""How many may share a number and still be compared whatever their names sound like."""

_OVERLAP: Final = timedelta(minutes=10)
"""A change is written with the moment at which its transaction began, and seen when it ended."""

_KEYS: Final = cast("Table", MatchKey.__table__)
_PAIRS: Final = cast("Table", DuplicatePair.__table__)
_PAIR_COLUMNS: Final = ("public_id", "first_id", "second_id", "reasons", "score", "state",
                        "found_at")  # fmt: skip

_ROUND: Final = timedelta(minutes=5)

Pair = tuple[int, int]


class _People:
    """Records with what is compared of them, and of the person that each is of."""

    def __init__(self, rows: Iterable[Any], keyring: Keyring) -> None:
        self.standing: dict[int, int] = {}
        """For each record the one that stands for the person."""
        self.own: dict[int, Traits] = {}
        """By record."""
        self.whole: dict[int, Traits] = {}
        """By person, all their records together."""
        for contact_id, standing, *said in rows:
            traits = _traits(keyring, *said)
            self.standing[contact_id] = standing
            self.own[contact_id] = traits
            self.whole[standing] = self.whole.get(standing, Traits()) | traits


def look(session: Session, *, contact_ids: Collection[int], now: datetime) -> int:
    """Look for the duplicates of some records, a thousand at most.

    Returns:
        How many pairs are new.
    """
    people = _people(session, contact_ids)
    if not people.own:
        return 0
    shared = _keep_keys(session, people.own)
    candidates = _meeting(session, people.own, shared) | _at_home(session, people.own)
    others = _people(session, {one for pair in candidates for one in pair} - people.own.keys())
    standing, whole = people.standing | others.standing, people.whole | others.whole
    found: dict[Pair, Match] = {}
    for pair in {_ordered(standing, *pair) for pair in candidates if set(pair) <= standing.keys()}:
        first, second = pair
        likely = match(whole[first], whole[second]) if first != second else None
        if likely is not None:
            found[pair] = likely
    return _keep_pairs(session, people.whole.keys(), found, now)


def advance(session: Session, *, now: datetime, at_once: bool = False) -> int | None:
    """Look at the next thousand of those who changed since the last round.

    Args:
        session: The session of the transaction.
        now: The moment.
        at_once: Begin a round even if nobody seems to have changed since the last one.

    Returns:
        How many were looked at; None where the round is over, or none is due.
    """
    alone(session, "match-scan")
    scan = session.get(MatchScan, 1)
    if scan is None:
        scan = MatchScan(id=1, after_id=0, since=None, began_at=now)
        session.add(scan)
    elif scan.finished_at is not None:
        if not (at_once or _is_due(session, scan, now)):
            return None
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


def _is_due(session: Session, scan: MatchScan, now: datetime) -> bool:
    """Whether somebody changed since the last round, or may have while it went."""
    changed = select(Contact.id).where(Contact.updated_at > scan.began_at).limit(1)
    return now - scan.began_at >= _ROUND or session.scalar(changed) is not None


def _people(session: Session, contact_ids: Collection[int]) -> _People:
    """Records, with those that are the same people's: what one says may fit where others do not."""
    keyring = keyring_of_session(session)
    if not contact_ids:
        return _People((), keyring)
    roots = session.scalars(select(STANDING).where(any_id(session, Contact.id, contact_ids))).all()
    of_them = or_(
        any_id(session, Contact.id, roots), any_id(session, Contact.merged_into_id, roots)
    )
    rows = session.execute(
        select(
            Contact.id, STANDING, Contact.given_name, Contact.family_name, Contact.email,
            Contact.phone_hash, Contact.fsa, Contact.riding_id,
        ).where(of_them, Contact.state != "tombstoned")
    )  # fmt: skip
    return _People(rows, keyring)


def _traits(
    keyring: Keyring,
    given_name: str,
    family_name: str,
    email: str | None,
    phone: bytes | None,
    area: str | None,
    riding_id: int | None,
) -> Traits:
    box = mailbox(email)
    return Traits(
        names=frozenset({(given_name, family_name)} if given_name or family_name else ()),
        mailboxes=frozenset({keyring.index("mailbox", box)} if box else ()),
        phones=frozenset({phone} if phone else ()),
        areas=frozenset({area} if area else ()),
        ridings=frozenset({riding_id} if riding_id else ()),
    )


def _ordered(standing: Mapping[int, int], one: int, other: int) -> Pair:
    first, second = sorted((standing[one], standing[other]))
    return first, second


def _keep_keys(session: Session, records: Mapping[int, Traits]) -> set[int]:
    keyring = keyring_of_session(session)
    rows = [
        (key, contact_id)
        for contact_id, traits in records.items()
        for key in sorted(keys_of(traits, keyring))
    ]
    session.execute(
        delete(MatchKey)
        .where(any_id(session, MatchKey.contact_id, records))
        .execution_options(synchronize_session=False)
    )
    insert_rows(session, _KEYS, ("key", "contact_id"), rows)
    return {key for key, _ in rows}


def _meeting(session: Session, records: Mapping[int, Traits], keys: Collection[int]) -> set[Pair]:
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


def _at_home(session: Session, records: Mapping[int, Traits]) -> set[Pair]:
    """The pairs that share a number with few others, however their names are spelt."""
    phones = {phone for traits in records.values() for phone in traits.phones}
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


def _pairs(rows: Iterable[Any], records: Mapping[int, Traits]) -> set[Pair]:
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

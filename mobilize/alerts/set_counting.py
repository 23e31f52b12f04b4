"""Counting an audience from kept sets: bits of four thousand people at a time, on PostgreSQL.

Each simple rule is a string of bits for each block of people; "and", "or" and "not" are said of
the strings, and the bits that are left are counted. Bits come from kept sets where these are true,
else, and for what no sets are kept of, from the tables themselves: the answer is the same.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from mobilize.alerts.conditions import Rows
from mobilize.alerts.planning import planned_for_sets
from mobilize.alerts.resolving import Resolved
from mobilize.alerts.rules import Leaf, Rule, leaves_of
from mobilize.alerts.set_models import BLOCK, SHIFT, PeopleBlock, PeopleMark, PeopleSet
from mobilize.alerts.set_names import (
    CONSENTS,
    EVERYBODY,
    PEOPLE,
    Source,
    family_of,
    mailings_of,
    sources_of,
    who_left,
)
from mobilize.contacts.models import Contact
from mobilize.messaging.models import Mailing

Blocks = frozenset[int]
Span = tuple[int, int]
"""From a block to another, both of them in it."""
_Bits = ColumnElement[Any]

_NOBODY: Final[_Bits] = literal_column(f"repeat('0', {BLOCK})::bit({BLOCK})")
_EVERYBODY: Final[_Bits] = _NOBODY.bitwise_not()
_PARTS: Final = 4
"""What is not kept is read by as many processes as there are parts, at most."""
_SPANS: Final = 4
"""Each span of stale blocks in a part is a statement to plan; near ones are read as one."""
_ATTEMPTS: Final = 3
"""How often it is counted anew where sets became stale meanwhile."""
_SMALLEST: Final = 30
"""Fewer blocks than this to a part are not worth the planning."""


class _Part(NamedTuple):
    """Blocks from the first to the last, and those of each family whose sets are true."""

    first: int
    last: int
    fresh: Mapping[str, Blocks]

    def stale(self, families: Sequence[str]) -> list[Span]:
        """Few spans that hold every block of which a family has no true sets, and maybe others."""
        if not families:
            return [(self.first, self.last)]
        blocks = frozenset.intersection(*(self.fresh.get(one, Blocks()) for one in families))
        return few_spans([one for one in range(self.first, self.last + 1) if one not in blocks])


def counted_from_sets(session: Session, tree: Rule, known: Resolved) -> int | None:
    """How many people a tree means; None where sets are not kept, or most of them are stale.

    Args:
        session: The session.
        tree: The rules.
        known: What they name.
    """
    if session.get_bind().dialect.name != "postgresql":
        return None
    leaves = leaves_of(tree)
    mailings = {one for leaf in leaves for one in mailings_of(leaf, known)}
    families = [PEOPLE, CONSENTS, *map(family_of, mailings)]
    fresh = fresh_blocks(session, families, now=known.now)
    for _ in range(_ATTEMPTS):
        blocks = last_block(session) + 1
        if 2 * len(fresh.get(PEOPLE, ())) < blocks:
            return None
        count = _count(session, tree, known, fresh, blocks)
        before, fresh = fresh, fresh_blocks(session, families, now=known.now)
        # A set may have become stale while it was counted from; the tables say otherwise by then.
        if all(kept <= fresh.get(family, Blocks()) for family, kept in before.items()):
            return count
    return None


def _count(
    session: Session, tree: Rule, known: Resolved, fresh: Mapping[str, Blocks], blocks: int
) -> int:
    number = min(_PARTS, max(1, blocks // _SMALLEST))
    counts = union_all(
        *(
            _Counting(
                known, _Part(blocks * each // number, blocks * (each + 1) // number - 1, fresh)
            ).count_of(tree)
            for each in range(number)
        )
    ).subquery("counts")
    with planned_for_sets(session):
        return int(session.scalar(select(func.sum(counts.c.people))) or 0)


def last_block(session: Session) -> int:
    """The last block that has people in it."""
    return (session.scalar(select(func.max(Contact.id))) or 0) >> SHIFT


def fresh_blocks(
    session: Session, families: Collection[str], *, now: datetime
) -> dict[str, Blocks]:
    """For each family those blocks whose sets are true at an instant."""
    marked = select(PeopleMark.id).where(
        PeopleMark.family == PeopleBlock.family, PeopleMark.block == PeopleBlock.block
    )
    as_it_ended = select(Mailing.id).where(
        Mailing.id == PeopleBlock.mailing_id, Mailing.finished_at == PeopleBlock.since
    )
    found = session.execute(
        select(PeopleBlock.family, func.array_agg(PeopleBlock.block, type_=ARRAY(Integer)))
        .where(
            PeopleBlock.family.in_(families),
            PeopleBlock.since <= now,
            or_(PeopleBlock.until.is_(None), PeopleBlock.until > now),
            or_(PeopleBlock.mailing_id.is_(None), as_it_ended.exists()),
            ~marked.exists(),
        )
        .group_by(PeopleBlock.family)
    )
    return {family: frozenset(blocks) for family, blocks in found}


def gathered(asked: ColumnElement[bool] | Rows) -> tuple[Any, ColumnElement[bool], _Bits]:
    """The column with the contact's key, which rows, and the aggregate that gathers their bits."""
    key, those = (
        (asked.contact, asked.those)
        if isinstance(asked, Rows)
        else (Contact.id, and_(Contact.state == "active", asked))
    )
    return key, those, func.gathered_bits(cast(key.bitwise_and(BLOCK - 1), Integer), 1)


def in_block(key: Any, block: ColumnElement[int]) -> ColumnElement[bool]:
    """That a contact's key lies in a block."""
    first = cast(block, BigInteger) * BLOCK
    return and_(key >= first, key < first + BLOCK)


def listed(blocks: Sequence[int]) -> Subquery:
    """Some blocks as rows with the column `block`."""
    numbers = bindparam(None, list(blocks), type_=ARRAY(Integer), unique=True)
    return select(func.unnest(numbers).column_valued("block")).subquery()


def few_spans(blocks: Sequence[int], most: int = _SPANS) -> list[Span]:
    """Spans that hold all of some ascending blocks, and as few others as so many spans can."""
    if not blocks:
        return []
    gaps = sorted(range(1, len(blocks)), key=lambda at: blocks[at - 1] - blocks[at])
    ends = sorted(at for at in gaps[: most - 1] if blocks[at] - blocks[at - 1] > 1)
    starts = [0, *ends]
    return [
        (blocks[start], blocks[end - 1])
        for start, end in zip(starts, [*ends, len(blocks)], strict=True)
    ]


class _Counting:
    """Puts the statement of one part together: its blocks, and each rule's bits beside them."""

    def __init__(self, known: Resolved, part: _Part) -> None:
        self._known = known
        self._part = part
        numbers = func.generate_series(part.first, part.last).column_valued("block")
        self._blocks = select(numbers).subquery()
        self._joined: Any = self._blocks

    def count_of(self, tree: Rule) -> Select[Any]:
        bits = _all((self._from([EVERYBODY]), self._of(tree)))
        people = func.coalesce(func.sum(func.bit_count(bits)), 0).label("people")
        return select(people).select_from(self._joined)

    def _of(self, rule: Rule) -> _Bits:
        if not isinstance(rule, Leaf):
            parts = [self._of(one) for one in rule.rules]
            return _all(parts) if rule.every else _any(parts)
        if rule.name == "topic":
            bits = _all([self._from([one]) for one in who_left(rule)])
            return bits if rule.negated else bits.bitwise_not()
        bits = self._from(sources_of(rule, self._known, kept=self._part.fresh.keys()))
        return bits.bitwise_not() if rule.negated else bits

    def _from(self, sources: Sequence[Source]) -> _Bits:
        return _any([bits for source in sources for bits in self._of_source(source)])

    def _of_source(self, source: Source) -> list[_Bits]:
        part = self._part
        spans = part.stale(source.families)
        pieces: list[Select[Any] | Select[int, Any]] = [_read(source, span) for span in spans]
        if source.names and spans != [(part.first, part.last)]:
            pieces.append(_kept(source, part, spans))
        return [self._beside(one) for one in pieces]

    def _beside(self, sets: Select[Any] | Select[int, Any]) -> _Bits:
        found = sets.subquery()
        self._joined = self._joined.outerjoin(found, found.c.block == self._blocks.c.block)
        return func.coalesce(found.c.bits, _NOBODY)


def _all(parts: Sequence[_Bits]) -> _Bits:
    return reduce(lambda one, other: one.bitwise_and(other), parts) if parts else _EVERYBODY


def _any(parts: Sequence[_Bits]) -> _Bits:
    return reduce(lambda one, other: one.bitwise_or(other), parts) if parts else _NOBODY


def _kept(source: Source, part: _Part, without: Sequence[Span]) -> Select[Any]:
    """What the kept sets say of the part's blocks."""
    return (
        select(PeopleSet.block, func.bit_or(PeopleSet.bits).label("bits"))
        .where(
            PeopleSet.family.in_(source.families),
            PeopleSet.name.in_(source.names),
            PeopleSet.block.between(part.first, part.last),
            *(~PeopleSet.block.between(first, last) for first, last in without),
        )
        .group_by(PeopleSet.block)
    )


def _read(source: Source, span: Span) -> Select[int, Any]:
    """The same of some blocks, from the tables themselves."""
    key, those, bits = gathered(source.asked)
    first, last = span[0] * BLOCK, (span[1] + 1) * BLOCK - 1
    block = cast(key // BLOCK, Integer).label("block")
    return select(block, bits.label("bits")).where(those, key.between(first, last)).group_by(block)

"""Keeping sets of people true: those of blocks in which something was written are made anew.

What is written marks its block in the same transaction. Here the marks go first and the sets are
made after, each by a statement of its own: whatever a deleted mark stood for is seen, and what is
written meanwhile leaves a mark that stays.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Text,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from mobilize.alerts.conditions import Rows, accepted_of, standing
from mobilize.alerts.planning import planned_for_sets
from mobilize.alerts.set_counting import fresh_blocks, gathered, in_block, last_block, listed
from mobilize.alerts.set_models import PeopleBlock, PeopleMark, PeopleSet
from mobilize.alerts.set_names import (
    ACCEPTED,
    ACTIVE,
    COLUMNS,
    CONSENTS,
    PEOPLE,
    family_of,
    named,
)
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.models import Contact
from mobilize.core.db import alone
from mobilize.messaging.models import Mailing, Message

FEWEST: Final = 10_000
"""A list with fewer people than this is counted as it is, and so is a mailing."""
BATCH: Final = 50
"""Blocks that are made at once: about a second of the database's time."""


def keep_sets(session: Session, *, now: datetime, limit: int = BATCH, fewest: int = FEWEST) -> int:
    """Make sets of blocks that have none, or stale ones.

    Args:
        session: The session of the transaction.
        now: The instant at which consents are looked at.
        limit: How many blocks at most, of all families together.
        fewest: How many people a list, or a mailing, must have.

    Returns:
        How many were made: call again while it is as many as the limit.
    """
    if session.get_bind().dialect.name != "postgresql":
        return 0
    alone(session, "people-sets")
    made_before = select(PeopleBlock.block).where(
        PeopleBlock.family == PeopleMark.family, PeopleBlock.block == PeopleMark.block
    )
    session.execute(delete(PeopleMark).where(~made_before.exists()))
    if not session.scalar(select(Contact.id).order_by(Contact.id).offset(fewest).limit(1)):
        return 0
    mailings = _finished(session, now, fewest)
    families = [PEOPLE, CONSENTS, *mailings]
    fresh = fresh_blocks(session, families, now=now)
    every = range(last_block(session) + 1)
    made = 0
    with planned_for_sets(session):
        for family in families:
            stale = [one for one in every if one not in fresh.get(family, ())][: limit - made]
            if stale:
                _make(session, family, mailings.get(family), stale, now)
                made += len(stale)
    return made


def _finished(session: Session, now: datetime, fewest: int) -> dict[str, Mailing]:
    """The mailings whose messages all have an answer, by family.

    What finished at this very instant waits: an answer that comes late says when by a later one.
    """
    many = (
        select(Message.id)
        .where(Message.mailing_id == Mailing.id, Message.contact_id.is_not(None))
        .order_by(Message.contact_id)
        .offset(fewest)
        .limit(1)
    )
    kept = select(PeopleBlock.block).where(PeopleBlock.mailing_id == Mailing.id)
    found = session.scalars(
        select(Mailing).where(Mailing.finished_at < now, or_(kept.exists(), many.exists()))
    )
    return {family_of(mailing.id): mailing for mailing in found}


def _make(
    session: Session, family: str, mailing: Mailing | None, stale: Sequence[int], now: datetime
) -> None:
    for table in (PeopleMark, PeopleSet, PeopleBlock):
        session.execute(
            delete(table)
            .where(table.family == family, table.block.in_(stale))
            .execution_options(synchronize_session=False)
        )
    blocks = listed(stale)
    session.execute(
        insert(PeopleSet).from_select(
            ["family", "name", "block", "bits"], _sets_of(family, mailing, blocks, now)
        )
    )
    made = select(
        literal(family),
        blocks.c.block,
        literal(mailing.id if mailing else None, BigInteger),
        literal(mailing.finished_at if mailing else now, PeopleBlock.since.type),
        _first_end(blocks.c.block, now) if family == CONSENTS else null(),
    )
    session.execute(
        insert(PeopleBlock).from_select(["family", "block", "mailing_id", "since", "until"], made)
    )


def _first_end(block: ColumnElement[int], now: datetime) -> ColumnElement[Any]:
    """When the first of the consents ends that hold now."""
    holds = standing(now)
    return (
        select(func.min(Consent.expires_at))
        .where(holds.those, in_block(Consent.contact_id, block))
        .scalar_subquery()
    )


def _sets_of(family: str, mailing: Mailing | None, blocks: Subquery, now: datetime) -> Select[Any]:
    """All sets of a family in some blocks: family, name, block, bits."""
    block = blocks.c.block
    name: ColumnElement[Any]
    asked: Rows | ColumnElement[bool] = true()
    if mailing is not None:
        name, asked = literal(ACCEPTED), accepted_of((mailing.id,))
    elif family == CONSENTS:
        name, asked = literal(named("consent", "")) + Consent.channel, standing(now)
    else:
        values = (literal(named(what, "")) + cast(one, Text) for what, one in COLUMNS.items())
        # What somebody has no value of has no name.
        each = func.unnest(array([literal(ACTIVE), *values]))
        name = each.column_valued("name", joins_implicitly=True)
        asked = name.is_not(None)
    key, those, bits = gathered(asked)
    return (
        select(literal(family), name.label("set_name"), block, bits)
        .select_from(blocks)
        .join(key.class_, in_block(key, block))
        .where(those)
        .group_by("set_name", block)
        # A count reads many blocks of few sets: those of one lie beside each other.
        .order_by("set_name", block)
    )

"""From a postal code to ridings by everything that is known of it, in the order of trust.

The supporter's own confirmed choice → a licensed table's unique link → the offline table, with what
Represent said of the code before → Represent itself, where that is switched on and doubt is left.
What Represent said stands behind the licensed table although it is at hand: a table that was loaded
since is the better source. Represent never makes an answer *confirmed*, and never takes away the
doubt over an area that lies in several ridings; where it contradicts the table, the supporter is
asked. Whatever goes wrong on the way, the answer of our own tables stands.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, cast

import structlog
from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mobilize.core.columns import keyring_of_session
from mobilize.core.db import insert_once
from mobilize.core.outages import is_outage
from mobilize.mps import represent, resting
from mobilize.mps.lookup import ORDER, Answer, Candidate, is_possible, resolve
from mobilize.mps.models import RepresentationOrder, Riding
from mobilize.mps.postal import PostalProblem, read_postal_code
from mobilize.mps.postal_models import LicensedCode, OutsideSource, PostalAnswer, PostalQuestion
from mobilize.mps.queries import riding_ids
from mobilize.mps.resting import Health
from mobilize.runtime import Runtime
from mobilize.settings import Lookup

log = structlog.stdlib.get_logger(__name__)

REPRESENT: Final = "represent"
_PURPOSE: Final = "postal-code"
_AGAIN_AFTER: Final = timedelta(minutes=10)
"""A question without an answer is asked again no sooner: its asker failed, or died."""

Rows = Sequence[Candidate]


class Known(NamedTuple):
    """What our own database says of a code.

    Attributes:
        licensed: The licensed table's ridings, the heaviest first.
        is_unique: Whether that table says that it is this riding alone.
        outside: What Represent said; None where it was not asked, or did not answer.
        fetched_at: When it said so.
    """

    licensed: Rows = ()
    is_unique: bool = False
    outside: Rows | None = None
    fetched_at: datetime | None = None


def find(parts: Runtime, typed: str, *, confirmed: str | None = None) -> Answer:
    """Say in which riding a postal code lies. No transaction may be open: it may ask Represent.

    Args:
        parts: The installation.
        typed: The code as typed.
        confirmed: The riding that the supporter confirmed as theirs before, if any.
    """
    table, code = resolve(typed), read_postal_code(typed)
    if isinstance(code, PostalProblem) or confirmed is not None:
        return weigh(table, Known(), confirmed=confirmed)
    with parts.db.read() as session:
        known = known_of(session, code.code)
    answer = weigh(table, known)
    settings = parts.settings.lookup
    is_settled = answer.certainty in {"confirmed", "likely"} or known.licensed
    if is_settled or not settings.represent or _is_fresh(known, parts.machine.now(), settings):
        return answer
    outside = _ask_once(parts, code.code)
    return answer if outside is None else weigh(table, known._replace(outside=outside))


def weigh(table: Answer, known: Known, *, confirmed: str | None = None) -> Answer:
    """Join what the sources say into one answer, and say how sure it is.

    Args:
        table: The offline table's answer.
        known: What the other sources say.
        confirmed: The supporter's own choice.
    """
    if confirmed is not None:
        return Answer("confirmed", (Candidate(confirmed, 1.0),), table.fsa, "own_choice")
    if known.licensed:
        if known.is_unique and len(known.licensed) == 1:
            return Answer("confirmed", tuple(known.licensed), table.fsa, "licensed")
        return Answer("tentative", tuple(known.licensed), table.fsa, "several_ridings")
    fsa = table.fsa
    outside = [one for one in known.outside or () if fsa and is_possible(fsa, one.code)]
    if not outside:
        return table
    named = {one.code for one in outside}
    listed = {one.code: one for one in table.candidates}
    first = tuple(listed.get(one.code, one) for one in outside)
    candidates = (*first, *(one for one in table.candidates if one.code not in named))
    if named == set(listed) and len(named) == 1 and table.reason != "rural":
        return Answer("likely", candidates, fsa, "second_source")
    differs = table.best is not None and table.best.code not in named
    return Answer("tentative", candidates, fsa, "sources_differ" if differs else table.reason)


def known_of(session: Session, code: str) -> Known:
    """What the licensed table and earlier answers say of a code.

    Args:
        session: The session.
        code: Six characters, upper case.
    """
    licensed = session.execute(
        select(Riding.code, LicensedCode.weight, LicensedCode.is_unique)
        .join(LicensedCode, LicensedCode.riding_id == Riding.id)
        .join(RepresentationOrder, RepresentationOrder.id == LicensedCode.order_id)
        .where(LicensedCode.code == code, RepresentationOrder.code == ORDER)
        .order_by(LicensedCode.weight.desc(), Riding.code)
    ).all()
    question = session.scalar(_question(_digest(session, code)))
    rows: Rows | None = None
    if question is not None and question.fetched_at is not None:
        rows = [
            Candidate(riding, weight)
            for riding, weight in session.execute(
                select(Riding.code, PostalAnswer.weight)
                .join(PostalAnswer, PostalAnswer.riding_id == Riding.id)
                .where(PostalAnswer.question_id == question.id)
                .order_by(PostalAnswer.weight.desc(), Riding.code)
            )
        ]
    return Known(
        [Candidate(riding, weight) for riding, weight, _ in licensed],
        any(is_unique for _, _, is_unique in licensed),
        rows,
        question.fetched_at if question is not None else None,
    )


def _ask_once(parts: Runtime, code: str) -> Rows | None:
    """Ask Represent, unless somebody did or does, too much was asked, or it is resting."""
    settings, now = parts.settings.lookup, parts.machine.now()
    try:
        with parts.db.transaction() as session:
            question = _claim(session, code, now, keep=timedelta(days=settings.keep_days))
        if question is None:
            return None
        try:
            found = represent.ask(
                code, url=settings.represent_url, seconds=settings.represent_seconds
            )
        except represent.RepresentFailed as failure:
            log.warning("represent_failed", reason=failure.reason)
            with parts.db.transaction() as session:
                _note(session, resting.failed(_health(session, now), parts.machine.now()))
            return None
        with parts.db.transaction() as session:
            _note(session, resting.answered(_health(session, now)))
            return _keep(session, question, found, parts.machine.now())
    except SQLAlchemyError as error:
        # Nobody is kept from acting because what we learned could not be written down.
        if not is_outage(error):
            raise
        log.warning("lookup_not_kept")
        return None


def _is_fresh(known: Known, now: datetime, settings: Lookup) -> bool:
    return known.fetched_at is not None and known.fetched_at > now - timedelta(
        days=settings.keep_days
    )


def _claim(session: Session, code: str, now: datetime, *, keep: timedelta) -> int | None:
    """Take a question on, so that no other process asks it too; None where it may not be asked."""
    health = _health(session, now)
    digest = _digest(session, code)
    question = session.scalar(_question(digest).with_for_update(of=PostalQuestion))
    if question is not None:
        waits = keep if question.fetched_at is not None else _AGAIN_AFTER
        if (question.fetched_at or question.asked_at) > now - waits:
            return None
    may, health = resting.take(health, now)
    _note(session, health)
    if not may:
        return None
    if question is None:
        order_id = session.scalars(
            select(RepresentationOrder.id).where(RepresentationOrder.code == ORDER)
        ).one()
        question = PostalQuestion(
            code_hash=digest, order_id=order_id, source=REPRESENT, asked_at=now
        )
        session.add(question)
        session.flush()
    question.asked_at = now
    return question.id


def _keep(session: Session, question_id: int, found: Sequence[str], now: datetime) -> Rows:
    ids = riding_ids(session, ORDER)
    known = sorted(riding for riding in found if riding in ids)
    session.execute(delete(PostalAnswer).where(PostalAnswer.question_id == question_id))
    session.execute(
        update(PostalQuestion).where(PostalQuestion.id == question_id).values(fetched_at=now)
    )
    rows = [Candidate(riding, 1 / len(known)) for riding in known]
    session.add_all(
        PostalAnswer(question_id=question_id, riding_id=ids[one.code], weight=one.share)
        for one in rows
    )
    return rows


def _health(session: Session, now: datetime) -> Health:
    """The source's state; its row is held until the transaction ends, so that askers queue here."""
    begun = {"name": REPRESENT, **resting.fresh(now)._asdict()}
    insert_once(session, cast("Table", OutsideSource.__table__), [begun])
    row = session.scalars(
        select(OutsideSource).where(OutsideSource.name == REPRESENT).with_for_update()
    ).one()
    return Health(row.tokens, row.counted_at, row.failures, row.rests_until)


def _note(session: Session, health: Health) -> None:
    session.execute(
        update(OutsideSource).where(OutsideSource.name == REPRESENT).values(health._asdict())
    )


def _question(digest: bytes) -> Select[PostalQuestion]:
    return (
        select(PostalQuestion)
        .join(RepresentationOrder, RepresentationOrder.id == PostalQuestion.order_id)
        .where(
            PostalQuestion.code_hash == digest,
            PostalQuestion.source == REPRESENT,
            RepresentationOrder.code == ORDER,
        )
    )


def _digest(session: Session, code: str) -> bytes:
    return keyring_of_session(session).digest(_PURPOSE, code)

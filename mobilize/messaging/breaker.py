"""A provider that fails is left alone: one row, which all workers on all machines go by.

Closed, calls are made; failures in a row are counted, and any success forgets them. A provider that
says it is busy is left alone for as long as it asks. After a few failures in a row, of any kind, it
is open: nothing is called until a while has passed that doubles each time, however soon it asks to
be called again. After each failure it is half open: one worker tries with a single message, so that
not a whole request more is in doubt, and what becomes of that closes or opens it again. A provider
that refuses our key waits for a person.

It runs on the machines' clocks, as leases do: what fails, fails in real time. A clock that is put
back makes no wait longer than the longest that there is.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog
from sqlalchemy import Table, or_, select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.core.bulk import insert_new
from mobilize.core.clock import is_over, latest
from mobilize.messaging.models import ProviderPause

log = structlog.stdlib.get_logger(__name__)

OPENS_AFTER: Final = 3
"""So many failures in a row open it."""
_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 300.0
_LONGEST_ASKED: Final = 3600.0
_SPREAD: Final = 1.1
LONGEST: Final = timedelta(seconds=_LONGEST_ASKED * _SPREAD)
"""For how long a provider is left alone at most, where no person is asked."""
_PAUSES: Final = cast("Table", ProviderPause.__table__)
_STANDING: Final = select(_PAUSES.c.provider, _PAUSES.c.until, _PAUSES.c.probing_until)


@dataclass(frozen=True)
class Standing:
    """How the providers stand at a moment.

    Attributes:
        closed_to_us: Those that must not be called.
        half_open: Those that one worker may try with a single message.
        troubled: All that failed the last time.
    """

    closed_to_us: frozenset[str]
    half_open: frozenset[str]
    troubled: frozenset[str]


def standing(session: Session, *, real_now: datetime) -> Standing:
    """How the providers stand, in one small read."""
    rows = session.execute(_STANDING).all()
    closed: set[str] = set()
    half_open: set[str] = set()
    for provider, until, probing_until in rows:
        if until is None or _lasts(until, real_now):
            closed.add(provider)
        else:
            is_tried = probing_until is not None and _lasts(probing_until, real_now)
            (closed if is_tried else half_open).add(provider)
    troubled = frozenset(row.provider for row in rows)
    return Standing(frozenset(closed), frozenset(half_open), troubled)


def _lasts(until: datetime, real_now: datetime) -> bool:
    return real_now < until <= latest(real_now, LONGEST)


def take_probe(session: Session, *, provider: str, real_now: datetime, until: datetime) -> bool:
    """Be the one worker that tries whether the provider works again; whether that was granted."""
    taken = session.execute(
        update(ProviderPause)
        .where(
            ProviderPause.provider == provider,
            is_over(ProviderPause.until, real_now, longest=LONGEST),
            or_(
                ProviderPause.probing_until.is_(None),
                is_over(ProviderPause.probing_until, real_now, longest=LONGEST),
            ),
        )
        .values(probing_until=until)
        .returning(ProviderPause.provider)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


def give_probe_back(session: Session, *, provider: str) -> None:
    """Let another try, since there was nothing to try with."""
    session.execute(
        update(ProviderPause).where(ProviderPause.provider == provider).values(probing_until=None)
    )


def note_failure(
    session: Session,
    *,
    provider: str,
    reason: str,
    now: datetime,
    real_now: datetime,
    asked: float | None = None,
    at_once: bool = False,
) -> datetime | None:
    """Count a failure; return until when the provider is left alone, None for until somebody looks.

    Args:
        session: The session of the transaction.
        provider: Which.
        reason: Why, as the row keeps it.
        now: The moment by the shared clock, for the audit log.
        real_now: The machine's moment.
        asked: Seconds that the provider asked us to wait.
        at_once: Whether one failure is enough: the provider itself said that it takes nothing.
    """
    row, is_new = _row(session, provider, reason, real_now)
    was_open = not is_new and (row.until is None or row.failures >= OPENS_AFTER)
    row.failures += 1
    row.probing_until = None
    if row.until is None and not is_new:
        # A person is asked already; somebody slower must not undo that.
        return None
    opens = row.failures >= OPENS_AFTER
    row.until = real_now
    if opens or at_once:
        row.reason = reason
        row.until += timedelta(seconds=_wait(row.failures, asked))
    if opens and not was_open:
        row.since = real_now
        _say(session, provider, reason, now)
    return row.until


def block(
    session: Session, *, provider: str, reason: str, now: datetime, real_now: datetime
) -> None:
    """Leave a provider alone until somebody has looked; it is said once."""
    row, is_new = _row(session, provider, reason, real_now)
    if not is_new and row.until is None:
        return
    row.reason, row.since, row.until, row.probing_until = reason, real_now, None, None
    _say(session, provider, reason, now)


def note_success(session: Session, *, provider: str) -> None:
    """Forget the failures; what waits for a person goes on waiting."""
    row = session.get(ProviderPause, provider, with_for_update=True)
    if row is not None and row.until is not None:
        session.delete(row)


def _row(
    session: Session, provider: str, reason: str, real_now: datetime
) -> tuple[ProviderPause, bool]:
    """The provider's row, held until the end of the transaction, and whether it was made now."""
    names = ("provider", "reason", "since", "until", "failures")
    first = (provider, reason, real_now, real_now, 0)
    is_new = bool(insert_new(session, _PAUSES, names, [first], key="provider"))
    row = session.get_one(ProviderPause, provider, with_for_update=True, populate_existing=True)
    return row, is_new


def _say(session: Session, provider: str, reason: str, now: datetime) -> None:
    log.warning("provider_paused", provider=provider, reason=reason)
    audit.record(
        session,
        now=now,
        actor="worker",
        action="provider.pause",
        subject_kind="provider",
        subject_id=provider,
        facts={"reason": reason},
    )


def _wait(failures: int, asked: float | None) -> float:
    """Seconds until the next call: what the provider asked for, else doubling with jitter.

    One that asks to be called again at once and is busy each time is not believed for long: else
    all attempts at a chunk would be made within seconds, and its people given up.
    """
    doubled = min(_FIRST_WAIT * 2.0 ** min(failures - 1, 10), _LONGEST_WAIT)
    doubled *= random.uniform(0.5, 1.0)  # noqa: S311 - to spread workers, not to hide
    if asked is None:
        return doubled
    # A little more for each worker, so that they do not all come back in the same instant.
    asked = min(asked, _LONGEST_ASKED) * random.uniform(1.0, _SPREAD)  # noqa: S311
    return asked if failures < OPENS_AFTER else max(asked, doubled)

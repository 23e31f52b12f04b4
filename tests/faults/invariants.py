"""What must hold after every fault, asked of our own tables and of the sandbox's ledger.

The sandbox counts for itself what it accepted and shares no code with us, so the two cannot be
wrong alike.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select, true

from mobilize.contacts.consent import GRANTS
from mobilize.contacts.consent_models import ConsentEvent
from mobilize.messaging.claims import unpack
from mobilize.messaging.lettering import PROVIDER
from mobilize.messaging.models import Chunk, Mailing, Message, Submission
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from tests.support.sandbox import Sandbox

_SAYS_WHY = ("skipped", "refused", "failed", "cancelled", "unknown")


def accepted_ids(runtime: Runtime, sandbox: Sandbox) -> Counter[int]:
    """Our message for each that the sandbox took, as often as it took it."""
    tokens = [
        item["opaque_id"]
        for channel in ("email", "sms")
        for item in sandbox.messages(channel)
        if item.get("direction", "outbound-api") == "outbound-api"
    ]
    # All at once: there are ten thousand of them after each of two hundred kills.
    ids = runtime.links.open_many(PROVIDER, tokens, now=runtime.clock.now())
    strange = [token for token, message_id in zip(tokens, ids, strict=True) if message_id is None]
    assert strange == [], f"the sandbox took {strange[:10]}, which name none of ours"
    return Counter(message_id for message_id in ids if message_id is not None)


def check_invariants(
    runtime: Runtime, sandbox: Sandbox, *, mailing_id: int | None = None, finished: bool = True
) -> None:
    """Assert I1 to I4, of everything or of one mailing; `finished`: nothing is left to do."""
    within = true() if mailing_id is None else Message.mailing_id == mailing_id
    once_each(runtime, sandbox, within)
    none_after_withdrawal(runtime, within)
    consent_for_each(runtime, within)
    all_accounted_for(runtime, within, finished=finished)


def once_each(runtime: Runtime, sandbox: Sandbox, within: ColumnElement[bool]) -> None:
    """I1: each message was accepted at most once, and our tables and the ledger agree.

    Who stands as reached is in the ledger; who is in the ledger stands as reached, or as a call
    whose end is not known yet.
    """
    taken = accepted_ids(runtime, sandbox)
    twice = [message_id for message_id, count in taken.items() if count > 1]
    assert twice == [], f"accepted more than once: {twice[:10]}"
    assert sandbox.summary()["duplicates"]["by_opaque_id"]["count"] == 0
    with runtime.db.read() as session:
        rows = session.execute(select(Message.id, Message.state).where(within)).all()
    states = {row.id: row.state for row in rows}
    lost = [one for one in taken if states.get(one) not in {*REACHED_PROVIDER, "unknown"}]
    assert lost == [], f"in the ledger, but {states.get(lost[0])} with us: {lost[:10]}"
    reached = (one for one, state in states.items() if state in REACHED_PROVIDER)
    invented = [one for one in reached if one not in taken]
    assert invented == [], f"{states.get(invented[0])} with us, but not sent: {invented[:10]}"


def none_after_withdrawal(runtime: Runtime, within: ColumnElement[bool]) -> None:
    """I2: nobody was sent anything later than their withdrawal, unless they came back since."""
    with runtime.db.read() as session:
        last = (
            select(ConsentEvent.action)
            .where(
                ConsentEvent.contact_id == Message.contact_id,
                ConsentEvent.channel == Mailing.channel,
                ConsentEvent.topic.in_(["", Mailing.topic]),
                ConsentEvent.occurred_at < Submission.started_at,
            )
            .order_by(ConsentEvent.occurred_at.desc(), ConsentEvent.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        wrong = session.scalars(
            select(Message.id)
            .join(Mailing, Mailing.id == Message.mailing_id)
            .join(Submission, Submission.id == Message.submission_id)
            .where(
                within,
                Message.state.in_([*REACHED_PROVIDER, "unknown"]),
                Mailing.kind != "transactional",
                last.in_(["withdrawn", "complaint", "bounced"]),
            )
        ).all()
    assert wrong == [], f"sent after a withdrawal: {wrong[:10]}"


def consent_for_each(runtime: Runtime, within: ColumnElement[bool]) -> None:
    """I3: each message to a supporter names the consent on which it went, valid at that instant."""
    with runtime.db.read() as session:
        rows = session.execute(
            select(
                Message.id,
                Message.contact_id,
                Message.submission_id,
                Mailing.channel,
                Submission.started_at,
            )
            .join(Mailing, Mailing.id == Message.mailing_id)
            .join(Submission, Submission.id == Message.submission_id)
            .where(within, Message.state.in_(REACHED_PROVIDER), Mailing.kind != "transactional")
        ).all()
        claims = session.scalars(
            select(Submission.claim).where(Submission.id.in_({row.submission_id for row in rows}))
        )
        on = {one.message_id: one.consent_event_id for claim in claims for one in unpack(claim)}
        of_these = ConsentEvent.contact_id.in_(select(Message.contact_id).where(within))
        said = select(
            ConsentEvent.id,
            ConsentEvent.contact_id,
            ConsentEvent.channel,
            ConsentEvent.action,
            ConsentEvent.occurred_at,
            ConsentEvent.expires_at,
        )
        events = {one.id: one for one in session.execute(said.where(of_these))}
    for row in rows:
        event = events.get(on.get(row.id) or 0)
        assert event is not None, f"message {row.id}: no consent"
        assert (event.contact_id, event.channel) == (row.contact_id, row.channel), row.id
        assert event.action in GRANTS, f"message {row.id} went on `{event.action}`"
        assert event.occurred_at <= row.started_at, f"message {row.id} went before its consent"
        assert event.expires_at is None or event.expires_at > row.started_at, f"{row.id}: expired"


def all_accounted_for(runtime: Runtime, within: ColumnElement[bool], *, finished: bool) -> None:
    """I4: every message stands in a state that an organizer can read, and no call is forgotten."""
    with runtime.db.read() as session:
        rows = session.execute(
            select(Message.state, Message.reason, func.count())
            .where(within)
            .group_by(Message.state, Message.reason)
        ).all()
        chunks = Counter(session.scalars(select(Chunk.state)))
        open_calls = session.scalar(
            select(func.count()).select_from(Submission).where(Submission.state == "submitting")
        )
    silent = [row for row in rows if row.state in _SAYS_WHY and not row.reason]
    assert silent == [], f"no reason stands beside {silent}"
    if finished:
        left = _sum(rows, ("queued",))
        assert left == 0, f"{left} messages are still to be sent"
        assert set(chunks) <= {"done"}, f"chunks left: {dict(chunks)}"
        assert open_calls == 0, f"{open_calls} calls stand as under way"


def _sum(rows: Iterable[tuple[str, str | None, int]], states: tuple[str, ...]) -> int:
    return sum(count for state, _, count in rows if state in states)

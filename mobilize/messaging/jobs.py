"""What messaging does by the clock: it watches mailings and settles old doubts."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.messaging import breaker, finding, leasing, outbox, proving
from mobilize.messaging.deciding import close_requests, give_up_unknown, unknown_by_mailing
from mobilize.messaging.leasing import LAST_LANE
from mobilize.messaging.models import STANDING_KINDS, Mailing
from mobilize.messaging.opting_in import purge
from mobilize.messaging.progress import counts_of
from mobilize.messaging.providers.outcomes import Listed
from mobilize.messaging.providers.transports import check_hosts, open_texts
from mobilize.messaging.service import pause_mailing
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.runtime import Runtime
from mobilize.settings import Sending
from mobilize.waking import wake_after_commit

_JUDGED_BY: Final[Mapping[str, Collection[str]]] = {
    "reached": REACHED_PROVIDER,
    "bounced": ("bounced", "dropped"),
    "complained": ("complained",),
}


def wake(runtime: Runtime) -> int:
    """Wake whoever sends for all that waits, where that is done by Celery's workers.

    It is the net below the nudges that go out with each commit: those can be lost, and what was put
    off becomes due without a commit. Without a broker the worker's own threads look for themselves.

    Returns:
        How many lanes have something to send.
    """
    if not runtime.settings.broker.url:
        return 0
    now, real_now = runtime.clock.now(), runtime.machine.now()
    seconds = runtime.settings.sending.lease_seconds
    with runtime.db.transaction() as session:
        outbox.recover(session, now=now, real_now=real_now, seconds=seconds)
        outbox.group(session, now=now)
        outbox.finish_mailings(session, now=now)
        lanes = {
            lane
            for lane, last in LAST_LANE.items()
            if leasing.waiting(session, now=now, real_now=real_now, lane=last)
        }
        for lane in lanes:
            wake_after_commit(session, lane)
    return len(lanes)


def watch(runtime: Runtime) -> int:
    """Pause the mailings that bounce or annoy too much, and say why.

    Returns:
        How many were paused.
    """
    with runtime.db.read() as session:
        counted = _counted(session)
    if not any(_trouble(counts, runtime.settings.sending) for counts in counted.values()):
        return 0
    with runtime.db.transaction() as session:
        return _pause_troubled(session, counted, runtime.settings.sending)


def _counted(session: Session) -> Mapping[int, Counter[str]]:
    """What became of the messages of mailings on their way.

    To count a million takes seconds, which no writer waits for; it is remembered for a while, so
    that a large mailing is judged anew every minute and a small one at each look.
    """
    on_their_way = session.scalars(
        select(Mailing.id).where(Mailing.state == "sending", Mailing.kind.not_in(STANDING_KINDS))
    ).all()
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for count in counts_of(session, on_their_way).answer if on_their_way else ():
        for name, states in _JUDGED_BY.items():
            found[count.mailing_id][name] += count.people if count.state in states else 0
    return found


def _pause_troubled(session: Session, counted: Mapping[int, Counter[str]], limits: Sending) -> int:
    """Look at what has come since a mailing was last stopped: that much somebody has seen."""
    mailings = session.scalars(
        select(Mailing).where(Mailing.id.in_(counted), Mailing.state == "sending")
    ).all()
    paused = 0
    for mailing in mailings:
        all_in_all = dict(counted[mailing.id])
        new = {name: count - mailing.judged.get(name, 0) for name, count in all_in_all.items()}
        reason = _trouble(new, limits)
        if reason is not None:
            pause_mailing(session, mailing_id=mailing.id, reason=reason)
            mailing.judged = all_in_all
            paused += 1
    return paused


def _trouble(new: Mapping[str, int], limits: Sending) -> str | None:
    """Why a mailing is to be stopped, as its row keeps it (`reasons.PAUSES`)."""
    reached = new["reached"]
    if reached < limits.pause_sample:
        return None
    if new["complained"] / reached >= limits.pause_at_complaint_share:
        return f"complaints {new['complained']}/{reached}"
    if new["bounced"] / reached >= limits.pause_at_bounce_share:
        return f"bounces {new['bounced']}/{reached}"
    return None


def ask_about_texts(runtime: Runtime) -> int:
    """Ask the provider about texts without an answer: what it lists can prove that one went.

    Returns:
        How many were proven.
    """
    now = runtime.clock.now()
    with runtime.db.read() as session:
        providers = breaker.standing(session, real_now=runtime.machine.now())
        if "twilio" in providers.closed_to_us:
            return 0
        open_still = finding.questions(session, now=now)
    if not open_still.requests:
        return 0
    check_hosts(runtime.settings)
    provider = open_texts(runtime.settings)
    listed: dict[str, list[Listed]] = {}
    for number in dict.fromkeys(doubt.number for doubt in open_still.doubts):
        texts = provider.texts_to(number, sender=runtime.settings.twilio.from_number)
        if texts is None:
            # It fails; whoever was not asked about is next time.
            break
        listed[number] = texts
    asked = [doubt for doubt in open_still.doubts if doubt.number in listed]
    left = {doubt.submission_id for doubt in open_still.doubts}
    left -= {doubt.submission_id for doubt in asked}
    with runtime.db.transaction() as session:
        known = finding.accounted_for(session, asked)
        proven = finding.match(asked, listed, known, links=runtime.links, now=now)
        done = set(open_still.requests) - left
        finding.settle(session, done, asked, proven, links=runtime.links, now=now)
    return len(proven)


def settle_unknown(runtime: Runtime) -> int:
    """Give up the messages that have had no answer for too long, since nobody decided otherwise.

    Returns:
        How many were given up.
    """
    now = runtime.clock.now()
    before = now - timedelta(hours=runtime.settings.sending.unknown_hours)
    settled = 0
    with runtime.db.transaction() as session:
        for group in unknown_by_mailing(session, before=before):
            count = give_up_unknown(session, mailing_id=group.mailing_id, now=now, before=before)
            audit.record(
                session,
                now=now,
                actor="worker",
                action="mailing.give_up_unknown",
                subject_kind="mailing",
                subject_id=group.mailing_public_id,
                facts={"messages": count},
            )
            settled += count
        # Where the last two texts of a request were proven at once, neither saw the other's.
        close_requests(session, true())
    return settled


def lapse_sign_ups(runtime: Runtime) -> None:
    """Let go of what was typed into forms that nobody confirmed in time."""
    with runtime.db.transaction() as session:
        purge(session, limits=runtime.settings.sign_ups, now=runtime.clock.now())


def forget_unproven(runtime: Runtime) -> None:
    """Let go of addresses that somebody gave for a change and did not prove in time."""
    with runtime.db.transaction() as session:
        proving.forget_unproven(session, now=runtime.clock.now())

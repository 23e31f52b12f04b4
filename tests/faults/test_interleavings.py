"""Whatever is done to mailings, in whatever order, the invariants hold after every step.

Launch, pause, resume, change of the words, cancel, opt-out, a worker that dies before, during or
after a call, a provider's storms and silence, its events late, twice and in any order, and time
that goes by. After each step: I1 nobody's message was taken twice, and our tables agree with the
provider's ledger; I2 nothing was taken for whoever had left; I3 what went names a consent that
held; I4 every message is in a state that says why; I6 the audit log's chain holds. At the end all
that may go has gone, in the words of its launch. I5, that an action is kept once, is held where
actions are taken: `tests/site/test_campaigns.py`.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.accounts import audit
from mobilize.contacts.models import Contact
from mobilize.contacts.service import withdraw
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict
from mobilize.messaging.deciding import give_up_unknown
from mobilize.messaging.events import Event, apply
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import Mailing, Message, ProviderPause, Submission
from mobilize.messaging.optout import leave_by_link
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import (
    AT_ONCE,
    Accepted,
    Batch,
    NotSent,
    Outcome,
    Pace,
    Unknown,
)
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import Sender
from mobilize.messaging.service import cancel_mailing, pause_mailing, resume_mailing, start_mailing
from mobilize.messaging.states import REACHED_PROVIDER, State
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.faults.invariants import all_accounted_for, consent_for_each, none_after_withdrawal
from tests.messaging.people import add_contact

pytestmark = pytest.mark.faults

MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
EXAMPLES: Final = 100 if MANY else 4
STEPS: Final = 40 if MANY else 20
PEOPLE: Final = 5
TOPIC: Final = "permanent-status"
EVENTS: Final[dict[str, State]] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
}

numbers = count(1)
which = st.integers(0, 1000)
channels = st.sampled_from(["email", "sms"])


class Died(BaseException):
    """A worker's process is gone: nothing of its code runs any more."""


class Provider:
    """Takes, refuses, keeps silent or outlives its caller, as it is told; its ledger is the judge.

    Attributes:
        taken: Each message that it took, as often as it did.
        words: In which version of the words.
        left: The addresses whose owners have left by now.
        wrong: The messages that it was given for these.
    """

    name = "provider"

    def __init__(self) -> None:
        self.manner = "take"
        self.taken: Counter[int] = Counter()
        self.words: dict[int, str] = {}
        self.left: set[str] = set()
        self.wrong: list[int] = []

    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> dict[int, Outcome]:  # noqa: ARG002
        """Do with a batch as told."""
        if self.manner == "die before":
            raise Died
        ids = [letter.message_id for letter in batch.letters]
        if self.manner == "storm":
            return {one: NotSent("busy", retry_after=0) for one in ids}
        self.wrong += [one.message_id for one in batch.letters if one.address in self.left]
        self.taken.update(ids)
        self.words |= dict.fromkeys(ids, (batch.subject or batch.text).split()[0])
        if self.manner == "die after":
            raise Died
        if self.manner == "silent":
            return {one: Unknown("no_answer") for one in ids}
        return {one: Accepted(f"R{one}") for one in ids}


class Interleavings(RuleBasedStateMachine):
    """A few people, and all that can happen to the mailings to them."""

    runtime: Runtime

    @initialize()
    def begin(self) -> None:
        """Five people who agreed to both channels."""
        self.providers: dict[Channel, Provider] = {"email": Provider(), "sms": Provider()}
        self.transports: Transports = dict(self.providers)
        self.launched: dict[int, tuple[Channel, str]] = {}
        self.told: list[Event] = []
        with self.runtime.db.transaction() as session:
            self.people = [
                add_contact(session, next(numbers), now=self.runtime.clock.now(), language=language)
                for language in ("en", "fr", "en", "fr", "en")
            ]
        self.write_words()

    def tell(self, change: Callable[[Session], object]) -> None:
        """Let one thing happen."""
        with self.runtime.db.transaction() as session:
            change(session)

    @rule()
    def write_words(self) -> None:
        """The text is changed; what was launched before keeps its own."""
        self.version = f"v{next(numbers)}"
        texts = [
            TextDraft(
                channel=channel,
                language=language,
                subject=f"{self.version} for you" if channel == "email" else "",
                body=f"{self.version} {{{{ given_name }}}} {{{{ action_url }}}} STOP",
            )
            for channel in ("email", "sms")
            for language in ("en", "fr")
        ]
        now = self.runtime.clock.now()

        def save(session: Session) -> None:
            self.template = save_template(session, key="t", name="T", texts=texts, now=now).id

        self.tell(save)

    @rule(channel=channels)
    def launch(self, channel: Channel) -> None:
        """A mailing to all of them."""
        ids = [person.id for person in self.people]

        def start(session: Session) -> None:
            mailing = start_mailing(
                session,
                kind="alert",
                channel=channel,
                template_id=self.template,
                recipients=select(Contact.id, Contact.language).where(Contact.id.in_(ids)),
                topic=TOPIC,
                campaign_ref=None,
                facts={},
                now=self.runtime.clock.now(),
            )
            self.launched[mailing.id] = (channel, self.version)

        self.tell(start)

    @precondition(lambda self: self.launched)
    @rule(one=which, order=st.sampled_from(["pause", "resume", "cancel", "give up"]))
    def order(self, one: int, order: str) -> None:
        """An organizer holds a mailing, lets it go on, takes it back, or settles its doubts."""
        mailing_id = self.one_of(self.launched, one)
        now = self.runtime.clock.now()

        def change(session: Session) -> None:
            if order == "pause":
                pause_mailing(session, mailing_id=mailing_id, reason="organizer")
            elif order == "resume":
                resume_mailing(session, mailing_id=mailing_id)
            elif order == "cancel":
                cancel_mailing(session, mailing_id=mailing_id, now=now)
            else:
                give_up_unknown(session, mailing_id=mailing_id, now=now)
            audit.record(
                session,
                now=now,
                actor="command",
                action=f"mailing.{order.split(maxsplit=1)[0]}",
                subject_kind="mailing",
                subject_id=str(mailing_id),
            )

        try:
            self.tell(change)
        except Conflict:
            # Not from the state that it is in.
            return
        self.tell(lambda session: audit.seal(session, now))

    @rule(one=st.integers(0, PEOPLE - 1), channel=channels)
    def leave(self, one: int, channel: Channel) -> None:
        """Somebody leaves, by a link where they have one."""
        person, now = self.people[one], self.runtime.clock.now()
        self.providers[channel].left.add(str(person.email if channel == "email" else person.phone))

        def change(session: Session) -> None:
            message_id = session.scalar(
                select(Message.id)
                .join(Mailing, Mailing.id == Message.mailing_id)
                .where(Message.contact_id == person.id, Mailing.channel == channel)
                .limit(1)
            )
            links = self.runtime.links
            if message_id is None:
                withdraw(
                    session,
                    contact_id=person.id,
                    channel=channel,
                    source="test",
                    actor="supporter",
                    now=now,
                )
            else:
                token = links.seal(LEAVE, message_id)
                assert leave_by_link(session, token=token, links=links, topic="", now=now)

        self.tell(change)

    @rule(
        manner=st.sampled_from(
            ["take", "take", "take", "silent", "storm", "die before", "die after"]
        ),
        chunks=st.integers(1, 3),
    )
    def work(self, manner: str, chunks: int) -> None:
        """A worker sends some chunks, and may die of it."""
        for provider in self.providers.values():
            provider.manner = manner
        sender = Sender(self.runtime, self.transports, worker=f"worker-{next(numbers)}")
        for _ in range(chunks):
            try:
                sender.send_next()
            except Died:
                break

    @precondition(lambda self: any(one.taken for one in self.providers.values()))
    @rule(one=which, kind=st.sampled_from(sorted(EVENTS)), suppress=st.booleans())
    def hear(self, one: int, kind: str, suppress: bool) -> None:
        """The provider says something of a message that it took, whenever it likes."""
        taken = sorted({one for each in self.providers.values() for one in each.taken})
        message_id = taken[one % len(taken)]
        bounced = "bounced" if kind == "bounce" and suppress else None
        self.told.append(
            Event(
                provider="sendgrid",
                key=f"test:{message_id}:{kind}:{next(numbers)}",
                message_id=message_id,
                kind=kind,
                state=EVENTS[kind],
                suppress=bounced,
                occurred_at=self.runtime.clock.now(),
                facts={},
            )
        )
        self.tell(lambda session: apply(session, self.told[-1:], now=self.runtime.clock.now()))

    @precondition(lambda self: self.told)
    @rule(one=which)
    def hear_again(self, one: int) -> None:
        """What it said long ago comes once more, all of it backwards from there."""
        again = self.told[: one % len(self.told) + 1][::-1]
        self.tell(lambda session: apply(session, again, now=self.runtime.clock.now()))

    @rule(minutes=st.sampled_from([1, 60, 600]))
    def wait(self, minutes: int) -> None:
        """Time goes by, and the providers are well again."""
        clock = self.runtime.clock
        assert isinstance(clock, VirtualClock)
        clock.set(clock.now() + timedelta(minutes=minutes))
        self.tell(lambda session: session.execute(delete(ProviderPause)))

    @invariant()
    def nobody_is_sent_anything_twice_or_after_leaving(self) -> None:
        """I1 and I2, by the provider's own ledger."""
        if not hasattr(self, "providers"):
            return
        taken = sum((one.taken for one in self.providers.values()), Counter[int]())
        assert [one for one, times in taken.items() if times > 1] == []
        assert [one for each in self.providers.values() for one in each.wrong] == []
        with self.runtime.db.read() as session:
            rows = session.execute(
                select(Message.id, Message.mailing_id, Message.state, Message.reason).where(
                    Message.mailing_id.in_(self.launched)
                )
            ).all()
            under_way = session.scalar(
                select(Submission.id).where(Submission.state == "submitting").limit(1)
            )
        for row in rows:
            if row.state in REACHED_PROVIDER:
                assert row.id in taken, f"{row.id} is {row.state}, and nobody took it"
            elif row.id in taken:
                allowed = {"unknown", "failed"} | ({"queued"} if under_way else set())
                assert row.state in allowed, f"{row.id} was taken and is {row.state}"
            if row.id in taken:
                channel, version = self.launched[row.mailing_id]
                assert self.providers[channel].words[row.id] == version, "not the launch's words"

    @invariant()
    def all_is_accounted_for(self) -> None:
        """I2 to I4 by our own tables, and I6."""
        within = Message.mailing_id.in_(getattr(self, "launched", {}))
        none_after_withdrawal(self.runtime, within)
        consent_for_each(self.runtime, within)
        all_accounted_for(self.runtime, within, finished=False)
        with self.runtime.db.read() as session:
            assert audit.verify(session).broken_at is None

    @override
    def teardown(self) -> None:
        """Everything that may go goes in the end."""
        if not getattr(self, "launched", {}):
            return
        for place, mailing_id in enumerate(sorted(self.launched)):
            with self.runtime.db.read() as session:
                is_paused = session.get_one(Mailing, mailing_id).state == "paused"
            if is_paused:
                self.order(one=place, order="resume")
        for _ in range(3):
            self.wait(600)
            self.work("take", 40)
        self.nobody_is_sent_anything_twice_or_after_leaving()
        within = Message.mailing_id.in_(self.launched)
        all_accounted_for(self.runtime, within, finished=True)

    def one_of(self, known: dict[int, tuple[Channel, str]], one: int) -> int:
        """Any of them."""
        return sorted(known)[one % len(known)]


def test_the_invariants_hold_after_every_step(runtime: Runtime) -> None:
    sending = replace(
        runtime.settings.sending, email_per_week=10_000, sms_per_week=10_000, lease_seconds=0
    )
    playing = replace(runtime, settings=replace(runtime.settings, sending=sending))

    class Played(Interleavings):
        runtime = playing

    run(
        Played,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not MANY,
            phases=tuple(Phase) if MANY else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )

"""Whatever is done to mailings, in whatever order, the invariants hold.

Launch, pause, resume, change of the words or of a record, cancel, opt-out, an action that is
reported once, again, and twice at once, a worker that dies before or after a call, a provider's
storms and silence, its events late, twice, in any order and before our own record, a second worker
that takes a slow one for dead, and time that goes by. After each step: I1 nobody's message was
taken twice, our tables agree with the provider's ledger, and no message goes back; I2 nothing was
taken for whoever had left; I3 what went names a consent that held; I4 every message is in a state
that says why; I5 each action is kept once, and thanked for once. After each order I6, the audit
chain holds. In the end all has gone, in the words of its launch, and what was heard is not
forgotten.

A step that needs something to send launches it, so that none is idle; the run says at its end that
all that it is for has happened.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.accounts import audit
from mobilize.actions.models import Campaign, MpContact, Participation
from mobilize.actions.reports import MpContactReport, record_mp_contact
from mobilize.contacts.models import Contact
from mobilize.contacts.service import set_language, withdraw
from mobilize.contacts.suppression import Closing, suppress_all
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict
from mobilize.core.i18n import Language
from mobilize.messaging.claims import unpack
from mobilize.messaging.deciding import give_up_unknown
from mobilize.messaging.events import Event, apply
from mobilize.messaging.lettering import LEAVE
from mobilize.messaging.models import (
    STANDING_KINDS,
    Chunk,
    Mailing,
    Message,
    ProviderPause,
    Submission,
)
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
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from tests.faults.invariants import all_accounted_for, consent_for_each, none_after_withdrawal
from tests.faults.test_merge_gives_way import Other
from tests.messaging.people import add_contact
from tests.support.campaigns import AJAX, open_campaign

pytestmark = pytest.mark.faults

MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
EXAMPLES: Final = 100 if MANY else 3
STEPS: Final = 40 if MANY else 8
OVERTURE: Final = 15
"""How many steps each example begins with, whatever else it does."""
AT_LEAST: Final = 3
"""To how many open addresses a mailing goes at least."""
TOPIC: Final = "permanent-status"
EVENTS: Final[dict[str, State]] = {
    "processed": "accepted",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "spamreport": "complained",
}
CLOSES: Final = {"bounce": "bounced", "spamreport": "complaint"}
WAY: Final = ("queued", "unknown", "accepted", "deferred", "delivered", "bounced", "complained")
"""In which order a message comes by these, whichever it leaves out."""

MUST_HAPPEN: Final = (
    "taken",
    "die before",
    "die after",
    "silent",
    "storm",
    "heard",
    "heard again",
    "heard of the dead",
    "events in a call",
    "another worker in a call",
    "left",
    "acted",
    "acted twice at once",
    "acting in a call",
    "thanked",
    "resumed",
)
"""What a run is for; at its end it says that all of it was there."""

numbers = count(1)
which = st.integers(0, 1000)
channels: st.SearchStrategy[Channel] = st.sampled_from(["email", "sms"])
several_kinds = st.lists(st.sampled_from(sorted(EVENTS)), min_size=1, max_size=3)


class Died(BaseException):
    """A worker's process is gone: nothing of its code runs any more."""


class Provider:
    """Takes, refuses, keeps silent or outlives its caller, as it is told; its ledger is the judge.

    Attributes:
        called: Whether it was, since somebody last looked.
        meanwhile: What happens once while a call is under way, after it was taken.
        taken: Each message that it took, as often as it did.
        words: In which version of the words.
        went_to: At which address.
        left: The addresses whose owners have left by now, or that were closed.
        wrong: The messages that it was given for these.
    """

    name = "provider"

    def __init__(self) -> None:
        self.manner = "take"
        self.called = False
        self.meanwhile: Callable[[list[int]], None] | None = None
        self.taken: Counter[int] = Counter()
        self.words: dict[int, str] = {}
        self.went_to: dict[int, str] = {}
        self.left: set[str] = set()
        self.wrong: list[int] = []

    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> dict[int, Outcome]:  # noqa: ARG002
        """Do with a batch as told."""
        manner, meanwhile = self.manner, self.meanwhile
        self.manner, self.meanwhile, self.called = "take", None, True
        if manner == "die before":
            raise Died
        ids = [letter.message_id for letter in batch.letters]
        if manner != "storm":
            self.wrong += [one.message_id for one in batch.letters if one.address in self.left]
            self.taken.update(ids)
            self.words |= dict.fromkeys(ids, (batch.subject or batch.text).split()[0])
            self.went_to |= {one.message_id: one.address for one in batch.letters}
        if meanwhile is not None:
            meanwhile(ids)
        if manner == "die after":
            raise Died
        if manner == "storm":
            return {one: NotSent("busy", retry_after=0) for one in ids}
        if manner == "silent":
            return {one: Unknown("no_answer") for one in ids}
        return {one: Accepted(f"R{one}") for one in ids}


class Interleavings(RuleBasedStateMachine):
    """A few people, and all that can happen to the mailings to them."""

    runtime: Runtime
    campaign_id: ClassVar[int]
    riding_id: ClassVar[int]
    happened: ClassVar[Counter[str]]

    @initialize(channel=channels, order=st.permutations(range(OVERTURE)), seed=which)
    def begin(self, channel: Channel, order: Sequence[int], seed: int) -> None:
        """Four people who agreed to both channels, two of them with one telephone; and a mailing.

        The database is that of the examples before, which have come to their end.
        """
        self.providers: dict[Channel, Provider] = {"email": Provider(), "sms": Provider()}
        self.transports: Transports = dict(self.providers)
        self.launched: dict[int, tuple[Channel, str]] = {}
        self.told: list[Event] = []
        self.acts: dict[str, int] = {}
        self.thanks: set[int] = set()
        self.seen: dict[int, str] = {}
        self.people: list[Contact] = []
        self.tell(_end_what_is_left)
        self.wait(minutes=1440)
        for language in ("en", "en", "fr", "fr"):
            self.tell(partial(self.join, language=language))
        first, second = self.people[:2]

        def share(session: Session) -> None:
            session.execute(
                update(Contact)
                .where(Contact.id == second.id)
                .values(phone=first.phone, phone_hash=first.phone_hash)
            )

        self.tell(share)
        self.phone_of_second = first.phone
        self.launch(channel, anew=True)
        self.play(order, random.Random(seed))  # noqa: S311 - repeatable, not secret

    def play(self, order: Sequence[int], dice: random.Random) -> None:
        """What must not be missing happens first, each once and in this order."""

        def one() -> int:
            return dice.randrange(1000)

        def way() -> Channel:
            return "email" if dice.random() < 0.5 else "sms"

        def kinds() -> Sequence[str]:
            return dice.choices(sorted(EVENTS), k=dice.randint(1, 3))

        def meanwhile(manner: str, what: str) -> Callable[[], None]:
            return lambda: self.interrupt(way(), manner, what, kinds(), one())

        steps: Sequence[Callable[[], None]] = (
            lambda: self.die_before_the_call(way(), another=True),
            lambda: self.die_after_the_call(way(), [], another=True),
            lambda: self.die_after_the_call(way(), kinds(), another=True),
            lambda: self.leave(one(), way(), by_list=True),
            lambda: self.leave(one(), way(), by_list=False),
            meanwhile("take", "events"),
            meanwhile("take", "another worker"),
            meanwhile("storm", "another worker"),
            meanwhile("silent", "leaving"),
            lambda: self.send(way(), chunks=3),
            lambda: self.hear(one(), kinds()),
            lambda: self.hear_again(one()),
            lambda: self.act(one(), again=False, at_once=True),
            lambda: self.act(one(), again=True, at_once=False),
            meanwhile("take", "acting"),
        )
        for number in order:
            steps[number]()
            self.nothing_went_wrong()
        self.launch(way())
        self.order(0, "pause")
        self.resume()

    def join(self, session: Session, language: str) -> None:
        """Somebody new, who agrees to both channels."""
        now = self.runtime.clock.now()
        self.people.append(add_contact(session, next(numbers), now=now, language=language))

    def address_of(self, person: Contact, channel: Channel) -> str:
        """Where somebody gets their messages."""
        if channel == "email":
            return str(person.email)
        return str(self.phone_of_second if person is self.people[1] else person.phone)

    def tell(self, change: Callable[[Session], object]) -> None:
        """Let one thing happen."""
        with self.runtime.db.transaction() as session:
            change(session)

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

    @rule(channel=channels, anew=st.booleans())
    def launch(self, channel: Channel, anew: bool = False) -> None:
        """A mailing to all of them, whoever has left too; somebody joins where few are left."""
        if anew:
            self.write_words()
        left = self.providers[channel].left
        reachable = sum(self.address_of(one, channel) not in left for one in self.people)
        now = self.runtime.clock.now()

        def start(session: Session) -> None:
            for number in range(AT_LEAST - reachable):
                self.join(session, ("en", "fr")[number % 2])
            ids = [person.id for person in self.people]
            mailing = start_mailing(
                session,
                kind="alert",
                channel=channel,
                template_id=self.template,
                recipients=select(Contact.id, Contact.language).where(Contact.id.in_(ids)),
                topic=TOPIC,
                campaign_ref=None,
                facts={},
                now=now,
            )
            self.launched[mailing.id] = (channel, self.version)

        self.tell(start)

    @rule(one=st.integers(0, 1), order=st.sampled_from(["pause", "cancel", "give up"]))
    def order(self, one: int, order: str) -> None:
        """An organizer holds a late mailing, takes it back, or settles its doubts."""
        self.give_order(sorted(self.launched)[-1 - one % len(self.launched)], order)

    @rule()
    def resume(self) -> None:
        """An organizer lets all go on that is paused."""
        with self.runtime.db.read() as session:
            paused = session.scalars(
                select(Mailing.id).where(Mailing.id.in_(self.launched), Mailing.state == "paused")
            ).all()
        for mailing_id in paused:
            self.give_order(mailing_id, "resume")
            self.happened["resumed"] += 1

    def give_order(self, mailing_id: int, order: str) -> None:
        """What an organizer says of one mailing, as the audit log keeps it."""
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
        with self.runtime.db.read() as session:
            assert audit.verify(session).broken_at is None

    @rule(one=which, channel=channels, by_list=st.booleans())
    def leave(self, one: int, channel: Channel, by_list: bool) -> None:
        """Somebody leaves, by a link where they have one; or their address alone is closed."""
        person, now = self.people[one % len(self.people)], self.runtime.clock.now()

        def close(session: Session) -> None:
            held = session.get_one(Contact, person.id)
            address_hash = held.email_hash if channel == "email" else held.phone_hash
            assert address_hash is not None
            closing = Closing(channel, address_hash, "organizer")
            suppress_all(session, closings=[closing], now=now)

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

        self.tell(close if by_list else change)
        self.gone(person, channel, is_closed=by_list)

    def gone(self, person: Contact, channel: Channel, *, is_closed: bool) -> None:
        """Nothing may go there from now on."""
        address = self.address_of(person, channel)
        sharing = [one for one in self.people if self.address_of(one, channel) == address]
        if is_closed or len(sharing) == 1:
            self.providers[channel].left.add(address)
        self.happened["left"] += 1

    @rule(one=which, again=st.booleans(), at_once=st.booleans())
    def act(self, one: int, again: bool, at_once: bool) -> None:
        """Somebody reports what they did, by the link of a message where they have one.

        They may send the same form once more, or twice at the same moment.
        """
        key = f"form-{next(numbers)}"
        contact_id = self.people[one % len(self.people)].id
        if again and self.acts:
            key = sorted(self.acts)[one % len(self.acts)]
            contact_id = self.acts[key]
        now = self.runtime.clock.now()

        def report(session: Session) -> None:
            message_id = session.scalar(
                select(Message.id)
                .where(Message.contact_id == contact_id, Message.mailing_id.in_(self.launched))
                .limit(1)
            )
            told = MpContactReport(
                campaign_id=self.campaign_id,
                riding_id=self.riding_id,
                channel="call",
                outcome="voicemail",
                form_key=key,
                language="en",
                contact_id=contact_id,
                message_id=message_id,
            )
            record_mp_contact(session, report=told, now=now)

        both = [Other(partial(self.tell, report)) for _ in range(1 + at_once)]
        for each in both:
            each.start()
        for each in both:
            each.finish()
        self.acts[key] = contact_id
        self.happened["acted twice at once" if at_once else "acted"] += 1

    @rule(one=which, language=st.sampled_from(["en", "fr"]))
    def change_the_record(self, one: int, language: Language) -> None:
        """Somebody is called otherwise, and reads another language from now on."""
        contact_id = self.people[one % len(self.people)].id
        now = self.runtime.clock.now()

        def change(session: Session) -> None:
            session.get_one(Contact, contact_id).given_name = f"Named {next(numbers)}"
            set_language(session, contact_id=contact_id, language=language, now=now)

        self.tell(change)

    def work(
        self,
        channel: Channel,
        manner: str = "take",
        meanwhile: Callable[[list[int]], None] | None = None,
        chunks: int = 1,
    ) -> None:
        """A worker sends some chunks, and may die of it."""
        provider = self.providers[channel]
        provider.manner, provider.meanwhile, provider.called = manner, meanwhile, False
        sender = Sender(self.runtime, self.transports, worker=f"worker-{next(numbers)}")
        before = self.count_taken()
        try:
            for _ in range(chunks):
                if not sender.send_next():
                    break
        except Died:
            pass
        self.happened["taken"] += self.count_taken() - before
        if provider.called:
            self.happened[manner] += 1
        provider.manner, provider.meanwhile = "take", None

    def call(
        self, channel: Channel, manner: str, meanwhile: Callable[[list[int]], None] | None = None
    ) -> None:
        """A worker makes a call that goes so: before it stands whatever else there is to do."""
        self.make_busy(channel)
        self.work(channel, manner, meanwhile, chunks=4)
        if not self.providers[channel].called:
            # Whoever waited has left.
            self.tell(_make_well)
            self.launch(channel)
            self.work(channel, manner, meanwhile, chunks=12)

    def count_taken(self) -> int:
        """How many messages the providers have taken."""
        return sum(one.taken.total() for one in self.providers.values())

    def make_busy(self, channel: Channel) -> None:
        """See that a call will be made: the provider is well, and something waits to be sent."""
        self.tell(_make_well)
        with self.runtime.db.read() as session:
            waiting = session.scalar(
                select(Message.id)
                .join(Mailing, Mailing.id == Message.mailing_id)
                .where(
                    Message.mailing_id.in_(self.launched),
                    Message.state == "queued",
                    Mailing.state == "sending",
                    Mailing.channel == channel,
                )
                .limit(1)
            )
        if waiting is None:
            self.launch(channel)

    @rule(channel=channels, chunks=st.integers(1, 4))
    def send(self, channel: Channel, chunks: int) -> None:
        """All goes well."""
        self.make_busy(channel)
        self.work(channel, chunks=chunks)

    @rule(channel=channels, another=st.booleans())
    def die_before_the_call(self, channel: Channel, another: bool) -> None:
        """A worker dies between claim and call, and another follows."""
        self.die(channel, "die before", [], another=another)

    @rule(channel=channels, kinds=st.just([]) | several_kinds, another=st.booleans())
    def die_after_the_call(self, channel: Channel, kinds: Sequence[str], another: bool) -> None:
        """A worker dies between call and record; the provider may speak before another follows."""
        self.die(channel, "die after", kinds, another=another)

    def die(self, channel: Channel, manner: str, kinds: Sequence[str], *, another: bool) -> None:
        """A worker dies while it sends something."""
        before = set(self.providers[channel].taken)
        self.call(channel, manner)
        now_taken = sorted(set(self.providers[channel].taken) - before)
        if kinds and now_taken:
            self.say(now_taken[0], kinds)
            self.happened["heard of the dead"] += 1
        if another:
            self.work(channel)

    @rule(
        channel=channels,
        manner=st.sampled_from(["take", "take", "silent", "storm"]),
        what=st.sampled_from(["events", "another worker", "leaving", "acting", "cancel", "pause"]),
        kinds=several_kinds,
        one=which,
    )
    def interrupt(
        self, channel: Channel, manner: str, what: str, kinds: Sequence[str], one: int
    ) -> None:
        """Something happens between a call and its record."""

        def meanwhile(ids: list[int]) -> None:
            self.happened[f"{what} in a call"] += 1
            if what == "events" and manner != "storm":
                for message_id in ids:
                    self.say(message_id, kinds)
            elif what == "another worker":
                self.work(channel)
            elif what == "leaving":
                self.leave(one, channel, by_list=bool(one % 2))
            elif what == "acting":
                self.act(one, again=bool(one % 2), at_once=False)
            elif what in {"cancel", "pause"}:
                self.give_order(max(self.launched), what)
            self.nothing_went_wrong()

        self.call(channel, manner, meanwhile)

    @rule(one=which, kinds=several_kinds)
    def hear(self, one: int, kinds: Sequence[str]) -> None:
        """The provider says something of a message that it took, whenever and however it likes."""
        taken = sorted({one for each in self.providers.values() for one in each.taken})
        taken = [one for one in taken if one in self.seen]
        if taken:
            self.say(taken[-1 - one % len(taken)], kinds)

    def say(self, message_id: int, kinds: Sequence[str]) -> None:
        """The provider of a message says these things of it, one call each."""
        channel: Channel = "email" if message_id in self.providers["email"].taken else "sms"
        provider = self.providers[channel]
        for kind in kinds:
            event = Event(
                provider="sendgrid" if channel == "email" else "twilio",
                key=f"test:{message_id}:{kind}:{next(numbers)}",
                message_id=message_id,
                kind=kind,
                state=EVENTS[kind],
                suppress=CLOSES.get(kind),
                occurred_at=self.runtime.clock.now(),
                facts={},
            )
            self.told.append(event)
            now = self.runtime.clock.now()
            self.tell(partial(apply, events=[event], now=now))
            if kind in CLOSES:
                provider.left.add(provider.went_to[message_id])
            self.happened["heard"] += 1

    @rule(one=which)
    def hear_again(self, one: int) -> None:
        """What it said long ago comes once more, all of it backwards from there."""
        again = self.told[: one % (len(self.told) or 1) + 1][::-1]
        self.tell(lambda session: apply(session, again, now=self.runtime.clock.now()))
        self.happened["heard again"] += 1

    def wait(self, minutes: int) -> None:
        """Time goes by, and the providers are well again."""
        clock = self.runtime.clock
        assert isinstance(clock, VirtualClock)
        clock.set(clock.now() + timedelta(minutes=minutes))
        self.tell(_make_well)

    @rule(channel=channels)
    def night(self, channel: Channel) -> None:
        """What may not go at night is put off to the morning, and then goes with the rest."""
        self.wait(minutes=720)
        self.work(channel, chunks=2)
        self.wait(minutes=720)

    @invariant()
    def nothing_went_wrong(self) -> None:
        """I1 and I2 by the provider's own ledger, I2 to I4 by our own tables."""
        taken = sum((one.taken for one in self.providers.values()), Counter[int]())
        assert [one for one, times in taken.items() if times > 1] == [], "taken twice"
        wrong = [one for each in self.providers.values() for one in each.wrong]
        assert wrong == [], "taken for whoever had left"
        self.each_action_is_kept_once()
        within = or_(Message.mailing_id.in_(self.launched), Message.id.in_(self.thanks))
        with self.runtime.db.read() as session:
            rows = session.execute(
                select(Message.id, Message.mailing_id, Message.state).where(within)
            ).all()
            claims = session.scalars(
                select(Submission.claim).where(Submission.state == "submitting")
            )
            under_way = {one.message_id for claim in claims for one in unpack(claim)}
        for row in rows:
            was, self.seen[row.id] = self.seen.get(row.id, "queued"), row.state
            known_better = (was, row.state) == ("unknown", "queued") and row.id not in taken
            assert known_better or _leads(was, row.state), f"{row.id}: from {was} to {row.state}"
            if row.state in REACHED_PROVIDER:
                assert row.id in taken, f"{row.id} is {row.state}, and nobody took it"
            elif row.id in taken:
                allowed = {"unknown", "failed"} | ({"queued"} if row.id in under_way else set())
                assert row.state in allowed, f"{row.id} was taken and is {row.state}"
            if row.id in taken and row.mailing_id in self.launched:
                channel, version = self.launched[row.mailing_id]
                assert self.providers[channel].words[row.id] == version, "not the launch's words"
        for event in self.told:
            state = self.seen[event.message_id or 0]
            heard = event.state or ""
            assert state == "failed" or _leads(heard, state), f"heard {heard}, and is {state}"
        none_after_withdrawal(self.runtime, within)
        consent_for_each(self.runtime, within)
        all_accounted_for(self.runtime, within, finished=False)

    def each_action_is_kept_once(self) -> None:
        """I5: each form is one report; each person takes part once, and is thanked once at most."""
        people = set(self.acts.values())
        with self.runtime.db.read() as session:
            kept = session.execute(
                select(MpContact.form_key, MpContact.contact_id).where(
                    MpContact.contact_id.in_(people)
                )
            ).all()
            parts = session.execute(
                select(Participation.id, Participation.contact_id).where(
                    Participation.contact_id.in_(people)
                )
            ).all()
            keys = [f"participation-{part.id}" for part in parts]
            thanks = session.execute(
                select(Message.id, Message.contact_id, Message.state).where(
                    Message.dedupe_key.in_(keys)
                )
            ).all()
        assert Counter(tuple(row) for row in kept) == Counter(self.acts.items()), "kept otherwise"
        assert sorted(part.contact_id or 0 for part in parts) == sorted(people), "took part twice"
        assert sorted(row.contact_id or 0 for row in thanks) == sorted(people), "thanked twice"
        self.thanks = {row.id for row in thanks}
        self.happened["thanked"] += sum(row.state in REACHED_PROVIDER for row in thanks)

    @override
    def teardown(self) -> None:
        """Everything that may go goes in the end."""
        if not getattr(self, "launched", {}):
            return
        self.resume()
        for _ in range(2):
            self.wait(minutes=1440)
            self.work("email", chunks=40)
        self.nothing_went_wrong()
        within = or_(Message.mailing_id.in_(self.launched), Message.id.in_(self.thanks))
        all_accounted_for(self.runtime, within, finished=True)


def _leads(source: str, target: str) -> bool:
    """Whether a message that stood there may stand here later, by any way."""
    if source == target:
        return True
    if target in WAY:
        return source in WAY and WAY.index(source) < WAY.index(target)
    return source in {"queued", "unknown"}


def _make_well(session: Session) -> None:
    """The providers are well again, and what they asked us to wait is over."""
    session.execute(delete(ProviderPause))
    session.execute(update(Chunk).where(Chunk.state == "ready").values(lease_until=None))


def _end_what_is_left(session: Session) -> None:
    """Of an example that failed nothing goes on in the next one."""
    bulk = Mailing.kind.not_in(STANDING_KINDS)
    session.execute(update(Mailing).where(bulk).values(state="cancelled"))
    left = update(Message).where(Message.state == "queued")
    session.execute(left.values(state="cancelled", reason="cancelled"))
    session.execute(update(Chunk).values(state="done"))
    session.execute(
        update(Submission).where(Submission.state == "submitting").values(state="unknown")
    )


def test_the_invariants_hold_after_every_step(runtime: Runtime) -> None:
    sending = replace(
        runtime.settings.sending, email_per_week=10_000, sms_per_week=10_000, lease_seconds=0
    )
    # Rates run by the real clock, which these steps do not wait for.
    twilio = replace(runtime.settings.twilio, per_second=0, long_code_per_second=0)
    played = replace(runtime, settings=replace(runtime.settings, sending=sending, twilio=twilio))

    with runtime.db.transaction() as session:
        campaign = open_campaign(session, runtime.clock.now())
        # Examples take days each.
        session.get_one(Campaign, campaign.id).closes_on = None
        riding = riding_ids(session, CURRENT_ORDER)[AJAX]

    class Played(Interleavings):
        runtime = played
        campaign_id = campaign.id
        riding_id = riding
        happened: ClassVar = Counter[str]()

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
    missing = [one for one in MUST_HAPPEN if not Played.happened[one]]
    assert missing == [], f"not among {dict(Played.happened)}"

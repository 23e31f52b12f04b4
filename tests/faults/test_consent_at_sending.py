"""Whatever happens to consents, in whatever order, every message that goes had one at that instant.

Random histories of a few people (yes, no, on topics, by form, by file, by link, by text, by a
complaint, by a merge, erased, over years) are played against queueing and sending. Each message is
then judged by the ledger's rows alone, with a formula that shares nothing with the code it judges;
so is each refusal that speaks of consent.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import select
from sqlalchemy.orm import Session
from typing_extensions import override

from mobilize.contacts import merging, opt_ins
from mobilize.contacts.confirming import confirm
from mobilize.contacts.consent_models import ConsentEvent, OptIn, Suppression
from mobilize.contacts.erasing import erase
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.jobs import note_expired
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact
from mobilize.contacts.opt_ins import SignUp, Yes
from mobilize.contacts.renewing import renew, topics_to_renew
from mobilize.contacts.wordings import wording_id
from mobilize.core.clock import VirtualClock
from mobilize.core.errors import Conflict
from mobilize.messaging.claims import claimed
from mobilize.messaging.events import Event, apply
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import AT_ONCE, Accepted, Batch, Outcome, Pace
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.receiving import take_text
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import save_template
from mobilize.runtime import Runtime
from tests.contacts.files import importer, write
from tests.messaging.people import add_contact
from tests.messaging.test_sending import TEXTS

pytestmark = pytest.mark.faults

MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
EXAMPLES: Final = 150 if MANY else 5
STEPS: Final = 35
PEOPLE: Final = 3
TOPICS: Final = ("", "services", "justice")
OF_CONSENT: Final = {"no_consent", "left_topic", "consent_expired"}

who = st.integers(0, PEOPLE - 1)
channels = st.sampled_from(["email", "sms"])
topics = st.sampled_from(TOPICS)
numbers = count(1)


class Taking:
    """A provider that takes everything; what it took is judged by the ledger."""

    name = "taking"

    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> dict[int, Outcome]:  # noqa: ARG002
        """Take a whole batch."""
        return {letter.message_id: Accepted(f"R{letter.message_id}") for letter in batch.letters}


TAKING: Final[Transports] = {"email": Taking(), "sms": Taking()}


def no_after(noes: Iterable[ConsentEvent], yes: ConsentEvent) -> bool:
    """Whether somebody took a yes back; of the same instant the no stands."""
    return any(no.occurred_at >= yes.occurred_at for no in noes)


def agrees(events: Sequence[ConsentEvent], channel: str, topic: str, at: datetime) -> bool:
    """Whether these rows of a ledger, of one record or of two, allow a message at an instant."""
    known = [
        one
        for one in events
        if (one.channel, one.organization) == (channel, "us") and one.occurred_at <= at
    ]
    struck = {one.retracts_id for one in known if one.action == "retracted"}
    noes = [one for one in known if one.action in {"withdrawn", "complaint"}]
    yeses = [one for one in known if one.action in {"granted", "renewed"} and one.id not in struck]
    of_topic = [yes for yes in yeses if yes.topic == topic]
    if topic and any(
        no.topic == topic and all(yes.occurred_at <= no.occurred_at for yes in of_topic)
        for no in noes
    ):
        return False
    return any(
        yes.topic in {"", topic}
        and (yes.expires_at is None or yes.expires_at > at)
        and not no_after((no for no in noes if no.topic in {"", yes.topic}), yes)
        for yes in yeses
    )


def barred(events: Sequence[ConsentEvent], yes: ConsentEvent, at: datetime) -> bool:
    """Whether a record had said no to what a yes of another record is about."""
    known = [
        one
        for one in events
        if (one.channel, one.organization) == (yes.channel, yes.organization)
        and one.occurred_at <= at
    ]
    if agrees(known, yes.channel, yes.topic, datetime.max.replace(tzinfo=at.tzinfo)):
        return False
    return any(
        one.action in {"withdrawn", "complaint"} and one.topic in {"", yes.topic} for one in known
    )


class Histories(RuleBasedStateMachine):
    """Things that happen to three people, and messages to them in between."""

    runtime: Runtime
    folder: Path

    @initialize()
    def begin(self) -> None:
        """Three people, two of whom agreed; time goes on from one history to the next."""
        self.clock = self.runtime.clock
        assert isinstance(self.clock, VirtualClock)
        self.mailings: list[int] = []
        self.judged: set[int] = set()
        with self.runtime.db.transaction() as session:
            self.people = [
                add_contact(session, next(numbers), now=self.now, consents=agreed).id
                for agreed in ((), ("email", "sms"), ("email", "sms"))
            ]

    @property
    def now(self) -> datetime:
        """The instant."""
        return self.runtime.clock.now()

    def tell(self, change: Callable[[Session], object]) -> None:
        """Let one thing happen."""
        with self.runtime.db.transaction() as session:
            change(session)

    def person(self, session: Session, number: int) -> Contact:
        """One of the three."""
        return session.get_one(Contact, self.people[number])

    def event(self, number: int, channel: str, action: str, **more: Any) -> None:
        """Something is written down in the ledger."""
        given: dict[str, Any] = {
            "contact_id": self.people[number],
            "channel": channel,
            "action": action,
            "evidence": "form",
            "source": "test",
            "actor": "command",
            "occurred_at": self.now,
        }
        new = NewConsent(**{**given, **more})
        self.tell(lambda session: record(session, events=[new], now=self.now))

    @rule(
        number=who,
        channel=channels,
        topic=topics,
        basis=st.sampled_from(["express", "implied_inquiry", "implied_donation"]),
        days=st.integers(0, 600),
        organization=st.sampled_from(["us", "partnerpartner00"]),
        action=st.sampled_from(["granted", "renewed"]),
    )
    def yes(
        self,
        number: int,
        channel: str,
        topic: str,
        basis: str,
        days: int,
        organization: str,
        action: str,
    ) -> None:
        """Somebody agreed, to us or to a partner, perhaps long ago."""
        at = self.now - timedelta(days=days)
        self.event(
            number,
            channel,
            action,
            topic=topic,
            basis=basis,
            basis_date=at.date(),
            organization=organization,
            occurred_at=at,
        )

    @rule(number=who, channel=channels, topic=topics, days=st.integers(0, 60))
    def no(self, number: int, channel: str, topic: str, days: int) -> None:
        """Somebody takes a topic or everything back."""
        at = self.now - timedelta(days=days)
        self.event(number, channel, "withdrawn", topic=topic, occurred_at=at)

    def strike_out(self, number: int, which: int) -> None:
        """A yes was written down by mistake."""
        with self.runtime.db.read() as session:
            yeses = session.scalars(
                select(ConsentEvent).where(
                    ConsentEvent.contact_id == self.people[number],
                    ConsentEvent.action.in_(("granted", "renewed")),
                )
            ).all()
        if yeses:
            mistake = yeses[which % len(yeses)]
            self.event(
                number,
                mistake.channel,
                "retracted",
                topic=mistake.topic,
                organization=mistake.organization,
                retracts_id=mistake.id,
            )

    def sign_up(self, number: int, topic: str) -> None:
        """A form is filled in."""

        def change(session: Session) -> None:
            email = self.person(session, number).email
            if email is None:
                return
            words = wording_id(session, name="form", language="en", text="Yes.", now=self.now)
            form = SignUp(
                language="en",
                source="form",
                email=email,
                topics=[topic] if topic else [],
                answers={"email": [Yes("us", words)]},
            )
            limits = self.runtime.settings.sign_ups
            # No message of a form goes here, so that none counts.
            opt_ins.ask(session, form=form, limits=limits, written=lambda _: {}, now=self.now)

        self.tell(change)

    def confirm_all(self) -> None:
        """Whoever filled in a form confirms it."""
        with self.runtime.db.read() as session:
            waiting = session.scalars(select(OptIn.id).where(OptIn.state == "asked")).all()
        for one in waiting:
            try:
                with self.runtime.db.transaction() as session:
                    confirm(session, opt_in_id=one, proof="link", now=self.now)
            except Conflict:
                continue

    def stay(self, number: int, channel: str) -> None:
        """Somebody says yes by the link of a message."""

        def change(session: Session) -> None:
            contact = self.person(session, number)
            if topics_to_renew(session, contact=contact, channel=channel):
                words = wording_id(session, name="stay", language="en", text="Yes.", now=self.now)
                renew(
                    session,
                    contact=contact,
                    channel=channel,
                    wording_id=words,
                    source="stay page",
                    proof="link",
                    now=self.now,
                )

        self.tell(change)

    def text_back(self, number: int, words: str) -> None:
        """A word comes back by text."""

        def change(session: Session) -> None:
            phone = self.person(session, number).phone
            if phone is not None:
                take_text(
                    session,
                    sender=phone,
                    body=words,
                    provider_ref=f"SM{next(numbers)}",
                    settings=self.runtime.settings,
                    now=self.now,
                )

        self.tell(change)

    def provider_says(self, kind: str, which: int) -> None:
        """A provider reports a complaint, a bounce, somebody who left."""
        if not self.judged:
            return
        message_id = sorted(self.judged)[which % len(self.judged)]
        suppress = {"spamreport": "complaint", "bounce": "bounced", "unsubscribe": "unsubscribed"}
        told = Event(
            provider="sendgrid",
            key=f"test:{next(numbers)}",
            message_id=message_id,
            kind=kind,
            state=None,
            suppress=suppress[kind],
            occurred_at=self.now,
            facts={},
        )
        self.tell(lambda session: apply(session, [told], now=self.now))

    def come_in_a_file(self, number: int, days: int, basis: str) -> None:
        """A file claims a consent."""
        with self.runtime.db.read() as session:
            email = self.person(session, number).email
        if email is None:
            return
        row = {
            "email": email,
            "language": "en",
            "consent_email_basis": basis,
            "consent_email_date": str((self.now - timedelta(days=days)).date()),
            "consent_email_evidence": "list",
        }
        path = write(self.folder / f"{next(numbers)}.csv", [row])
        importer(self.runtime.db, self.runtime.keyring, self.now)(path)

    @precondition(lambda self: not self.merged)
    @rule(kept=who, merged=who)
    def find_to_be_one(self, kept: int, merged: int) -> None:
        """Two records are found to be one person."""

        def change(session: Session) -> None:
            one, other = self.person(session, kept), self.person(session, merged)
            if one.id != other.id and one.state == other.state == "active":
                merging.merge(session, kept=one, merged=other, actor="command", now=self.now)

        self.tell(change)

    @property
    def merged(self) -> Merge | None:
        """The merge of this history, if there was one."""
        with self.runtime.db.read() as session:
            return session.scalar(select(Merge).where(Merge.kept_id.in_(self.people)))

    def forget(self, number: int) -> None:
        """Somebody is erased."""
        if number < PEOPLE - 1:  # one of them is never erased, so that something goes on
            self.tell(
                lambda session: erase(
                    session, contact=self.person(session, number), actor="supporter", now=self.now
                )
            )

    @rule(
        way=st.sampled_from(["form", "confirmed", "stay page", "file"]),
        number=who,
        channel=channels,
        topic=topics,
        days=st.integers(0, 700),
        basis=st.sampled_from(["express", "implied_member"]),
    )
    def come(self, way: str, number: int, channel: str, topic: str, days: int, basis: str) -> None:
        """Somebody comes, or comes back, in one of the ways that there are."""
        if way == "form":
            self.sign_up(number, topic)
        elif way == "confirmed":
            self.sign_up(number, topic)
            self.confirm_all()
        elif way == "stay page":
            self.stay(number, channel)
        else:
            self.come_in_a_file(number, days, basis)

    @rule(
        way=st.sampled_from(
            ["STOP", "START", "OUI", "spamreport", "bounce", "unsubscribe", "mistake", "erase"]
        ),
        number=who,
        which=st.integers(0, 50),
    )
    def go(self, way: str, number: int, which: int) -> None:
        """Somebody goes, or says so by a word, or was never there."""
        if way in {"STOP", "START", "OUI"}:
            self.text_back(number, way)
        elif way == "mistake":
            self.strike_out(number, which)
        elif way == "erase":
            self.forget(number)
        else:
            self.provider_says(way, which)

    @rule(days=st.sampled_from([1, 7, 40, 190, 400]), noted=st.booleans())
    def wait(self, days: int, noted: bool) -> None:
        """Time passes, and the worker notes what has ended, or is late."""
        assert isinstance(self.clock, VirtualClock)
        self.clock.set(self.now + timedelta(days=days))
        if noted:
            note_expired(self.runtime)

    @rule(channel=channels, topic=topics)
    def launch(self, channel: Channel, topic: str) -> None:
        """An alert is frozen for all three, and waits."""

        def change(session: Session) -> None:
            template = save_template(session, key="t", name="T", texts=TEXTS, now=self.now)
            mailing = start_mailing(
                session,
                kind="alert",
                channel=channel,
                template_id=template.id,
                recipients=select(Contact.id, Contact.language).where(Contact.id.in_(self.people)),
                topic=topic,
                campaign_ref=None,
                facts={},
                now=self.now,
            )
            self.mailings.append(mailing.id)

        self.tell(change)

    @rule(channel=channels, topic=topics)
    def write(self, channel: Channel, topic: str) -> None:
        """An alert goes at once."""
        self.launch(channel, topic)
        self.send()

    @rule()
    def send(self) -> None:
        """All that waits goes, and is judged."""
        drain(self.runtime, TAKING, worker="one")
        self.judge()

    @override
    def teardown(self) -> None:
        """Nothing that waits still is left unjudged."""
        if getattr(self, "mailings", None):
            self.send()

    def judge(self) -> None:
        """Hold what has gone, or was refused for its consent, since the last look."""
        with self.runtime.db.transaction() as session:
            rows = session.execute(
                select(Message, Mailing.channel, Mailing.topic)
                .join(Mailing, Mailing.id == Message.mailing_id)
                .where(
                    Message.mailing_id.in_(self.mailings),
                    Message.id.not_in(self.judged),
                    Message.state.in_(("accepted", "skipped")),
                )
            ).all()
            claims = claimed(session, [message.id for message, *_ in rows])
            closed = {
                (one.channel, bytes(one.address_hash))
                for one in session.scalars(
                    select(Suppression).where(Suppression.lifted_at.is_(None))
                )
            }
            for message, channel, topic in rows:
                self.judged.add(message.id)
                allowed = self.allowed(session, message.contact_id or 0, channel, topic)
                if message.state == "accepted":
                    assert allowed, f"message {message.id} went without consent"
                    assert (channel, claims[message.id].address_hash) not in closed
                elif message.reason in OF_CONSENT:
                    assert not allowed, f"message {message.id} was refused: {message.reason}"

    def allowed(self, session: Session, contact_id: int, channel: str, topic: str) -> bool:
        """What the ledger's rows say now of the person who stands behind a message."""

        def of(record: int) -> list[ConsentEvent]:
            return list(
                session.scalars(select(ConsentEvent).where(ConsentEvent.contact_id == record))
            )

        own = of(contact_id)
        one = session.scalar(select(Merge).where(Merge.kept_id == contact_id))
        if one is None:
            return agrees(own, channel, topic, self.now)
        other = of(one.merged_id)
        side = one.email_side if channel == "email" else one.phone_side

        def counts(event: ConsentEvent, *, is_own: bool) -> bool:
            if event.action not in {"granted", "renewed"}:
                return True
            before = event.id <= (one.ledger_cut or 0)
            if side != "both" and is_own and side == "merged" and before:
                return False
            if side != "both" and not is_own and (side == "kept" or not before):
                return False
            against = other if is_own else own
            return event.occurred_at > one.merged_at or not barred(against, event, one.merged_at)

        read = [event for event in own if counts(event, is_own=True)]
        read += [event for event in other if counts(event, is_own=False)]
        return agrees(read, channel, topic, self.now)


def test_every_message_that_went_had_consent_at_that_instant(
    runtime: Runtime, tmp_path: Path
) -> None:
    generous = replace(runtime.settings.sending, email_per_week=10_000, sms_per_week=10_000)
    eager = replace(runtime.settings.sign_ups, per_address=1000, per_hour=10**6)
    playing = replace(runtime, settings=replace(runtime.settings, sending=generous, sign_ups=eager))

    class Played(Histories):
        runtime = playing
        folder = tmp_path

    run(
        Played,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not MANY,
            # What fails is made smaller where there is time: `make faults`.
            phases=tuple(Phase) if MANY else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )

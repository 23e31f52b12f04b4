"""The sandbox put together: clock, store, faults, both providers, and the calls that are owed."""

import time
from datetime import datetime

from mobilize.sandbox.calls import Caller
from mobilize.sandbox.clock import Clock
from mobilize.sandbox.dispatcher import Dispatcher
from mobilize.sandbox.faults import Faults
from mobilize.sandbox.forging import Forger
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.judge import Judge
from mobilize.sandbox.mailroom import Mailroom
from mobilize.sandbox.options import Options
from mobilize.sandbox.people_fates import PeopleFates
from mobilize.sandbox.posting import Call
from mobilize.sandbox.retries import Retries
from mobilize.sandbox.scenario import Scenario, load_scenario
from mobilize.sandbox.sender_queues import SenderQueues
from mobilize.sandbox.signing import event_signer
from mobilize.sandbox.store import Store
from mobilize.sandbox.switchboard import Switchboard
from mobilize.sandbox.telling import Teller
from mobilize.sandbox.timetable import Timetable
from mobilize.sandbox.tricks import Tricks


class World:
    """Everything behind the routes; what a data folder holds is taken up again."""

    def __init__(self, options: Options) -> None:
        if options.data:
            options.data.mkdir(parents=True, exist_ok=True)
        self.options = options
        self.targets = options.targets
        self.clock = Clock()
        self.store = Store(options.seed)
        self.faults = Faults(options.seed, self.clock.now, time.monotonic)
        self.signer = event_signer(options.signing_key, options.data)
        self.fates = PeopleFates(options.seed)
        self.judge = Judge(time.monotonic)
        self.tricks = Tricks(options.seed)
        self.timetable = Timetable(self.clock)
        self.retries = Retries(self.clock, options.webhook_attempts)
        self._queues = SenderQueues(self.faults, self.clock)
        self._journal = Journal(options.data)
        caller = Caller(options, self.signer, self.clock)
        self.dispatcher = Dispatcher(
            targets=self.targets,
            pack=lambda events: self._teller.pack(events),  # noqa: PLW0108 - made only below
            on_told=self._on_told,
            retries=self.retries,
            timetable=self.timetable,
        )
        self._teller = Teller(
            store=self.store,
            clock=self.clock,
            targets=self.targets,
            caller=caller,
            forger=Forger(options, self.signer),
            timetable=self.timetable,
            tricks=self.tricks,
            dispatcher=self.dispatcher,
        )
        self.mailroom = Mailroom(
            store=self.store,
            clock=self.clock,
            journal=self._journal,
            teller=self._teller,
            judge=self.judge,
            fates=self.fates,
        )
        self.switchboard = Switchboard(
            store=self.store,
            clock=self.clock,
            journal=self._journal,
            teller=self._teller,
            judge=self.judge,
            fates=self.fates,
            caller=caller,
            targets=self.targets,
            queues=self._queues,
            timetable=self.timetable,
        )
        self.play(load_scenario(options.scenario))
        self._restore()

    def set_clock(self, now: datetime | None) -> None:
        """Stand at an instant, or follow the machine's clock; what has fallen due is done."""
        self.clock.set(now)
        self.timetable.moved()

    def play(self, scenario: Scenario) -> None:
        """Put a scenario in force, in place of every fault, trick and fate that was."""
        seed = self.options.seed if scenario.seed is None else scenario.seed
        self.scenario = scenario
        self.faults.clear(seed)
        self.tricks.clear(seed)
        for fault in scenario.faults:
            self.faults.add(fault)
        for trick in scenario.tricks:
            self.tricks.add(trick)
        self.fates.use(scenario.fates, seed)
        self.retries.choose(scenario.retries)

    def reset(self) -> None:
        """Begin again: no message, no fault, no pending call, the machine's clock."""
        with self.store.lock:
            self.timetable.forget()
            self.dispatcher.forget()
            self.store.reset()
            self.judge.forget()
            self.play(Scenario("calm"))
            self._queues.forget()
            self.clock.set(None)
            self._journal.clear()

    def _on_told(self, call: Call) -> None:
        self._journal.write("told", events=call.events)
        for person in call.opt_outs:
            self.judge.opt_out(person)

    def _restore(self) -> None:
        lines = list(self._journal.read())
        told = {number for line in lines if line["kind"] == "told" for number in line["events"]}
        for line in lines:
            if line["kind"] == "mail":
                self.mailroom.restore(line, told)
            elif line["kind"] != "told":
                self.switchboard.restore(line, told)

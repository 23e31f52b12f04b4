"""The sandbox put together: clock, store, faults, both providers, and the calls that are owed."""

import time

from mobilize.sandbox.calls import Caller
from mobilize.sandbox.clock import Clock
from mobilize.sandbox.dispatcher import Dispatcher
from mobilize.sandbox.faults import Faults
from mobilize.sandbox.journal import Journal
from mobilize.sandbox.mailroom import Mailroom
from mobilize.sandbox.options import Options
from mobilize.sandbox.signing import event_signer
from mobilize.sandbox.store import Store
from mobilize.sandbox.switchboard import Switchboard


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
        self._journal = Journal(options.data)
        caller = Caller(options, self.signer, self.clock)
        self.dispatcher = Dispatcher(
            targets=self.targets,
            pack=caller.events,
            on_told=lambda numbers: self._journal.write("told", events=numbers),
            attempts=options.webhook_attempts,
        )
        self.mailroom = Mailroom(
            store=self.store,
            clock=self.clock,
            journal=self._journal,
            dispatcher=self.dispatcher,
            targets=self.targets,
        )
        self.switchboard = Switchboard(
            store=self.store,
            clock=self.clock,
            journal=self._journal,
            dispatcher=self.dispatcher,
            caller=caller,
            targets=self.targets,
        )
        self._restore()

    def reset(self) -> None:
        """Begin again: no message, no fault, no pending call, the machine's clock."""
        with self.store.lock:
            self.dispatcher.forget()
            self.store.reset()
            self.faults.clear()
            self.clock.set(None)
            self._journal.clear()

    def _restore(self) -> None:
        lines = list(self._journal.read())
        told = {number for line in lines if line["kind"] == "told" for number in line["events"]}
        for line in lines:
            if line["kind"] == "mail":
                self.mailroom.restore(line, told)
            elif line["kind"] != "told":
                self.switchboard.restore(line, told)

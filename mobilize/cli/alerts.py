"""`mobilize alerts`: what is on its way, and stopping it in a hurry."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import click
from rich.live import Live
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.models import Account
from mobilize.accounts.queries import account_by_public_id, accounts
from mobilize.alerts.models import AlertStep
from mobilize.alerts.progress import AlertProgress, progress_of
from mobilize.alerts.queries import alert_by_public_id, list_alerts
from mobilize.alerts.schemas import ProgressSchema, TrialSchema
from mobilize.alerts.trial import send_test
from mobilize.cli.alert_progress import in_a_line, pictured
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core.clock import SystemClock
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.messaging.models import Mailing
from mobilize.messaging.service import pause_mailing


@click.group()
def alerts() -> None:
    """Alerts: list, watch, and stop. Composing and launching is done in the console."""


@alerts.command("list")
@json_option
@with_call
def list_all(call: Call, as_json: bool) -> None:
    """The alerts, the newest first."""
    with call.runtime() as runtime, runtime.db.read() as session:
        rows = [
            {"id": alert.public_id, "name": alert.name, "state": alert.state}
            for alert in list_alerts(session).items
        ]
    if as_json:
        call.answer({"alerts": rows})
        return
    for row in rows:
        call.say(f"{row['id']}  {row['state']:<10} {row['name']}")


@alerts.command()
@click.argument("alert_id")
@click.option("--once", is_flag=True, help="Show how it stands and end.")
@click.option(
    "--every",
    default=2.0,
    show_default=True,
    type=click.FloatRange(min=0.2),
    help="Seconds between two looks.",
)
@json_option
@with_call
def watch(call: Call, alert_id: str, once: bool, every: float, as_json: bool) -> None:
    """Watch an alert go until it has gone: how many, how fast, what holds it up, and why.

    With --json a line for each look, as the API's `progress`; with --once the one document.
    """
    with call.runtime() as runtime, _screen(call, as_json=as_json, once=once) as show:
        while True:
            with runtime.db.read() as session:
                alert = alert_by_public_id(session, alert_id)
                seen = progress_of(
                    session, alert, now=runtime.clock.now(), real_now=SystemClock().now()
                )
            show(seen)
            if once or seen.is_over:
                return
            time.sleep(every)


@alerts.command()
@click.argument("alert_id")
@click.option("--reason", prompt=True, help="What organizers will read.")
@with_call
def pause(call: Call, alert_id: str, reason: str) -> None:
    """Stop an alert at once; it is resumed in the console."""
    with call.runtime() as runtime, runtime.db.transaction() as session:
        alert = alert_by_public_id(session, alert_id)
        if alert.state != "sending":
            raise Conflict(f"The alert is {alert.state}; there is nothing to stop.")
        for mailing_id in session.scalars(
            select(Mailing.id)
            .join(AlertStep, AlertStep.mailing_id == Mailing.id)
            .where(AlertStep.alert_id == alert.id, Mailing.state.in_(("ready", "sending")))
        ):
            pause_mailing(session, mailing_id=mailing_id, reason=reason)
        alert.state, alert.pause_reason = "paused", reason
        audit.record(
            session,
            now=runtime.clock.now(),
            actor=COMMAND_ACTOR,
            action="alert.pause",
            subject_kind="alert",
            subject_id=alert.public_id,
        )
    call.say("Stopped. What is with the provider already cannot be taken back.")


@alerts.command("test-send")
@click.argument("alert_id", metavar="ALERT")
@click.option(
    "--to", "account_id", metavar="ACCOUNT", help="The account's id; `users list` has it."
)
@json_option
@with_call
def test_send(call: Call, alert_id: str, account_id: str | None, as_json: bool) -> None:
    """Send an alert's words, as a test, to the address of an account, so many an hour.

    Without --to it goes to the one account there is.
    """
    with call.runtime() as runtime, runtime.db.transaction() as session:
        now = runtime.clock.now()
        trial = send_test(
            session,
            alert=alert_by_public_id(session, alert_id),
            account_id=_account(session, account_id).id,
            settings=runtime.settings,
            now=now,
            today=now.astimezone(ZoneInfo(runtime.settings.time.zone)).date(),
            actor=COMMAND_ACTOR,
        )
    if as_json:
        call.answer(TrialSchema().dump(trial))
        return
    call.say(f"On its way: {', '.join(' '.join(one) for one in trial.going)}.")
    for why in dict.fromkeys(left.why for left in trial.left):
        call.say(why)


def _account(session: Session, public_id: str | None) -> Account:
    if public_id is not None:
        return account_by_public_id(session, public_id)
    active = [account for account in accounts(session) if account.state == "active"]
    if len(active) != 1:
        raise InvalidInput(
            f"There are {len(active)} accounts, and --to names none of them.",
            hint="Give the id of yours with --to; `mobilize users list` has it.",
        )
    return active[0]


@contextmanager
def _screen(call: Call, *, as_json: bool, once: bool) -> Iterator[Callable[[AlertProgress], None]]:
    """Where the looks are shown: a table that changes, lines where nobody watches, or JSON."""
    if as_json:
        yield lambda seen: _tell_json(seen, indent=2 if once else None)
    elif once:
        yield lambda seen: call.out.print(pictured(seen))
    elif call.out.is_terminal:
        with Live(console=call.out, auto_refresh=False) as live:
            yield lambda seen: live.update(pictured(seen), refresh=True)
    else:
        yield lambda seen: call.say(in_a_line(seen))


def _tell_json(seen: AlertProgress, *, indent: int | None) -> None:
    facts = ProgressSchema().dump(seen)
    click.echo(json.dumps(facts, ensure_ascii=False, indent=indent))

"""`mobilize alerts`: what is on its way, and stopping it in a hurry."""

import time
from collections.abc import Mapping
from typing import Any

import click
from rich.live import Live
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.alerts.models import Alert, AlertStep
from mobilize.alerts.queries import alert_by_public_id, list_alerts
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core.errors import Conflict
from mobilize.messaging.models import Mailing
from mobilize.messaging.queries import mailing_counts
from mobilize.messaging.reasons import explain
from mobilize.messaging.service import pause_mailing

_EVERY = 2.0


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
@click.option("--once", is_flag=True, help="Show the counts and end.")
@json_option
@with_call
def watch(call: Call, alert_id: str, once: bool, as_json: bool) -> None:
    """Watch an alert go: how many messages stand where, and why."""
    with call.runtime() as runtime:
        if as_json or once:
            with runtime.db.read() as session:
                facts = _facts(session, alert_id)
            call.answer(facts) if as_json else call.out.print(_table(facts))
            return
        with Live(console=call.out, auto_refresh=False) as live:
            while True:
                with runtime.db.read() as session:
                    facts = _facts(session, alert_id)
                live.update(_table(facts), refresh=True)
                if facts["state"] in {"done", "cancelled"}:
                    return
                time.sleep(_EVERY)


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


def _facts(session: Session, alert_id: str) -> dict[str, Any]:
    alert: Alert = alert_by_public_id(session, alert_id)
    steps = session.execute(
        select(Mailing.id, Mailing.channel)
        .join(AlertStep, AlertStep.mailing_id == Mailing.id)
        .where(AlertStep.alert_id == alert.id)
    )
    channels = {step.id: step.channel for step in steps}
    return {
        "id": alert.public_id,
        "name": alert.name,
        "state": alert.state,
        "messages": [
            {
                "channel": channels[row.mailing_id],
                "language": row.language,
                "state": row.state,
                "reason": row.reason,
                "people": row.people,
            }
            for row in mailing_counts(session, list(channels))
        ],
    }


def _table(facts: Mapping[str, Any]) -> Table:
    title = f"{facts['name']}: {facts['state']}"
    table = Table("channel", "language", "state", "why", "people", title=title)
    for row in facts["messages"]:
        table.add_row(
            row["channel"],
            row["language"],
            row["state"],
            explain(row["reason"], "en"),
            str(row["people"]),
        )
    return table

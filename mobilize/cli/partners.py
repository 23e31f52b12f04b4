"""`mobilize partners`: the organizations that stand with us, and what they signed."""

from pathlib import Path

import click
from sqlalchemy import func, select

from mobilize.cli.contacts import file_argument, show_report
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.partners.importing import import_partners
from mobilize.partners.models import SignOn
from mobilize.strategy.models import Demand, DemandVersion


@click.group()
def partners() -> None:
    """Partner organizations and their sign-ons."""


@partners.command("import")
@file_argument
@json_option
@with_call
def import_file(call: Call, path: Path, as_json: bool) -> None:
    """Bring in a CSV FILE of partner organizations, each with a person who speaks for it."""
    with call.runtime() as runtime:
        report = import_partners(
            runtime.db,
            path=path,
            actor=COMMAND_ACTOR,
            clock=runtime.clock,
            keyring=runtime.keyring,
        )
    if as_json:
        call.answer(report.as_dict())
        return
    counts = ", ".join(f"{n} {what}" for what, n in sorted(report.partners.items()))
    call.say(f"Organizations: {counts or 'none'}.")
    show_report(call, report.people, as_json=False)


@partners.command("sign-ons")
@json_option
@with_call
def sign_ons(call: Call, as_json: bool) -> None:
    """How many organizations stand behind each demand."""
    with call.runtime() as runtime, runtime.db.read() as session:
        rows = session.execute(
            select(Demand.slug, DemandVersion.number, SignOn.state, func.count())
            .join(DemandVersion, DemandVersion.demand_id == Demand.id)
            .join(SignOn, SignOn.demand_version_id == DemandVersion.id)
            .group_by(Demand.position, Demand.slug, DemandVersion.number, SignOn.state)
            .order_by(Demand.position, DemandVersion.number, SignOn.state)
        ).all()
    if as_json:
        names = ("demand", "version", "state", "sign_ons")
        call.answer({"sign_ons": [dict(zip(names, row, strict=True)) for row in rows]})
        return
    for slug, number, state, count in rows:
        call.say(f"{slug}, version {number}: {count} {state}")

"""`mobilize partners`: the organizations that stand with us, and what they signed."""

from pathlib import Path
from typing import TextIO

import click
from sqlalchemy import func, select

from mobilize.accounts import audit
from mobilize.cli.contacts import file_argument, pair, show_report
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.partners.importing import import_partners
from mobilize.partners.models import SignOn
from mobilize.partners.queries import by_public_id
from mobilize.partners.sharing import consents_to
from mobilize.strategy.models import Demand, DemandVersion


@click.group()
def partners() -> None:
    """Partner organizations and their sign-ons."""


@partners.command("import")
@file_argument
@click.option(
    "--map",
    "mapped",
    metavar="COLUMN=AS",
    multiple=True,
    help="Read a column as one of ours, or as nothing.",
)
@json_option
@with_call
def import_file(call: Call, path: Path, mapped: tuple[str, ...], as_json: bool) -> None:
    """Bring in a FILE (CSV or Excel) of partner organizations, each with who speaks for it.

    A file that was stopped goes on where it was. docs/how-to/import.md describes the columns.
    """
    with call.runtime() as runtime, call.resumable("Importing") as after_batch:
        report = import_partners(
            runtime.db,
            path=path,
            actor=COMMAND_ACTOR,
            clock=runtime.clock,
            keyring=runtime.keyring,
            chosen=dict(pair(text, "--map") for text in mapped),
            on_progress=after_batch,
        )
    if as_json:
        call.answer(report.as_dict())
        return
    counts = ", ".join(f"{n} {what}" for what, n in sorted(report.partners.items()))
    call.say(f"Organizations: {counts or 'none'}.")
    show_report(call, report.people, as_json=False)


@partners.command()
@click.argument("partner", metavar="PARTNER")
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="The CSV file to write; give it to that partner and to nobody else.",
)
@json_option
@with_call
def consents(call: Call, partner: str, path: Path, as_json: bool) -> None:
    """Take out who agreed to hear from PARTNER (its id), for that partner alone."""
    with call.runtime() as runtime:
        now = runtime.clock.now()
        with runtime.db.transaction() as session:
            found = by_public_id(session, partner)
            path.touch(mode=0o600)
            with path.open("w", encoding="utf-8", newline="") as file:
                lines = sum(
                    _written(file, piece) for piece in consents_to(session, partner=found, now=now)
                )
            audit.record(
                session,
                now=now,
                actor=COMMAND_ACTOR,
                action="partner.take_consents",
                subject_kind="partner",
                subject_id=found.public_id,
                facts={"consents": lines - 1},
            )
    if as_json:
        call.answer({"file": str(path), "consents": lines - 1})
        return
    call.say(f"{lines - 1} consents to {found.name_en} are in {path}.")


def _written(file: TextIO, piece: str) -> int:
    file.write(piece)
    return piece.count("\r\n")


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

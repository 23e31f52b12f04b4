"""`mobilize contacts`: bringing supporters in, and how many there are."""

from pathlib import Path
from typing import Final

import click
from sqlalchemy import func, select

from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.contacts.rejects import beside
from mobilize.contacts.report import ImportReport

_SHOWN: Final = 10

file_argument = click.argument(
    "path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def contacts() -> None:
    """Supporters and partners' people."""


@contacts.command("import")
@file_argument
@json_option
@with_call
def import_file(call: Call, path: Path, as_json: bool) -> None:
    """Bring in a FILE (CSV or Excel) of supporters, with the consent that each row claims.

    Rows that cannot be used go to a file beside it, with line and reason; the rest is kept. The
    same file again changes nothing. docs/how-to/import.md describes the columns.
    """
    with call.runtime() as runtime, call.progress("Importing") as show:
        report = import_supporters(
            runtime.db,
            table=open_table(path),
            actor=COMMAND_ACTOR,
            clock=runtime.clock,
            keyring=runtime.keyring,
            on_progress=show,
            rejects_path=beside(path),
        )
    show_report(call, report, as_json)


@contacts.command()
@json_option
@with_call
def count(call: Call, as_json: bool) -> None:
    """How many people are on the list, by language."""
    with call.runtime() as runtime, runtime.db.read() as session:
        rows = session.execute(
            select(Contact.kind, Contact.language, func.count())
            .where(Contact.state == "active")
            .group_by(Contact.kind, Contact.language)
            .order_by(Contact.kind, Contact.language)
        ).all()
    if as_json:
        call.answer(
            {"contacts": [{"kind": k, "language": lang, "people": n} for k, lang, n in rows]}
        )
        return
    for kind, language, people in rows:
        call.say(f"{kind}, {language or 'language not known'}: {people}")


def show_report(call: Call, report: ImportReport, as_json: bool) -> None:
    """Say what became of a file."""
    if as_json:
        call.answer(report.as_dict())
        return
    call.say(
        f"{report.rows} rows read ({report.encoding}): {report.created} new, {report.updated} "
        f"changed, {report.unchanged} as before, {report.repeated} repeated, {report.rejected} "
        "put aside."
    )
    if report.ignored_columns:
        call.say(f"Columns that nothing was taken from: {', '.join(report.ignored_columns)}.")
    for why, people in sorted(report.without_consent.items()):
        call.say(f"  kept without consent ({why}): {people}")
    for line, reason in report.rejects[:_SHOWN]:
        call.say(f"  line {line}: {reason}")
    if report.rejects_path is not None:
        call.say(
            f"What was put aside is in {report.rejects_path}: correct it and import that file."
        )

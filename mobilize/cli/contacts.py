"""`mobilize contacts`: bringing supporters in, and how many there are."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from sqlalchemy import func, select

from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.cli.exporting import export
from mobilize.cli.imports import list_imports, undo_import
from mobilize.cli.proof import proof
from mobilize.contacts.columns import Layout
from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.dialects import tool_title
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.mapping import lay_out, remembered, with_targets
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.contacts.rehearsing import Rehearsal, rehearse
from mobilize.contacts.rejects import beside
from mobilize.contacts.report import ImportReport
from mobilize.contacts.shaping import Declared
from mobilize.contacts.tables import Table
from mobilize.core.garbage import collect_seldom
from mobilize.runtime import Runtime

_SHOWN: Final = 10

file_argument = click.argument(
    "path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def contacts() -> None:
    """Supporters and partners' people."""


@contacts.command("import")
@file_argument
@click.option(
    "--map",
    "mapped",
    metavar="COLUMN=AS",
    multiple=True,
    help="Read a column as one of ours, field:KEY, tag:NAME, or nothing.",
)
@click.option("--tag", "tags", multiple=True, help="A tag that everybody of the file wears.")
@click.option("--language", default="", help="The language of whoever's row says none.")
@click.option("--source", default="", help="Where whoever's row says none comes from.")
@click.option(
    "--consent",
    "declared",
    metavar="CHANNEL=BASIS",
    multiple=True,
    help="Declare a consent for the file: email=express or sms=implied_donation.",
)
@click.option("--since", metavar="DAY", default="", help="From when declared consents count.")
@click.option("--dry-run", is_flag=True, help="Say what the import would do, and write nothing.")
@click.option("--proof", default="", help="What proves the declared consents, in a sentence.")
@json_option
@with_call
def import_file(
    call: Call,
    path: Path,
    mapped: tuple[str, ...],
    tags: tuple[str, ...],
    language: str,
    source: str,
    declared: tuple[str, ...],
    since: str,
    proof: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring in a FILE (CSV or Excel) of supporters, with the consent that each row claims.

    Exports of Action Network, CiviCRM, Mailchimp and NationBuilder are known by their header. Rows
    that cannot be used go to a file beside it, with line and reason; the rest is kept. The same
    file again changes nothing. docs/how-to/import.md describes the columns.
    """
    table = open_table(path)
    with call.runtime() as runtime:
        with runtime.db.read() as session:
            proposed = with_targets(
                remembered(session, table.header, table.name),
                table.header,
                dict(pair(text, "--map") for text in mapped),
            )
            choices = replace(
                proposed,
                tags=tags,
                language=language,
                source=source,
                declared=tuple(
                    Declared(*pair(text, "--consent"), since, proof) for text in declared
                ),
            )
            columns = lay_out(
                choices, table.header, file_name=table.name, fields=all_fields(session)
            )
        if columns.dialect and not as_json:
            call.say(f"An export of {tool_title(columns.dialect)}.")
        if dry_run:
            _show_rehearsal(call, _rehearse(call, runtime, table, columns), as_json)
            return
        report = _bring_in(call, runtime, path, table, columns)
    show_report(call, report, as_json)


def _rehearse(call: Call, runtime: Runtime, table: Table, columns: Layout) -> Rehearsal:
    with call.progress("Reading") as show:
        return rehearse(
            runtime.db,
            table=table,
            columns=columns,
            clock=runtime.clock,
            keyring=runtime.keyring,
            on_progress=show,
        )


def _show_rehearsal(call: Call, rehearsal: Rehearsal, as_json: bool) -> None:
    if as_json:
        call.answer(rehearsal.as_dict())
        return
    call.say("A dry run: nothing was written.")
    show_report(call, rehearsal.report, as_json)
    if rehearsal.likely:
        call.say(f"{rehearsal.likely} may be on file already under another email address:")
    for line, reason in rehearsal.likely_lines[:_SHOWN]:
        call.say(f"  line {line}: {reason}")
    for one in rehearsal.first[:_SHOWN]:
        name = f"{one.given_name} {one.family_name}".strip()
        shown = [name, one.email, one.phone, one.language, one.postal_area, ", ".join(one.tags)]
        call.say(f"  line {one.line}, {one.outcome}: {' · '.join(filter(None, shown))}")


def pair(text: str, option: str) -> tuple[str, str]:
    """Both sides of the last equals sign of an option.

    Raises:
        UsageError: It has none.
    """
    left, equals, right = text.rpartition("=")
    if not equals:
        raise click.UsageError(f"{option} is written with an equals sign, as in the help.")
    return left, right


def _bring_in(
    call: Call, runtime: Runtime, path: Path, table: Table, columns: Layout
) -> ImportReport:
    with call.resumable("Importing") as after_batch:
        collect_seldom()
        return import_supporters(
            runtime.db,
            table=table,
            columns=columns,
            actor=COMMAND_ACTOR,
            clock=runtime.clock,
            keyring=runtime.keyring,
            on_progress=after_batch,
            rejects_path=beside(path),
        )


contacts.add_command(export)
contacts.add_command(proof)


contacts.add_command(list_imports)
contacts.add_command(undo_import)


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
    if report.closed:
        call.say(f"{report.closed} left elsewhere and are not on file: their addresses are closed.")
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

"""`mobilize mps`: ridings, MPs and postal codes."""

from datetime import date, datetime
from pathlib import Path

import click

from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.mps.licensed import load_licensed
from mobilize.mps.lookup import resolve
from mobilize.mps.parliaments import record_parliament
from mobilize.mps.queries import CURRENT_ORDER, mps_for_ridings, named_ridings, riding_ids

_WORDS = {
    "confirmed": "This is the riding.",
    "likely": "This is very probably the riding; a person should see it and may correct it.",
    "tentative": "The postal code alone does not decide: ask which of these it is.",
    "unknown": "This postal code is not known.",
}


@click.group()
def mps() -> None:
    """Ridings, MPs and postal codes."""


@mps.command()
@click.argument("postal_code")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@json_option
@with_call
def lookup(call: Call, postal_code: str, language: str, as_json: bool) -> None:
    """Find the riding of a POSTAL_CODE offline, and say how sure that is.

    For example: mobilize mps lookup K1A0A6
    """
    answer = resolve(postal_code)
    if answer.fsa is None:
        raise InvalidInput(
            f"That is no postal code ({answer.reason}).", hint="One looks like K1A 0A6."
        )
    lang: Language = "fr" if language == "fr" else "en"
    with call.runtime() as runtime, runtime.db.read() as session:
        today = runtime.clock.now().date()
        by_code = riding_ids(session, CURRENT_ORDER)
        ids = [by_code[candidate.code] for candidate in answer.candidates]
        named = named_ridings(session, ids, lang=lang, on=today)
        sitting = mps_for_ridings(session, ids, today)
    found = []
    for candidate, riding_id in zip(answer.candidates, ids, strict=True):
        mp = sitting.get(riding_id)
        found.append(
            {
                **candidate._asdict(),
                "riding": named[riding_id].name,
                "province": named[riding_id].province,
                "mp": mp.name(lang) if mp else None,
                "party": mp.party if mp else None,
            }
        )
    if as_json:
        call.answer(
            {
                "postal_code": postal_code,
                "certainty": answer.certainty,
                "reason": answer.reason,
                "candidates": found,
            }
        )
        return
    call.say(f"[bold]{answer.certainty}[/bold]: {_WORDS[answer.certainty]}")
    for row in found:
        mp_name = row["mp"] or "vacant"
        call.say(f"  {row['code']}  {row['riding']} ({row['province']}): {mp_name}")


_A_DAY = click.DateTime(["%Y-%m-%d"])


@mps.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--elected", type=_A_DAY, help="The day of the general election.")
@click.option("--opened", type=_A_DAY, help="The first day it sat.")
@click.option("--dissolved", type=_A_DAY, help="The day it was dissolved.")
@with_call
def parliament(
    call: Call,
    number: int,
    elected: datetime | None,
    opened: datetime | None,
    dissolved: datetime | None,
) -> None:
    """Write down when Parliament NUMBER was elected, first sat or was dissolved.

    For example: mobilize mps parliament 45 --dissolved 2029-09-01
    """
    with call.runtime() as runtime, runtime.db.transaction() as session:
        row = record_parliament(
            session,
            number=number,
            elected_on=_day(elected),
            opened_on=_day(opened),
            dissolved_on=_day(dissolved),
            actor=COMMAND_ACTOR,
            now=runtime.clock.now(),
        )
        days = (row.elected_on, row.opened_on, row.dissolved_on)
    told = (f"{what} {day}" for what, day in zip(_PARLIAMENT_DAYS, days, strict=True) if day)
    call.say(f"Parliament {number}: {', '.join(told)}.")


_PARLIAMENT_DAYS = ("elected", "first sat", "dissolved")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@mps.command("import-postal-codes")
@click.argument(
    "path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--order", default=CURRENT_ORDER, show_default=True, help="The representation order.")
@click.option("--dry-run", is_flag=True, help="Say what the file holds, and change nothing.")
@json_option
@with_call
def import_postal_codes(call: Call, path: Path, order: str, dry_run: bool, as_json: bool) -> None:
    """Take over a licensed table of postal codes from a CSV FILE.

    Its columns are postal_code, fed_code, weight and unique. It takes the place of the one before,
    or nothing changes and the first wrong line is named.
    """
    with call.runtime() as runtime:
        report = load_licensed(runtime.db, path, order=order, dry_run=dry_run)
    if as_json:
        call.answer(report._asdict())
        return
    call.say(
        f"{report.rows:,} rows for {report.codes:,} postal codes, {report.unique:,} of them in one "
        f"riding alone; before there were {report.before:,} rows."
    )
    call.say("Nothing was changed." if dry_run else "They are in use now.")

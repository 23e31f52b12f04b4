"""`mobilize mps`: ridings, MPs and postal codes."""

from datetime import date, datetime

import click

from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
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

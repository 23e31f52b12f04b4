"""`mobilize retention`: what is past its time, and letting go of it."""

import click

import mobilize.holdings
from mobilize.accounts.jobs import let_go, past_retention
from mobilize.cli.context import Call, json_option, with_call
from mobilize.core.retention import rules

# Whoever asks for the rules must have imported them.
assert mobilize.holdings.LETTING_GO


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go; nothing is changed.")
@json_option
@with_call
def retention(call: Call, dry_run: bool, as_json: bool) -> None:
    """Let go of what is past its retention now; the worker does so by itself.

    docs/reference/retention.md says what goes after how many days, and what stays of it.
    """
    with call.runtime() as runtime:
        found = past_retention(runtime) if dry_run else let_go(runtime)
    if as_json:
        rows = [
            {
                "name": one.rule.name,
                "what": one.rule.what.en,
                "days": one.days,
                "before": one.before.isoformat() if one.before else None,
                "rows": one.rows,
            }
            for one in found
        ]
        call.answer({"dry_run": dry_run, "retention": rows})
        return
    for one in found:
        when = f"after {one.days} days" if one.days else "kept for good"
        call.say(f"{one.rule.what.en} ({when}): {one.rows}")
    call.say("Nothing was changed." if dry_run else f"{len(rules())} rules were carried out.")

"""`mobilize contacts imports` and `undo`: what was brought in, and taking it back."""

import click

from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.contacts.undoing import (
    Undoing,
    foresee_undo,
    import_called,
    latest_imports,
    refuse_undo,
    undo,
)


@click.command("imports")
@json_option
@with_call
def list_imports(call: Call, as_json: bool) -> None:
    """The latest imports, with their references."""
    with call.runtime() as runtime, runtime.db.read() as session:
        runs = latest_imports(session)
    if as_json:
        call.answer(
            {
                "imports": [
                    {
                        "id": run.public_id,
                        "kind": run.kind,
                        "file_name": run.file_name,
                        "dialect": run.dialect,
                        "started_at": run.started_at,
                        "finished_at": run.finished_at,
                        "undone_at": run.undone_at,
                        "counts": run.counts,
                    }
                    for run in runs
                ]
            }
        )
        return
    for run in runs:
        state = "undone" if run.undone_at else "done" if run.finished_at else "not done"
        call.say(f"{run.public_id}  {run.started_at:%Y-%m-%d %H:%M}  {run.file_name}  {state}")


@click.command("undo")
@click.argument("ref", metavar="IMPORT")
@click.option("--dry-run", is_flag=True, help="Say what the undo would do, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@with_call
def undo_import(call: Call, ref: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Take an IMPORT back: who it brought goes, what it changed is put back.

    Who was touched since by anything else stays, and it is said why. `mobilize contacts imports`
    lists the references.
    """
    with call.runtime() as runtime:
        with runtime.db.read() as session:
            run = import_called(session, ref)
        days = runtime.settings.retention.undo_days
        refuse_undo(run, now=runtime.clock.now(), undo_days=days)
        if dry_run or not yes:
            foreseen = foresee_undo(runtime.db, run)
            _show(call, foreseen, as_json and dry_run)
        if dry_run:
            return
        if not yes:
            click.confirm("Take this import back?", abort=True)
        with call.stoppable("Run the same command again: it goes on where it was.") as stop_here:
            done = undo(
                runtime.db,
                run=run,
                actor=COMMAND_ACTOR,
                clock=runtime.clock,
                on_progress=lambda _done: stop_here(),
            )
    if as_json:
        call.answer(done.as_dict())
    else:
        call.say("The import is undone.")


def _show(call: Call, undoing: Undoing, as_json: bool) -> None:
    if as_json:
        call.answer(undoing.as_dict())
        return
    call.say(f"{undoing.removed} people whom it brought go.")
    for why, people in sorted(undoing.kept.items()):
        call.say(f"  {people} stay ({why})")
    call.say(f"{undoing.restored} records say again what they said before.")
    if undoing.changed_since:
        call.say(f"  {undoing.changed_since} were changed since; what was changed stays.")
    call.say(
        f"{undoing.consents} consents are retracted; {undoing.tags} tags and {undoing.answers} "
        "answers of those who stay are taken back."
    )
    if undoing.opt_outs:
        call.say(f"{undoing.opt_outs} withdrawals that it brought stay.")

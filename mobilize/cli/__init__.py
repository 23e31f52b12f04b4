"""The `mobilize` command: one file for each group of commands."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from mobilize import __version__
from mobilize.cli import (
    alerts,
    audiences,
    campaigns,
    contacts,
    demo,
    doctor,
    installing,
    keys,
    mps,
    partners,
    retention,
    rights,  # noqa: F401 - adds to the group of contacts
    serving,
    twice,  # noqa: F401 - adds to the group of contacts
    users,
)
from mobilize.cli.context import Call
from mobilize.core.errors import MobilizeError, Stopped


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mobilize")
@click.option(
    "--instance",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MOBILIZE_INSTANCE",
    help="The folder of this installation's database and secrets.  [default: ./instance]",
)
@click.pass_context
def cli(context: click.Context, instance: Path | None) -> None:
    """Move a parliament: alerts in two languages, MP contacts, sign-ons, follow-ups.

    Begin with `mobilize demo` to see a whole campaign on made-up people, or with `mobilize init`
    to set up an installation of your own. Nothing reaches a real person until you go live on
    purpose.
    """
    context.obj = Call(instance=instance)


for command in (
    installing.init,
    demo.demo,
    serving.up,
    serving.web,
    serving.worker,
    serving.celery,
    serving.sandbox,
    contacts.contacts,
    partners.partners,
    retention.retention,
    mps.mps,
    campaigns.campaigns,
    audiences.audiences,
    alerts.alerts,
    users.users,
    keys.keys,
    doctor.doctor,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake ends it with what was wrong and the way out."""
    _have_standard_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        cli.main(args=given, prog_name="mobilize", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except MobilizeError as error:
        _show(error, as_json="--json" in given)
        # As a shell says of a process that a signal ended: what ran it must not take it for done.
        sys.exit(128 + signal.SIGTERM if isinstance(error, Stopped) else 1)
    except OperationalError as error:
        # The driver's sentence names host and reason, never the password.
        reason = str(error.orig).strip().splitlines()[0]
        _show(
            MobilizeError(
                f"The database does not answer: {reason}.",
                hint="Start it, or correct MOBILIZE_DATABASE_URL.",
            ),
            as_json="--json" in given,
        )
        sys.exit(1)


def _have_standard_streams() -> None:
    """Where a process was started with a standard stream closed, let nothing else take its place.

    The next file that is opened would: what is meant for people would then be written into a
    database or to a provider.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _show(error: MobilizeError, *, as_json: bool) -> None:
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint}
        click.echo(json.dumps({"error": told | {"fields": error.fields}}, ensure_ascii=False))
        return
    click.echo(click.style("Error: ", fg="red", bold=True) + error.message, err=True)
    for name, reason in error.fields.items():
        click.echo(f"  {name}: {reason}", err=True)
    if error.hint:
        click.echo(error.hint, err=True)

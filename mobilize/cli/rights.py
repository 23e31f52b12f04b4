"""`mobilize contacts copy`, `erase`, `reopen`: what people ask for, without the console."""

import json
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

import mobilize.holdings
from mobilize.cli.contacts import contacts
from mobilize.cli.context import COMMAND_ACTOR, Call, with_call
from mobilize.contacts import erasing, queries
from mobilize.contacts.copying import copy_of, readable
from mobilize.contacts.reopening import CHANNELS, HOW, WrittenRequest
from mobilize.contacts.reopening import reopen as reopen_channel
from mobilize.core.i18n import LANGUAGES, Language

# Whoever asks features for what they hold must have imported them.
assert mobilize.holdings.HOLDERS

ref_argument = click.argument("ref", metavar="ID")


@contacts.command("copy")
@ref_argument
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write.")
@click.option(
    "--html", "language", type=click.Choice(LANGUAGES), help="A page to read, in this language."
)
@with_call
def copy(call: Call, ref: str, output: Path | None, language: Language | None) -> None:
    """A copy of all that is kept of the person ID, addresses open, to hand to that person."""
    with call.runtime() as runtime:
        now, site = runtime.clock.now(), runtime.settings.site
        with runtime.db.transaction() as session:
            contact = queries.by_public_id(session, ref)
            held = copy_of(session, contact=contact, actor=COMMAND_ACTOR, now=now)
        if language is None:
            text = json.dumps(held, ensure_ascii=False, indent=2) + "\n"
        else:
            text = readable(
                held,
                language=language,
                organization=getattr(site, f"organization_{language}"),
                contact_email=site.contact_email,
                zone=ZoneInfo(runtime.settings.time.zone),
                now=now,
            )
    if output is None:
        click.echo(text, nl=False)
        return
    # Readable by its owner alone, from its first byte on.
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    call.say(f"The copy is in {output}. Hand it over and delete it.")


@contacts.command("erase")
@ref_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_call
def erase(call: Call, ref: str, yes: bool) -> None:
    """Erase the person ID; nothing brings them back. Proofs and counts stay, without a name."""
    with call.runtime() as runtime:
        with runtime.db.read() as session:
            queries.by_public_id(session, ref)
        if not yes:
            click.confirm("Erase this person for good?", abort=True)
        with runtime.db.transaction() as session:
            contact = queries.by_public_id(session, ref)
            erasing.erase(session, contact=contact, actor=COMMAND_ACTOR, now=runtime.clock.now())
        runtime.db.bury()
    call.say("Erased. What stays: the proofs of consent, keyed hashes of the addresses, counts.")


@contacts.command("reopen")
@ref_argument
@click.option("--channel", type=click.Choice(CHANNELS), required=True, help="What to open again.")
@click.option(
    "--asked-on",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="The day on which the person asked.",
)
@click.option("--how", type=click.Choice(HOW), required=True, help="How they asked, in writing.")
@click.option("--note", required=True, help="Where the request can be found; no names.")
@with_call
def reopen(call: Call, ref: str, channel: str, asked_on: datetime, how: str, note: str) -> None:
    """Let messages go again to the person ID, who left and asks for them in writing.

    Never what a complaint, a bounce or a STOP by text closed.
    """
    request = WrittenRequest(channel=channel, asked_on=asked_on.date(), how=how, note=note)
    with call.runtime() as runtime, runtime.db.transaction() as session:
        contact = queries.by_public_id(session, ref)
        now = runtime.clock.now()
        reopen_channel(
            session,
            contact=contact,
            request=request,
            actor=COMMAND_ACTOR,
            zone=ZoneInfo(runtime.settings.time.zone),
            now=now,
        )
    call.say("Open again, and noted in the ledger with the request.")

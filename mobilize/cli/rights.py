"""`mobilize contacts copy` and `erase`: what people have a right to, without the console."""

import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import click

import mobilize.holdings
from mobilize.cli.contacts import contacts
from mobilize.cli.context import COMMAND_ACTOR, Call, with_call
from mobilize.contacts import erasing, queries
from mobilize.contacts.copying import copy_of, readable
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

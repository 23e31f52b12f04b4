"""`mobilize contacts proof`: on what ground one person was written to."""

import json
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import click

import mobilize.console
from mobilize.cli.context import COMMAND_ACTOR, Call, with_call
from mobilize.contacts.queries import by_public_id
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.proof import take_proof
from mobilize.messaging.proof_page import proof_page
from mobilize.partners.queries import names_of

_STYLES = Path(mobilize.console.__file__).parent / "static" / "proof.css"


@click.command()
@click.argument("ref", metavar="ID")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to write.")
@click.option(
    "--html", "language", type=click.Choice(LANGUAGES), help="A page to print, in this language."
)
@with_call
def proof(call: Call, ref: str, output: Path | None, language: Language | None) -> None:
    """What proves on what ground the person ID was written to, as JSON or as a page to print.

    Addresses are open in it, and the audit log says that it was taken.
    """
    with call.runtime() as runtime:
        with runtime.db.transaction() as session:
            held = take_proof(
                session,
                contact=by_public_id(session, ref),
                settings=runtime.settings,
                actor=COMMAND_ACTOR,
                now=runtime.clock.now(),
            )
            named = {one["organization"] for one in held["events"]}
            names = names_of(session, named, language or "en")
        if language is None:
            text = json.dumps(held, ensure_ascii=False, indent=2) + "\n"
        else:
            text = proof_page(
                held,
                language=language,
                names=names,
                zone=ZoneInfo(runtime.settings.time.zone),
                styles=_STYLES.read_text("utf-8"),
            )
    if output is None:
        click.echo(text, nl=False)
        return
    # Readable by its owner alone, from its first byte on.
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    call.say(f"The proof is in {output}. Hand it over and delete it.")

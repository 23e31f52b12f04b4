"""`mobilize init`: keys, tables, ridings, demands, milestones and message texts; safe to repeat."""

import base64
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import mobilize.actions.content
from mobilize.cli.context import Call, json_option, with_call
from mobilize.core.errors import SetupError
from mobilize.core.keys import new_key
from mobilize.core.secrets_file import write_private
from mobilize.messaging.inbox import canned
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.migrate import upgrade
from mobilize.mps.seat_loading import load_roles, load_seats
from mobilize.mps.service import load_ridings, load_roster
from mobilize.runtime import Runtime, open_runtime
from mobilize.settings import SECRETS_FILE, load_settings
from mobilize.strategy import content as strategy_content
from mobilize.strategy.service import load_content, plan_occurrences

SIGNING_KEY = "sandbox-signing.pem"
_YEARS_AHEAD = 3


@dataclass(frozen=True)
class Installed:
    """What an installation holds after `init`."""

    ridings: int
    new_mandates: int
    templates: int
    strategy: str


@click.command()
@json_option
@with_call
def init(call: Call, as_json: bool) -> None:
    """Set up an installation, or bring one up to this version.

    Makes the instance folder with fresh keys, the database's tables, the ridings and MPs, the
    demands and milestones (as drafts) and the message texts. Run it again at any time: what is
    there stays.
    """
    folder = call.instance or Path(os.environ.get("MOBILIZE_INSTANCE", "instance"))
    made = make_instance(folder)
    runtime = open_runtime(load_settings(instance=folder))
    with call.progress("Setting up") as show:
        steps = iter(range(1, 10))
        installed = install(runtime, on_step=lambda: show(next(steps), 5))
    runtime.db.close()
    if as_json:
        call.answer({"instance": str(folder), "fresh_keys": made, **asdict(installed)})
        return
    call.say(f"The installation in [bold]{folder}[/bold] is ready.")
    if made:
        call.say(
            f"Fresh keys are in {folder / SECRETS_FILE}. Back that file up apart from the "
            "database: without it the addresses cannot be read."
        )
    call.say(f"{installed.ridings} ridings of two orders; {installed.strategy}.")
    call.say("Next: `mobilize users add` for the first organizer, then `mobilize up`.")


def make_instance(folder: Path) -> bool:
    """Make the folder and its secrets, where they are not there; a half-made file never stays.

    Returns:
        Whether keys were made.

    Raises:
        SetupError: The folder cannot be written, or holds a database without its secrets.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The instance folder cannot be made: {error.strerror}.",
            hint="Choose another with --instance.",
        ) from None
    secrets = folder / SECRETS_FILE
    if secrets.exists():
        return False
    if (folder / "mobilize.db").exists():
        raise SetupError(
            "There is a database in the instance folder, but no secrets that belong to it.",
            hint="Restore secrets.env from its backup, or choose another folder with --instance.",
        )
    signing = folder / SIGNING_KEY
    if not signing.exists():
        write_private(signing, _new_signing_key())
    write_private(secrets, _new_secrets(signing))
    return True


def install(runtime: Runtime, *, on_step: Callable[[], None] = lambda: None) -> Installed:
    """Bring tables and content to this version; every step is safe to repeat."""
    upgrade(runtime.db)
    on_step()
    return load_all(runtime, on_step=on_step)


def load_all(runtime: Runtime, *, on_step: Callable[[], None] = lambda: None) -> Installed:
    """Load ridings, roster, demands, milestones and message texts into a migrated database."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        ridings = load_ridings(session, now=now)
    on_step()
    with runtime.db.transaction() as session:
        mandates = load_roster(session, now=now)
        load_seats(session, now=now)
        load_roles(session, now=now)
    on_step()
    with runtime.db.transaction() as session:
        report = load_content(session, content=strategy_content.read_content(), now=now)
        years = range(now.year, now.year + _YEARS_AHEAD)
        plan_occurrences(session, years=years, now=now)
    on_step()
    with runtime.db.transaction() as session:
        messages = mobilize.actions.content.read_messages()
        for message in messages:
            save_template(
                session,
                key=message.key,
                name=message.name,
                texts=[
                    TextDraft(
                        channel=text.channel,
                        language=text.language,
                        subject=text.subject,
                        body=text.body,
                        discreet=text.discreet,
                    )
                    for text in message.texts
                ],
                now=now,
            )
        canned.load_answers(session, content=canned.read_answers(), now=now)
    on_step()
    return Installed(
        ridings=ridings, new_mandates=mandates, templates=len(messages), strategy=str(report)
    )


def _new_secrets(signing: Path) -> str:
    def fresh() -> str:
        return base64.b64encode(new_key()).decode()

    lines = [
        "# The secrets of this installation; see config/.env.example. Keep it to yourself.",
        f"MOBILIZE_SECRETS_DATA_KEYS=1:{fresh()}",
        "MOBILIZE_SECRETS_SEALING_KEY=1",
        f"MOBILIZE_SECRETS_INDEX_KEY={fresh()}",
        f"MOBILIZE_SECRETS_LINK_KEY={fresh()}",
        f"MOBILIZE_SECRETS_SESSION_KEY={fresh()}",
        "",
        "# The sandbox's own; a live installation sets the providers' real ones instead.",
        f"MOBILIZE_SECRETS_SENDGRID_API_KEY=SG.{fresh()[:22]}",
        f"MOBILIZE_SECRETS_TWILIO_AUTH_TOKEN={fresh()[:32]}",
        f"MOBILIZE_TWILIO_ACCOUNT_SID=AC{os.urandom(16).hex()}",
        f"MOBILIZE_SENDGRID_WEBHOOK_PUBLIC_KEY={public_key_of(signing)}",
        "",
    ]
    return "\n".join(lines)


def _new_signing_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public_key_of(path: Path) -> str:
    """The public half of the sandbox's signing key, in the form in which SendGrid shows its own."""
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()

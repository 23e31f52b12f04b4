"""`mobilize users`: the people who work with an installation."""

import click

from mobilize.accounts import grants, keys, queries, service
from mobilize.accounts.roles import ROLES
from mobilize.cli.context import COMMAND_ACTOR, Call, json_option, with_call
from mobilize.core.clock import SystemClock
from mobilize.core.errors import NotFound


@click.group()
def users() -> None:
    """Organizers, approvers and other people who sign in."""


_password = click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for where not given: words on a command line stay in its history.",
)


@users.command()
@click.option("--name", prompt=True, help="How the console calls the person.")
@click.option("--email", prompt=True, help="The address to sign in with.")
@click.option("--role", type=click.Choice(sorted(ROLES)), default="organizer", show_default=True)
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@_password
@json_option
@with_call
def add(
    call: Call, name: str, email: str, role: str, language: str, password: str, as_json: bool
) -> None:
    """Add a person; the authenticator secret is shown once."""
    with call.runtime() as runtime, runtime.db.transaction() as session:
        made = service.create_account(
            session,
            name=name,
            email=email,
            role=role,
            language=language,
            password=password,
            now=SystemClock().now(),
            actor=COMMAND_ACTOR,
        )
        facts = {"id": made.account.public_id, "role": role, "totp_uri": made.provisioning_uri}
    _show(call, facts, as_json)


@users.command()
@click.option("--email", prompt=True, help="The address of the account.")
@_password
@json_option
@with_call
def reset(call: Call, email: str, password: str, as_json: bool) -> None:
    """Give a person a new password and authenticator secret; their sign-ins end."""
    with call.runtime() as runtime, runtime.db.transaction() as session:
        account = queries.account_by_email(session, email)
        if account is None:
            raise NotFound("Nobody has that address.", hint="See `mobilize users list`.")
        made = service.reset_credentials(
            session,
            account=account,
            password=password,
            now=SystemClock().now(),
            actor=COMMAND_ACTOR,
        )
        facts = {"id": account.public_id, "role": account.role, "totp_uri": made.provisioning_uri}
    _show(call, facts, as_json)


@users.command()
@click.option("--email", prompt=True, help="Whose key it is.")
@click.option("--name", prompt=True, help="What it is for.")
@click.option("--role", type=click.Choice(sorted(ROLES)), help="At most the person's own role.")
@json_option
@with_call
def key(call: Call, email: str, name: str, role: str | None, as_json: bool) -> None:
    """Make a key for the JSON API; it is shown once."""
    with call.runtime() as runtime, runtime.db.transaction() as session:
        account = queries.account_by_email(session, email)
        if account is None:
            raise NotFound("Nobody has that address.", hint="See `mobilize users list`.")
        made = keys.create_key(
            session,
            account=account,
            name=name,
            role=role or account.role,
            now=runtime.clock.now(),
            actor=COMMAND_ACTOR,
        )
        facts = {"id": made.key.public_id, "key": made.text}
    if as_json:
        call.answer(facts)
        return
    call.say(f"The key, which is not shown again: {facts['key']}")
    call.say("Send it as `Authorization: Bearer …`; /api/v1/ describes what there is.")


@users.command("name-for-care")
@click.option("--email", prompt=True, help="The address of the account.")
@click.option("--no-longer", is_flag=True, help="Take the name back.")
@json_option
@with_call
def name_for_care(call: Call, email: str, no_longer: bool, as_json: bool) -> None:
    """Let a person read texts that need care, whatever their role."""
    with call.runtime() as runtime, runtime.db.transaction() as session:
        account = queries.account_by_email(session, email)
        if account is None:
            raise NotFound("Nobody has that address.", hint="See `mobilize users list`.")
        act = grants.revoke if no_longer else grants.grant
        act(
            session,
            account=account,
            name=grants.CARE,
            actor=COMMAND_ACTOR,
            now=runtime.clock.now(),
        )
        facts = {"id": account.public_id, "named_for_care": not no_longer}
    if as_json:
        call.answer(facts)
        return
    call.say("Named no longer." if no_longer else "Named: they may read texts that need care.")


@users.command("list")
@json_option
@with_call
def list_users(call: Call, as_json: bool) -> None:
    """Who can sign in, with which role."""
    with call.runtime() as runtime, runtime.db.read() as session:
        people = [
            {"id": a.public_id, "name": a.name, "role": a.role, "state": a.state}
            for a in queries.accounts(session)
        ]
    if as_json:
        call.answer({"users": people})
        return
    for person in people:
        call.say(f"{person['id']}  {person['name']}: {person['role']}, {person['state']}")


def _show(call: Call, facts: dict[str, str], as_json: bool) -> None:
    if as_json:
        call.answer(facts)
        return
    call.say(f"Done. Id {facts['id']}, role {facts['role']}.")
    call.say("Put this into an authenticator app now; it is not shown again:")
    call.say(f"  {facts['totp_uri']}")

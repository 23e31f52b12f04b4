"""`mobilize audiences`: the saved audiences, and how many people one means."""

from zoneinfo import ZoneInfo

import click

from mobilize.alerts import queries
from mobilize.alerts.counting import reach
from mobilize.alerts.naming import sentences
from mobilize.cli.context import Call, json_option, with_call
from mobilize.messaging.policy import policy_from


@click.group()
def audiences() -> None:
    """Saved audiences: list and count. Writing them is done in the console or the API."""


@audiences.command("list")
@click.option("--archived", is_flag=True, help="Those that are no longer offered.")
@json_option
@with_call
def list_all(call: Call, archived: bool, as_json: bool) -> None:
    """The saved audiences by name."""
    with call.runtime() as runtime, runtime.db.read() as session:
        today = runtime.clock.now().astimezone(ZoneInfo(runtime.settings.time.zone)).date()
        found = [
            (one, sentences(session, one.rules, today))
            for one in queries.list_audiences(session, archived=archived)
        ]
    if as_json:
        rows = [
            {"id": one.public_id, "name": one.name, "sentence": said, "rules": one.rules}
            for one, said in found
        ]
        call.answer({"audiences": rows})
        return
    for one, said in found:
        call.say(f"{one.public_id}  {one.name}: {said['en']}")


@audiences.command()
@click.argument("audience_id")
@json_option
@with_call
def count(call: Call, audience_id: str, as_json: bool) -> None:
    """How many people a saved audience means now, and how many each channel reaches."""
    with call.runtime() as runtime, runtime.db.read() as session:
        saved = queries.audience_by_public_id(session, audience_id)
        found = reach(
            session,
            saved.rules,
            now=runtime.clock.now(),
            policy=policy_from(runtime.settings),
        )
        name = saved.name
    parts: dict[str, dict[str, int]] = {
        "languages": dict(found.languages),
        "provinces": dict(found.provinces),
        "reachable": dict(found.reachable),
    }
    if as_json:
        call.answer({"id": audience_id, "name": name, "people": found.people, **parts})
        return
    call.say(f"{name}: {found.people}")
    for part, counts in parts.items():
        call.say(f"  {part}: " + ", ".join(f"{key} {people}" for key, people in counts.items()))

"""`mobilize contacts duplicates`: looking for people who may be on the list twice."""

import json

import click

from mobilize.cli.contacts import contacts
from mobilize.cli.context import Call, json_option, with_call
from mobilize.contacts.jobs import find_duplicates
from mobilize.contacts.reviewing import count_open


@contacts.command("duplicates")
@json_option
@with_call
def duplicates(call: Call, as_json: bool) -> None:
    """Look for duplicates among who came or changed, as the worker does every five minutes."""
    with call.runtime() as runtime:
        looked_at = find_duplicates(runtime, at_once=True)
        with runtime.db.read() as session:
            waiting = count_open(session)
    if as_json:
        click.echo(json.dumps({"looked_at": looked_at, "waiting": waiting}))
        return
    pairs = "1 pair waits" if waiting == 1 else f"{waiting:,} pairs wait"
    call.say(f"Looked at {looked_at:,} people. {pairs} for a decision.")
    if waiting:
        call.say("Decide in the console, under People: Possible duplicates.")

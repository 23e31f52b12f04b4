"""The ledger: what was really accepted, counted by the sandbox and by nobody else."""

from collections import Counter
from collections.abc import Hashable, Iterable
from itertools import islice
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, request

from mobilize.sandbox.answers import json_answer
from mobilize.sandbox.records import Mail, Text, opaque_id
from mobilize.sandbox.store import Store
from mobilize.sandbox.world import World

_PAGE, _LARGEST_PAGE = 100, 1000
_SHOWN_DUPLICATES = 100

Message = TypeVar("Message", Mail, Text)


def ledger_blueprint(world: World) -> Blueprint:
    """The routes under ``/_ledger``; nothing here changes anything."""
    blueprint = Blueprint("ledger", __name__, url_prefix="/_ledger")
    store = world.store

    @blueprint.get("")
    def totals() -> Response:
        with store.lock:
            return json_answer({"now": world.clock.now().isoformat(), **_totals(store)})

    @blueprint.get("/summary")
    def summary() -> Response:
        with store.lock:
            return json_answer({**_totals(store), "duplicates": _duplicates(store)})

    @blueprint.get("/messages")
    def messages() -> Response:
        limit = min(max(request.args.get("limit", _PAGE, int), 1), _LARGEST_PAGE)
        channel = request.args.get("channel", "email")
        if channel not in {"email", "sms"}:
            abort(400, "channel must be email or sms")
        with store.lock:
            if channel == "email":
                items = [mail_item(one) for one in islice(_asked(store.mails), limit)]
            else:
                items = [text_item(one) for one in islice(_asked(store.texts), limit)]
        after = items[-1]["seq"] if len(items) == limit else None
        return json_answer({"items": items, "after": after})

    @blueprint.get("/messages/email/<int:seq>")
    def mail(seq: int) -> Response:
        with store.lock:
            found = find_mail(store, seq)
            if found is None:
                abort(404, "there is no such mail")
            return json_answer(whole_mail(found))

    return blueprint


def find_mail(store: Store, seq: int) -> Mail | None:
    """The mail with this number."""
    return store.mails[seq - 1] if 0 < seq <= len(store.mails) else None


def mail_item(mail: Mail) -> dict[str, Any]:
    """A mail as a line of the ledger."""
    return {
        "seq": mail.seq,
        "channel": "email",
        "to": mail.to,
        "opaque_id": opaque_id(mail.arguments),
        "custom_args": mail.arguments,
        "subject": mail.subject,
        "accepted_at": mail.request.accepted_at.isoformat(),
        "state": mail.state,
        "delivered": mail.state == "delivered",
        "events": [event.name for event in mail.events],
        "message_id": mail.request.message_id,
    }


def whole_mail(mail: Mail) -> dict[str, Any]:
    """A mail with all that its reader gets."""
    return {
        **mail_item(mail),
        "name": mail.name,
        "from": mail.sender,
        "language": mail.language,
        "headers": mail.headers,
        "text": mail.text,
        "html": mail.html,
    }


def text_item(text: Text) -> dict[str, Any]:
    """A text as a line of the ledger."""
    return {
        "seq": text.seq,
        "channel": "sms",
        "direction": text.direction,
        "to": text.to,
        "from": text.sender,
        "opaque_id": opaque_id(text.arguments),
        "custom_args": text.arguments,
        "body": text.body,
        "segments": text.segments,
        "accepted_at": text.accepted_at.isoformat(),
        "state": text.status,
        "delivered": text.status == "delivered",
        "error_code": text.error_code,
        "message_id": text.sid,
    }


def _asked(messages: list[Message]) -> Iterable[Message]:
    """Those that the query asks for, oldest first; ``seq`` counts from 1 without a gap."""
    after = max(request.args.get("after", 0, int), 0)
    argument, person = request.args.get("custom_arg"), request.args.get("to")
    for message in islice(messages, after, None):
        if argument and argument not in message.arguments.values():
            continue
        if person and message.to.lower() != person.lower():
            continue
        yield message


def _ours(store: Store) -> list[Text]:
    return [text for text in store.texts if text.direction == "outbound-api"]


def _totals(store: Store) -> dict[str, Any]:
    ours = _ours(store)
    directions = Counter(text.direction for text in store.texts)
    return {
        "email": {
            "accepted": len(store.mails),
            "by_state": Counter(mail.state for mail in store.mails),
            "events": Counter(event.name for mail in store.mails for event in mail.events),
            "by_language": Counter(mail.language or "unknown" for mail in store.mails),
        },
        "sms": {
            "accepted": len(ours),
            "by_state": Counter(text.status for text in ours),
            "segments": sum(text.segments for text in ours),
            "replies": directions["outbound-reply"],
            "inbound": directions["inbound"],
        },
    }


def _duplicates(store: Store) -> dict[str, Any]:
    ours = _ours(store)
    ids: Counter[Hashable] = Counter()
    ids.update(("email", name) for mail in store.mails if (name := opaque_id(mail.arguments)))
    ids.update(("sms", name) for text in ours if (name := opaque_id(text.arguments)))
    same: Counter[Hashable] = Counter(("email", one.to.lower(), one.subject) for one in store.mails)
    same.update(("sms", one.to, one.body) for one in ours)
    return {"by_opaque_id": _repeated(ids), "by_address_and_content": _repeated(same)}


def _repeated(counted: Counter[Hashable]) -> dict[str, Any]:
    """What was accepted more than once: how many kinds, how many too many, and the first ones."""
    repeated = [(key, count) for key, count in counted.items() if count > 1]
    return {
        "count": len(repeated),
        "surplus": sum(count - 1 for _, count in repeated),
        "first": [{"key": key, "count": count} for key, count in repeated[:_SHOWN_DUPLICATES]],
    }

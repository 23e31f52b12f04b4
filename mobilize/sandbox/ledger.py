"""The ledger: what was really accepted, counted by the sandbox and by nobody else."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from flask import Blueprint, Response, abort, request

from mobilize.sandbox.answers import json_answer
from mobilize.sandbox.clock import parse_instant
from mobilize.sandbox.records import Mail, Text, opaque_id
from mobilize.sandbox.repeated import repeated
from mobilize.sandbox.store import Store
from mobilize.sandbox.verdicts import verdicts
from mobilize.sandbox.world import World

_PAGE, _LARGEST_PAGE = 100, 1000


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
            return json_answer({**_totals(store), "duplicates": repeated(store)})

    @blueprint.get("/verdicts")
    def judged() -> Response:
        with store.lock:
            found = verdicts(
                world,
                opt_out_grace=request.args.get("opt_out_grace", 0.0, float),
                pause_grace=request.args.get("pause_grace", 1.0, float),
            )
        return json_answer(found)

    @blueprint.get("/messages")
    def messages() -> Response:
        limit = min(max(request.args.get("limit", _PAGE, int), 1), _LARGEST_PAGE)
        channel = request.args.get("channel", "email")
        if channel not in {"email", "sms"}:
            abort(400, "channel must be email or sms")
        asked = _Asked()
        with store.lock:
            if channel == "email":
                items = [mail_item(one) for one in islice(asked.mails(store), limit)]
            else:
                items = [text_item(one) for one in islice(asked.texts(store), limit)]
        after = items[-1]["seq"] if len(items) == limit else None
        return json_answer({"items": items, "after": after})

    @blueprint.get("/messages/email/<int:seq>")
    def mail(seq: int) -> Response:
        with store.lock:
            found = store.mail(seq)
            if found is None:
                abort(404, "there is no such mail")
            return json_answer(whole_mail(found))

    return blueprint


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


class _Asked:
    """What a query asks for: whom, which id, from when to when, after which number."""

    def __init__(self) -> None:
        given = request.args
        self.after = max(given.get("after", 0, int), 0)
        self.argument = given.get("custom_arg", "")
        self.person = given.get("to", "").lower()
        try:
            self.since, self.until = (
                parse_instant(given[name]) if given.get(name) else None
                for name in ("since", "until")
            )
        except ValueError as error:
            abort(400, str(error))

    def mails(self, store: Store) -> Iterator[Mail]:
        """Oldest first; only requests that may hold one are read."""
        for one in store.requests:
            if one.first_seq + len(one) <= self.after + 1 or not self._in_span(one.accepted_at):
                continue
            if self.person and hash(self.person) not in one.addresses:
                continue
            if self.argument and one.one_argument and hash(self.argument) not in one.ids:
                continue
            for mail in store.mails_of(one):
                if mail.seq > self.after and self._is_meant(mail):
                    yield mail

    def texts(self, store: Store) -> Iterator[Text]:
        """Oldest first."""
        for text in islice(store.texts, self.after, None):
            if self._in_span(text.accepted_at) and self._is_meant(text):
                yield text

    def _in_span(self, at: datetime) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def _is_meant(self, message: Mail | Text) -> bool:
        if self.argument and self.argument not in message.arguments.values():
            return False
        return not self.person or message.to.lower() == self.person


def _totals(store: Store) -> dict[str, Any]:
    ours = [text for text in store.texts if text.direction == "outbound-api"]
    directions = Counter(text.direction for text in store.texts)
    return {
        "email": {
            "accepted": store.mail_count,
            "requests": len(store.requests),
            "by_state": store.states,
            "events": store.events,
            "by_language": store.languages,
        },
        "sms": {
            "accepted": len(ours),
            "by_state": Counter(text.status for text in ours),
            "segments": sum(text.segments for text in ours),
            "replies": directions["outbound-reply"],
            "inbound": directions["inbound"],
        },
    }

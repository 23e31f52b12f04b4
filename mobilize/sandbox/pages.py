"""The pages that show mail and texts as a person would see them; they work without a script."""

import re
from itertools import islice
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from mobilize.sandbox.records import Mail, Text
from mobilize.sandbox.scenario import shipped
from mobilize.sandbox.store import Store
from mobilize.sandbox.verdicts import verdicts
from mobilize.sandbox.world import World

_PAGE = 50
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)

# What a mail's own document may do: show itself, with its inline styles, and nothing from a host.
# Links open in a new tab, as the frame around it cannot leave the page.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_NEW_TAB = '<base target="_blank">'


def pages_blueprint(world: World) -> Blueprint:
    """The routes for people."""
    blueprint = Blueprint("pages", __name__)
    store = world.store

    @blueprint.get("/")
    def mailbox() -> str:
        with store.lock:
            return render_template("mailbox.html", page="mail", **_mail_list(store))

    @blueprint.get("/mail/<int:seq>")
    def mail(seq: int) -> str:
        with store.lock:
            return render_template("mail.html", page="mail", **_mail_view(_found(store, seq)))

    @blueprint.get("/mail/<int:seq>/body")
    def mail_body(seq: int) -> Response:
        with store.lock:
            html = _found(store, seq).html or abort(404, "this mail has no HTML")
        return Response(
            _in_new_tabs(html),
            mimetype="text/html",
            headers={"Content-Security-Policy": _MAIL_POLICY},
        )

    @blueprint.get("/texts")
    def phones() -> str:
        with store.lock:
            return render_template("phones.html", page="texts", **_phone_list(store))

    @blueprint.get("/texts/<person>")
    def phone(person: str) -> str:
        with store.lock:
            texts = store.texts_by_person.get(person) or abort(404, "no texts with this number")
            return render_template(
                "phone.html",
                page="texts",
                person=person,
                texts=[_bubble(text) for text in texts],
                opted_out=person in store.opted_out,
            )

    @blueprint.get("/in-force")
    def in_force() -> str:
        with store.lock:
            judged = verdicts(world, opt_out_grace=0.0, pause_grace=1.0)
        return render_template(
            "in_force.html",
            page="in_force",
            scenario=world.scenario,
            shipped=shipped(),
            faults=world.faults.report(),
            tricks=world.tricks.report(),
            fates=world.fates.report(),
            later=world.timetable.waiting(),
            now=world.clock.now(),
            virtual=world.clock.is_virtual,
            judged=judged,
            told=judged["notes"]["webhooks"],
        )

    @blueprint.get("/favicon.ico")
    def favicon() -> BaseResponse:
        return Response(status=204)

    return blueprint


def _found(store: Store, seq: int) -> Mail:
    return store.mail(seq) or abort(404, "there is no such mail")


def _mail_list(store: Store) -> dict[str, Any]:
    """The newest mails, or those to an address that the query names a part of."""
    wanted = request.args.get("to", "").strip().lower()
    before = request.args.get("before", store.mail_count + 1, int)
    older = store.mails_backwards(before)
    mails = list(islice((one for one in older if wanted in one.to.lower()), _PAGE))
    return {
        "mails": mails,
        "total": store.mail_count,
        "text_total": len(store.texts),
        "wanted": wanted,
        "before": mails[-1].seq if len(mails) == _PAGE and mails[-1].seq > 1 else None,
    }


def _mail_view(mail: Mail) -> dict[str, Any]:
    body = mail.body
    return {
        "mail": mail,
        "sender": mail.sender,
        "reply_to": body.get("reply_to"),
        "attachments": [one.get("filename") for one in body.get("attachments") or ()],
        "links": list(dict.fromkeys(_LINK.findall(mail.text or ""))),
    }


def _phone_list(store: Store) -> dict[str, Any]:
    """The people with the newest texts, or those whose number holds what the query asks for."""
    wanted = re.sub(r"[^\d+]", "", request.args.get("number", ""))
    latest = {
        person: texts[-1] for person, texts in store.texts_by_person.items() if wanted in person
    }
    newest = sorted(latest.values(), key=lambda text: text.seq, reverse=True)
    return {
        "phones": [(text.person, _bubble(text)) for text in newest[:_PAGE]],
        "total": len(latest),
        "wanted": wanted,
    }


def _bubble(text: Text) -> dict[str, Any]:
    """A text as its bubble shows it: pieces of body that are links or not."""
    pieces: list[tuple[str, bool]] = []
    end = 0
    for link in _LINK.finditer(text.body):
        pieces += [(text.body[end : link.start()], False), (link[0], True)]
        end = link.end()
    pieces.append((text.body[end:], False))
    return {"text": text, "mine": text.direction == "inbound", "pieces": pieces}


def _in_new_tabs(html: str) -> str:
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + _NEW_TAB + html[at:]

"""The addresses that providers and mail programs call: events, texts back, one-click unsubscribe.

Each checks, stores and answers; nothing here fails for ever on an event that is not ours. No
session, no form token: the signature, or the sealed token of the link, is the proof.
"""

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from mobilize.core.errors import Forbidden, InvalidInput, NotFound
from mobilize.messaging import events, optout
from mobilize.messaging.figures import count_events
from mobilize.messaging.receiving import take_text
from mobilize.messaging.signatures import sendgrid_signed, twilio_signed
from mobilize.runtime import runtime

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")


@blueprint.post("/sendgrid")
def sendgrid() -> Response:
    """Take the events of SendGrid's signed Event Webhook."""
    parts = runtime()
    body = request.get_data(cache=True)
    if not sendgrid_signed(
        public_key=parts.settings.sendgrid.webhook_public_key,
        body=body,
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature"),
        timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp"),
    ):
        raise Forbidden("The signature does not fit.")
    items = request.get_json(force=True, silent=True)
    if not isinstance(items, list):
        raise InvalidInput("A list of events was expected.")
    now = parts.clock.now()
    read = events.from_sendgrid(
        (item for item in items if isinstance(item, dict)), links=parts.links, now=now
    )
    _apply(read, now)
    return Response(status=204)


@blueprint.post("/twilio/status")
def twilio_status() -> Response:
    """Take one status callback of a text."""
    _check_twilio()
    parts = runtime()
    now = parts.clock.now()
    read = events.from_twilio(
        request.form, token=request.args.get("m", ""), links=parts.links, now=now
    )
    _apply(read, now)
    return Response(status=204)


@blueprint.post("/twilio/inbound")
def twilio_inbound() -> Response:
    """Take a text that somebody sent us; STOP and its like are answered once, in both languages.

    Everything else waits for a person to answer.
    """
    _check_twilio()
    parts = runtime()
    form = request.form
    sender, sid = form.get("From", ""), form.get("MessageSid", "")
    if not sender or not sid:
        raise InvalidInput("From and MessageSid are missing.")
    with parts.db.transaction() as session:
        answer = take_text(
            session,
            sender=sender,
            body=form.get("Body", ""),
            provider_ref=sid,
            retry_token=request.headers.get("I-Twilio-Idempotency-Token", "")[:100] or None,
            settings=parts.settings,
            now=parts.clock.now(),
        )
    inner = f"<Message>{escape(answer)}</Message>" if answer else ""
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>',
        mimetype="application/xml",
    )


@blueprint.post("/leave/<token>")
def leave(token: str) -> Response:
    """Unsubscribe in one click, as mail programs do it (RFC 8058): no cookie, no question."""
    parts = runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        left = optout.leave_by_link(session, token=token, links=parts.links, topic="", now=now)
    if not left:
        raise NotFound("This link leads nowhere.")
    return Response("", mimetype="text/plain")


def _apply(read: Sequence[events.Event], now: datetime) -> None:
    with runtime().db.transaction() as session:
        fresh = events.apply(session, read, now=now)
    if read:
        told = [(event.kind, event.occurred_at) for event in read]
        count_events(read[0].provider, told, fresh=fresh, now=now)


def _check_twilio() -> None:
    settings = runtime().settings
    query = request.query_string.decode("latin-1")
    url = settings.site.public_url.rstrip("/") + request.path + (f"?{query}" if query else "")
    if not twilio_signed(
        auth_token=settings.secrets.twilio_auth_token,
        url=url,
        form=request.form,
        signature=request.headers.get("X-Twilio-Signature"),
    ):
        raise Forbidden("The signature does not fit.")

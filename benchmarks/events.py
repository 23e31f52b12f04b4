"""Signed calls of SendGrid's Event Webhook about messages that were sent, made beforehand."""

import base64
import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mobilize.core.tokens import Links
from mobilize.messaging.lettering import PROVIDER

Call = tuple[bytes, dict[str, str]]
"""A body and the headers that come with it."""

_IN_ONE_CALL: Final = 500
_SEED: Final = 2012


def signed_calls(ids: Sequence[int], *, links: Links, key: Path, now: datetime) -> list[Call]:
    """That each message was taken, and that it arrived: shuffled, so that either may come first.

    Args:
        ids: The messages.
        links: What seals the name that a message has at the provider.
        key: The provider's private key, a PEM file.
        now: When it happened.
    """
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    events = list(_events(ids, links, int(now.timestamp())))
    random.Random(_SEED).shuffle(events)
    return [
        _signed(events[at : at + _IN_ONE_CALL], private)
        for at in range(0, len(events), _IN_ONE_CALL)
    ]


def _events(ids: Sequence[int], links: Links, stamp: int) -> Iterator[dict[str, object]]:
    for message_id, token in zip(ids, links.seal_many(PROVIDER, ids), strict=True):
        alike = {
            "email": f"supporter.{message_id}@example.org",
            "timestamp": stamp,
            "smtp-id": f"<{token}@geopod-ismtpd-{message_id % 7}>",
            "m": token,
            "sg_message_id": f"{token}.filter0001.{message_id}.5515E0B88.0",
        }
        yield {**alike, "event": "processed", "sg_event_id": f"processed-{token}"}
        yield {
            **alike,
            "event": "delivered",
            "sg_event_id": f"delivered-{token}",
            "response": "250 2.0.0 OK: queued",
            "tls": 1,
        }


def _signed(events: Sequence[dict[str, object]], key: ec.EllipticCurvePrivateKey) -> Call:
    stamp = str(events[0]["timestamp"])
    # As SendGrid writes it: an event on each line, and a line break at the end.
    body = ("[" + ",\r\n".join(json.dumps(one) for one in events) + "]\r\n").encode()
    signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return body, {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }

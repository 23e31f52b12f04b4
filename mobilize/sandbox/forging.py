"""Calls beside the true ones: repeated, about strangers, or not from the provider at all."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric import ec

from mobilize.sandbox.options import Options
from mobilize.sandbox.posting import Call
from mobilize.sandbox.signing import EventSigner, twilio_signature
from mobilize.sandbox.webhooks import (
    EVENT_SIGNATURE,
    EVENT_TIMESTAMP,
    FORM_SIGNATURE,
    event_array,
)

_STRANGER = "+15005550199"
_OTHER_ACCOUNT = "AC" + "9" * 32


class Forger:
    """Makes the calls of ``tricks.OF_CALLS`` from a true one."""

    def __init__(self, options: Options, signer: EventSigner) -> None:
        self._options = options
        self._signer = signer
        self._other = EventSigner(ec.generate_private_key(ec.SECP256R1()))
        self._make: dict[str, Callable[[Call], Call]] = {
            "duplicate": lambda call: call,
            "replay": lambda call: call,
            "foreign": self._foreign,
            "tampered": _tampered,
            "wrong_key": self._with_wrong_key,
            "unsigned": _unsigned,
            "wrong_address": self._for_wrong_address,
        }

    def make(self, kind: str, call: Call) -> Call:
        """A call beside ``call``; it stands for no event of its own."""
        made = self._make[kind](call)
        return replace(
            made, headers=dict(made.headers), events=(), beside=kind, then=None, tries=0, begun=None
        )

    def _with_wrong_key(self, call: Call) -> Call:
        if call.provider == "sendgrid":
            signature = self._other.sign(call.headers[EVENT_TIMESTAMP], call.body)
            return replace(call, headers=call.headers | {EVENT_SIGNATURE: signature})
        return self._signed_form(call, call.url, _form(call), token=self._options.token + "x")

    def _for_wrong_address(self, call: Call) -> Call:
        url = urlsplit(self._options.targets.publicly(urldefrag(call.url).url))
        other = url._replace(scheme="http" if url.scheme == "https" else "https")
        signature = twilio_signature(self._options.token, urlunsplit(other), _form(call))
        return replace(call, headers=call.headers | {FORM_SIGNATURE: signature})

    def _foreign(self, call: Call) -> Call:
        if call.provider == "sendgrid":
            events = [
                {name: _foreign_value(name, value) for name, value in event.items()}
                for event in json.loads(call.body)
            ]
            body = event_array(events)
            signature = self._signer.sign(call.headers[EVENT_TIMESTAMP], body)
            return replace(call, body=body, headers=call.headers | {EVENT_SIGNATURE: signature})
        parts = urlsplit(call.url)
        query = {name: _scrambled(value) for name, value in parse_qsl(parts.query)}
        form = _form(call) | {"AccountSid": _OTHER_ACCOUNT, "To": _STRANGER, "From": _STRANGER}
        for name in form.keys() & {"MessageSid", "SmsSid", "SmsMessageSid"}:
            form[name] = "SM" + hashlib.md5(form[name].encode(), usedforsecurity=False).hexdigest()
        url = urlunsplit(parts._replace(query=urlencode(query)))
        return self._signed_form(call, url, form, token=self._options.token)

    def _signed_form(self, call: Call, url: str, form: dict[str, str], *, token: str) -> Call:
        public = self._options.targets.publicly(urldefrag(url).url)
        signature = twilio_signature(token, public, form)
        headers = call.headers | {FORM_SIGNATURE: signature}
        return replace(call, url=url, body=urlencode(form).encode(), headers=headers)


def _tampered(call: Call) -> Call:
    """A body that says something else and can be read as well as before."""
    for said, instead in ((b"delivered", b"bounce"), (b"sent", b"failed"), (b"a", b"b")):
        if said in call.body:
            return replace(call, body=call.body.replace(said, instead, 1))
    return replace(call, body=call.body + b" ")


def _unsigned(call: Call) -> Call:
    signatures = {EVENT_SIGNATURE, FORM_SIGNATURE}
    headers = {name: value for name, value in call.headers.items() if name not in signatures}
    return replace(call, headers=headers)


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode(), keep_blank_values=True))


def _foreign_value(name: str, value: object) -> object:
    """What is known to the world stays; addresses, ids and the sender's own words do not."""
    if name in {"event", "timestamp", "type", "status", "reason", "response", "attempt"}:
        return value
    if name == "email":
        return "stranger@example.net"
    return _scrambled(value) if isinstance(value, str) else value


def _scrambled(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[: max(len(text), 8)]

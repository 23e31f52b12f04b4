"""SendGrid: one request for up to a thousand recipients, each with their own values.

Source of the rules: SendGrid's Mail Send reference. 202 means queued, not delivered; an address may
stand in a request once; a request that is wrong for one recipient is refused for all, and the error
names the recipient's place.
"""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import python_http_client
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from typing_extensions import override

from mobilize.messaging.providers.outcomes import (
    AT_ONCE,
    Accepted,
    Batch,
    Blocked,
    Halve,
    Letter,
    NotSent,
    NotTried,
    Outcome,
    Pace,
    Provider,
    Refused,
    Unknown,
)
from mobilize.messaging.providers.wire import asked_to_wait, opener, within, without_answer

_PLACE: Final = re.compile(r"personalizations[.\[](\d+)\]?\.(\w+)")
_AS_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
"""Said in full, the SDK takes a body that is JSON already; else it would make it once more."""
_UNAUTHORISED: Final = {401, 403}
_BUSY: Final = 429
_WRONG: Final = {400, 413}
_TOO_LARGE: Final = 413
_TIMED_OUT: Final = 408
_ITS_FAULT: Final = 500
_QUEUED: Final = 202


class SendGridProvider(Provider):
    """Sends email through SendGrid's own SDK.

    Args:
        api_key: The key.
        url: Where the API answers; the sandbox's address outside live mode.
        timeout: Seconds to wait for each read from the network.
        deadline: Seconds for a whole request.
    """

    name = "sendgrid"

    def __init__(self, *, api_key: str, url: str, timeout: float, deadline: float) -> None:
        self._api_key = api_key
        self._url = url
        self._timeout = timeout
        self._deadline = deadline
        # The SDK's clients share one header table and are not safe between threads.
        self._local = threading.local()

    @override
    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> Mapping[int, Outcome]:
        """Make one request, and one alone: what is left over goes with another, on record.

        Where it is refused for some recipients, the others were not tried.
        """
        if pace.start_in:
            time.sleep(pace.start_in)
        letters = batch.letters
        outcome, refused = self._post(batch, letters)
        if not refused:
            return {letter.message_id: outcome for letter in letters}
        left = NotTried("refused_for_others")
        return {letter.message_id: refused.get(place, left) for place, letter in enumerate(letters)}

    def _post(
        self, batch: Batch, letters: Sequence[Letter]
    ) -> tuple[Outcome, Mapping[int, Refused]]:
        try:
            body = _body(batch, letters)
        except TypeError as error:
            # Half a character, such as from a setting that is not UTF-8: nothing was sent.
            return Blocked("unwritable", str(error)), {}
        with within(self._deadline, provider="sendgrid") as call:
            try:
                response = self._client().client.mail.send.post(
                    request_body=body, request_headers=_AS_JSON
                )
            except HTTPError as error:
                return _refusal(error, letters)
            except Exception as error:  # noqa: BLE001 - sorted out by what is known of the call
                return without_answer(call, error), {}
        if response.status_code != _QUEUED:
            return Unknown("no_answer", str(response.status_code)), {}
        return Accepted(response.headers.get("X-Message-Id", "")), {}

    def _client(self) -> Any:
        client = getattr(self._local, "client", None)
        if client is None:
            client = SendGridAPIClient(self._api_key, host=self._url)
            client.client = _Client(
                host=client.host,
                request_headers=client.client.request_headers,
                version=3,
                timeout=self._timeout,
            )
            self._local.client = client
        return client


class _Client(python_http_client.Client):  # type: ignore[misc]
    """The SDK's own client, on connections that can be closed from outside."""

    _opener: Final = opener()

    @override
    def _build_client(self, name: str | None = None) -> "_Client":
        return _Client(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    @override
    def _make_request(self, _opener: Any, request: Any, timeout: float | None = None) -> Any:
        return super()._make_request(self._opener, request, timeout=timeout)


def _refusal(error: HTTPError, letters: Sequence[Letter]) -> tuple[Outcome, Mapping[int, Refused]]:
    status = error.status_code
    said = str(status)
    if status in _UNAUTHORISED:
        return Blocked("key_refused", said), {}
    if status == _BUSY:
        return NotSent("busy", said, asked_to_wait(error.headers)), {}
    if status >= _ITS_FAULT or status == _TIMED_OUT:
        # 500, 502, 503, 504: it may have been taken before it broke.
        return Unknown("no_answer", said, asked_to_wait(error.headers)), {}
    if status not in _WRONG:
        return Blocked("calls_refused", said), {}
    fields = _fields(error.body)
    refused = {at: why for at, why in _places(fields).items() if at < len(letters)}
    if refused:
        return NotTried("refused_for_others"), refused
    ours = [field for field in fields if not field.startswith("personalizations")]
    if ours:
        # It names what is the same for everybody, such as the sender: no half would fare better.
        return Blocked("calls_refused", f"{said} {ours[0]}"), {}
    if len(letters) > 1:
        return Halve("halved", said), {}
    return Refused("too_large" if status == _TOO_LARGE else "invalid_address"), {}


def _fields(body: bytes | str) -> list[str]:
    """The fields that a refusal names; a page for people names none."""
    try:
        errors = orjson.loads(body).get("errors", [])
        return [field for error in errors if (field := str(error.get("field") or ""))]
    except (ValueError, AttributeError, TypeError):
        return []


def _places(fields: Sequence[str]) -> dict[int, Refused]:
    """The recipients that a refusal names, by their place in the request."""
    found = [match for match in map(_PLACE.match, fields) if match]
    return {
        int(match[1]): Refused("too_large" if match[2] == "substitutions" else "invalid_address")
        for match in found
    }


class _Payload(bytes):
    """A body that is JSON already, and that the SDK cannot write into its log.

    At every request it formats the whole body for a debug message: a thousand people's addresses
    have no business there, and it would take as long as to make the body.
    """

    def encode(self, _encoding: str) -> "_Payload":
        """What the SDK asks for before it sends."""
        return self

    @override
    def __format__(self, _form: str) -> str:
        return f"{len(self)} bytes"


def _body(batch: Batch, letters: Sequence[Letter]) -> _Payload:
    # Built by hand: the SDK's mail helper reverses the order and costs six times as much.
    made = orjson.dumps(
        {
            "from": {"email": batch.sender, "name": batch.sender_name},
            "subject": batch.subject,
            "content": [
                {"type": "text/plain", "value": batch.text},
                {"type": "text/html", "value": batch.html},
            ],
            "personalizations": [_personalization(batch, letter) for letter in letters],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
    )
    return _Payload(made)


def _personalization(batch: Batch, letter: Letter) -> dict[str, Any]:
    _, ref, address, values, leave_url, discreet = letter
    one: dict[str, Any] = {
        "to": [{"email": address}],
        "substitutions": values,
        # Only an opaque token: what stands here cannot be erased at the provider.
        "custom_args": {"m": ref},
        "headers": {
            "List-Unsubscribe": f"<{leave_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        if leave_url
        else {},
    }
    if discreet:
        one["from"] = {"email": batch.sender, "name": batch.discreet_name}
        one["subject"] = discreet
    return one

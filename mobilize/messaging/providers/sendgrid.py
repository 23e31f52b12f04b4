"""SendGrid: one request for up to a thousand recipients, each with their own values.

Source of the rules: SendGrid's Mail Send reference. 202 means queued, not delivered; an address may
stand in a request once; a request that is wrong for one recipient is refused for all, and the error
names the recipient's place.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any, Final
from urllib.error import URLError

import orjson
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from typing_extensions import override

from mobilize.messaging.providers.outcomes import (
    Accepted,
    Batch,
    Blocked,
    Letter,
    NotSent,
    Outcome,
    Provider,
    Refused,
    Unknown,
)

_PLACE: Final = re.compile(r"personalizations\.(\d+)\.")
_AS_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
"""Said in full, the SDK takes a body that is JSON already; else it would make it once more."""
_UNAUTHORISED: Final = {401, 403}
_SURELY_NOT_TAKEN: Final = {429, 503}
_WRONG: Final = {400, 413}


class SendGridProvider(Provider):
    """Sends email through SendGrid's own SDK.

    Args:
        api_key: The key.
        url: Where the API answers; the sandbox's address outside live mode.
        timeout: Seconds to wait for each read from the network.
    """

    name = "sendgrid"

    def __init__(self, *, api_key: str, url: str, timeout: float) -> None:
        self._api_key = api_key
        self._url = url
        self._timeout = timeout
        # The SDK's clients share one header table and are not safe between threads.
        self._local = threading.local()

    @override
    def send(self, batch: Batch) -> Mapping[int, Outcome]:
        """Send one request; where it is refused for some recipients, send the rest again."""
        outcomes: dict[int, Outcome] = {}
        letters = list(batch.letters)
        while letters:
            outcome, wrong = self._post(batch, letters)
            if not wrong:
                outcomes |= {letter.message_id: outcome for letter in letters}
                break
            outcomes |= {letters[at].message_id: Refused("invalid_address") for at in wrong}
            letters = [letter for at, letter in enumerate(letters) if at not in wrong]
        return outcomes

    def _post(self, batch: Batch, letters: Sequence[Letter]) -> tuple[Outcome, set[int]]:
        try:
            body = _body(batch, letters)
        except TypeError as error:
            # Half a character, such as from a setting that is not UTF-8: nothing was sent.
            return Blocked(f"a message cannot be written as JSON: {error}"), set()
        try:
            response = self._client().client.mail.send.post(
                request_body=body, request_headers=_AS_JSON
            )
        except HTTPError as error:
            return _refusal(error, letters)
        except ConnectionRefusedError:
            return NotSent("SendGrid does not answer"), set()
        except URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                return NotSent("SendGrid does not answer"), set()
            return Unknown(f"no answer: {type(error.reason).__name__}"), set()
        except (OSError, HTTPException) as error:
            return Unknown(f"no answer: {type(error).__name__}"), set()
        return Accepted(response.headers.get("X-Message-Id", "")), set()

    def _client(self) -> Any:
        client = getattr(self._local, "client", None)
        if client is None:
            client = SendGridAPIClient(self._api_key, host=self._url)
            client.client.timeout = self._timeout
            self._local.client = client
        return client


def _refusal(error: HTTPError, letters: Sequence[Letter]) -> tuple[Outcome, set[int]]:
    status = error.status_code
    if status in _UNAUTHORISED:
        return Blocked(f"SendGrid refuses our key ({status})"), set()
    if status in _SURELY_NOT_TAKEN:
        return NotSent(f"SendGrid is busy ({status})", _retry_after(error.headers)), set()
    if status in _WRONG:
        wrong = {at for at in _places(error.body) if at < len(letters)}
        if wrong:
            return Refused("invalid_address"), wrong
        if len(letters) == 1:
            return Refused("invalid_address"), set()
        # The error names no place: halves would find it; one whole refusal is told to a person.
        return Blocked(f"SendGrid refuses the message itself ({status})"), set()
    # 500, 502, 504: it may have been taken before it broke.
    return Unknown(f"SendGrid answered {status}"), set()


def _places(body: bytes | str) -> set[int]:
    try:
        errors = orjson.loads(body).get("errors", [])
    except (ValueError, AttributeError):
        return set()
    found = (_PLACE.search(str(error.get("field") or "")) for error in errors)
    return {int(match[1]) for match in found if match}


def _retry_after(headers: Any) -> float | None:
    try:
        return float(headers.get("Retry-After"))
    except (TypeError, ValueError):
        return None


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

"""Twilio: one request for each text, a few in flight at once on connections that are kept.

Source of the rules: Twilio's Messages resource and error dictionary. A send is not idempotent, so
only an answer that says "not processed" (429, and 503) is tried again.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
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

_OPTED_OUT: Final = 21610
_INVALID_NUMBER: Final = {21211, 21612, 21614, 21408}
_UNAUTHORISED: Final = {401, 403}
_SURELY_NOT_TAKEN: Final = {429, 503}


class TwilioProvider(Provider):
    """Sends texts through Twilio's own SDK.

    Args:
        account_sid: The account.
        auth_token: Its token.
        url: Where the API answers; the sandbox's address outside live mode.
        status_url: The address that Twilio reports to; `?m=<token>` is added.
        timeout: Seconds to wait for each read from the network.
        parallel: Texts in flight at once.
    """

    name = "twilio"

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        url: str,
        status_url: str,
        timeout: float,
        parallel: int,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._url = url
        self._status_url = status_url
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="texts")
        # Whether one client may serve several threads is not promised; each has its own.
        self._local = threading.local()

    @override
    def send(self, batch: Batch) -> Mapping[int, Outcome]:
        """Send the texts of a batch, each in its own request."""
        outcomes = self._pool.map(lambda letter: self._post(batch, letter), batch.letters)
        return {
            letter.message_id: outcome
            for letter, outcome in zip(batch.letters, outcomes, strict=True)
        }

    def _post(self, batch: Batch, letter: Letter) -> Outcome:
        text = letter.discreet or batch.text
        for mark, value in letter.values.items():
            text = text.replace(mark, value)
        try:
            sent = self._client().messages.create(
                to=letter.address,
                from_=batch.sender,
                body=text,
                status_callback=f"{self._status_url}?m={letter.ref}",
            )
        except TwilioRestException as error:
            return _refusal(error)
        except RequestsConnectionError as error:
            if "Connection refused" in str(error):
                return NotSent("Twilio does not answer")
            return Unknown(f"no answer: {type(error).__name__}")
        except (RequestException, OSError) as error:
            return Unknown(f"no answer: {type(error).__name__}")
        return Accepted(sent.sid or "")

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = Client(
                self._account_sid,
                self._auth_token,
                http_client=TwilioHttpClient(timeout=self._timeout),
            )
            client.api.base_url = self._url
            self._local.client = client
        return client


def _refusal(error: TwilioRestException) -> Outcome:
    if error.status in _UNAUTHORISED:
        return Blocked(f"Twilio refuses our credentials ({error.status})")
    if error.status in _SURELY_NOT_TAKEN:
        return NotSent(f"Twilio is busy ({error.status})")
    if error.code == _OPTED_OUT:
        return Refused("opted_out_at_provider")
    if error.code in _INVALID_NUMBER:
        return Refused("invalid_address")
    if error.status < 500:  # noqa: PLR2004 - the provider understood and declined
        return Refused(f"twilio_{error.code}")
    return Unknown(f"Twilio answered {error.status}")

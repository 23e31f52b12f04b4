"""Twilio: one request for each text, a few in flight at once on connections that are kept.

Source of the rules: Twilio's Messages resource and error dictionary. A send is not idempotent, so
only an answer that says "not processed" is tried again: 429, and its own 503 (errors 20429, 20503).
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from typing_extensions import override
from urllib3.util import make_headers

from mobilize.messaging.providers.outcomes import (
    AT_ONCE,
    OPTED_OUT,
    Accepted,
    Batch,
    Blocked,
    Letter,
    Listed,
    NotSent,
    NotTried,
    Outcome,
    Pace,
    Provider,
    Refused,
    Unknown,
)
from mobilize.messaging.providers.turns import Turns
from mobilize.messaging.providers.wire import (
    Adapter,
    Way,
    asked_to_wait,
    way_to,
    within,
    without_answer,
)
from mobilize.messaging.sms import cost_of

_OPTED_OUT: Final = 21610
_INVALID_NUMBER: Final = {21211, 21612, 21614, 21408}
_SENDER_REFUSED: Final = {21212, 21603, 21606, 21659, 21660}
"""About the number that texts come from: the next text would fare no better."""
_QUEUE_FULL: Final = 21611
_UNAUTHORISED: Final = {401, 403}
_BUSY: Final = 429
_UNAVAILABLE: Final = 20503
"""A 503 without it is a page of somebody in between."""
_DECLINED: Final = 400
_TIMED_OUT: Final = 408
_ITS_FAULT: Final = 500
_ENOUGH_SILENCE: Final = 3
"""After so many texts in a row without an answer the rest of a batch is not tried."""
_MOST_LISTED: Final = 200
_PAGE: Final = 50
_LONGEST_BATCH: Final = 20.0
"""Seconds after which the gate is asked anew about whoever was not reached. The slice of time that
a batch takes is shorter (`pacing.SLICE_SECONDS`), also where each text has three segments."""


class TwilioProvider(Provider):
    """Sends texts through Twilio's own SDK.

    Args:
        account_sid: The account.
        auth_token: Its token.
        url: Where the API answers; the sandbox's address outside live mode.
        status_url: The address that Twilio reports to; `?m=<token>` is added.
        timeout: Seconds to wait for each read from the network.
        deadline: Seconds for a whole request.
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
        deadline: float,
        parallel: int,
    ) -> None:
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._url = url
        self._status_url = status_url
        self._timeout = timeout
        self._deadline = deadline
        self._parallel = parallel
        self._turns = Turns(parallel, name="texts")
        # Whether one client may serve several threads is not promised; each has its own.
        self._local = threading.local()

    @override
    def send(self, batch: Batch, pace: Pace = AT_ONCE) -> Mapping[int, Outcome]:
        """Send the texts of a batch, each in its own request and at its own time.

        Once the provider declines or falls silent, the rest of the batch is left alone.
        """
        run = _Run(self._turns, partial(self._post, batch), batch.letters, self._parallel)
        if pace == AT_ONCE:
            run.go()
        else:
            run.go_at(_times(batch, pace))
        return run.outcomes()

    def _post(self, batch: Batch, letter: Letter) -> Outcome:
        client, http = self._client()
        with within(self._deadline, provider="twilio") as call:
            try:
                sent = client.messages.create(
                    to=letter.address,
                    from_=batch.sender,
                    body=batch.words_for(letter),
                    status_callback=f"{self._status_url}?m={letter.ref}",
                )
            except (TwilioRestException, TwilioServiceException) as error:
                return _refusal(error, http.headers)
            except TwilioException as error:
                return Unknown("no_answer", type(error).__name__)
            except Exception as error:  # noqa: BLE001 - sorted out by what is known of the call
                return without_answer(call, error)
        return Accepted(sent.sid or "")

    def texts_to(self, number: str, *, sender: str) -> list[Listed] | None:
        """The newest texts from our number to another, as Twilio lists them; None where it fails.

        No date is asked for: Twilio looks at when a text was sent, and one that waits in its queue
        has no such date yet.
        """
        client, _ = self._client()
        with within(self._deadline, provider="twilio") as call:
            try:
                found = list(
                    client.messages.stream(
                        to=number, from_=sender, limit=_MOST_LISTED, page_size=_PAGE
                    )
                )
            except TwilioException:
                return None
            except Exception as error:  # noqa: BLE001 - sorted out by what is known of the call
                without_answer(call, error)
                return None
        return [
            Listed(
                sid=text.sid or "",
                body=text.body or "",
                status=str(text.status or ""),
                error_code=str(text.error_code or ""),
                created_at=text.date_created,
            )
            for text in found
            if text.date_created is not None and text.direction == "outbound-api"
        ]

    def _client(self) -> tuple[Client, "_HttpClient"]:
        pair: tuple[Client, _HttpClient] | None = getattr(self._local, "pair", None)
        if pair is None:
            http = _HttpClient(timeout=self._timeout)
            client = Client(self._account_sid, self._auth_token, http_client=http)
            client.api.base_url = self._url
            pair = self._local.pair = client, http
        return pair


class _HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own, which keeps the headers that its errors leave out.

    A text goes straight over the kept connection: the SDK's way through requests takes more time
    than all else that is done for a text, most of it to look up anew what is the same for all.
    """

    def __init__(self, *, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.headers: Mapping[str, str] = {}
        assert self.session is not None
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, Adapter())
        self._ways: dict[str, Way] = {}

    @override
    def request(self, method: str, url: str, **named: Any) -> Response:
        self.headers = {}
        ask = self._post if method == "POST" else partial(super().request, method)
        response = ask(url, **named)
        self.headers = response.headers or {}
        return response

    def _post(
        self,
        url: str,
        *,
        data: Mapping[str, str],
        headers: Mapping[str, str],
        auth: tuple[str, str],
        **_others: Any,
    ) -> Response:
        way = self._ways.get(url)
        if way is None:
            way = self._ways[url] = way_to(url, self.session)
        answer = way.pool.urlopen(
            "POST",
            way.target,
            body=urlencode(data),
            headers={**headers, **make_headers(basic_auth=":".join(auth))},
            retries=False,
            assert_same_host=False,
            timeout=self.timeout,
        )
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)


class _Run:
    """One batch under way: its share of the pool, and whether it may go on.

    Args:
        turns: The threads that make the calls, which batches share.
        post: Makes one of them.
        letters: What is to go.
        parallel: How many calls it has in flight.
    """

    def __init__(
        self,
        turns: Turns,
        post: Callable[[Letter], Outcome],
        letters: Sequence[Letter],
        parallel: int,
    ) -> None:
        self._turns = turns
        self._post = post
        self._letters = letters
        self._parallel = parallel
        self._window = threading.BoundedSemaphore(parallel)
        self._numbers = iter(range(len(letters)))
        self._ended: dict[int, Outcome] = {}
        self._at: dict[int, float] = {}
        self._began = time.monotonic()
        self._silent = 0
        self._stopped = False
        self._error: Exception | None = None

    def go_at(self, times: Iterable[float]) -> None:
        """Begin each call at its time, in seconds from now.

        Waiting is done here and not in the threads, so that a slow blast leaves them free.
        """
        for number, at in enumerate(times):
            left = self._began + at - time.monotonic()
            if left > 0:
                time.sleep(left)
            self._window.acquire()
            if self._is_over():
                self._window.release()
                return
            self._turns.line_up(partial(self._call_one, number))

    def go(self) -> None:
        """Begin the first calls; each that ends begins another.

        Else this thread would be woken for every text, which takes a fifth of the time. The next
        call lines up behind those of other batches, so that none waits for a whole one.
        """
        for _ in range(min(self._parallel, len(self._letters))):
            self._window.acquire()
            self._turns.line_up(self._call_next)

    def outcomes(self) -> dict[int, Outcome]:
        """Wait until all calls have ended; whoever was not reached is left for later.

        Raises:
            Exception: What a call met that is nothing of a network.
        """
        for _ in range(self._parallel):
            self._window.acquire()
        if self._error is not None:
            raise self._error
        left, now = NotTried("left_for_later"), time.monotonic()
        return {
            letter.message_id: _aged(self._ended.get(number, left), now - self._at.get(number, now))
            for number, letter in enumerate(self._letters)
        }

    def _is_over(self) -> bool:
        return self._stopped or time.monotonic() - self._began > _LONGEST_BATCH

    def _call_next(self) -> bool:
        number = None if self._is_over() else next(self._numbers, None)
        if number is None:
            self._window.release()
            return False
        self._call(number)
        return True

    def _call_one(self, number: int) -> bool:
        self._call(number)
        self._window.release()
        return False

    def _call(self, number: int) -> None:
        """Make a call and draw the conclusions for the rest of the batch."""
        try:
            outcome = self._post(self._letters[number])
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits for the batch
            self._error, self._stopped = error, True
            return
        self._ended[number], self._at[number] = outcome, time.monotonic()
        self._silent = self._silent + 1 if isinstance(outcome, Unknown) else 0
        if isinstance(outcome, NotSent | Blocked) or self._silent >= _ENOUGH_SILENCE:
            self._stopped = True


def _aged(outcome: Outcome, ago: float) -> Outcome:
    return Accepted(outcome.ref, ago) if isinstance(outcome, Accepted) else outcome


def _times(batch: Batch, pace: Pace) -> Iterator[float]:
    """When each text may go, in seconds from now: a longer one takes the time of its segments."""
    at = pace.start_in
    for letter in batch.letters:
        yield at
        if pace.each:
            at += pace.each * cost_of(batch.words_for(letter)).segments


def _refusal(
    error: TwilioRestException | TwilioServiceException, headers: Mapping[str, str]
) -> Outcome:
    status, code = error.status, error.code
    if status in _UNAUTHORISED:
        return Blocked("key_refused", str(status))
    if status == _BUSY or code == _UNAVAILABLE:
        return NotSent("busy", str(status), asked_to_wait(headers))
    if status >= _ITS_FAULT or status == _TIMED_OUT:
        return Unknown("no_answer", str(status), asked_to_wait(headers))
    if status != _DECLINED or code in {None, status}:
        # Not about this text: an address of the API that is wrong, a page of somebody in between.
        return Blocked("calls_refused", str(status))
    if code == _OPTED_OUT:
        return Refused(OPTED_OUT)
    if code in _INVALID_NUMBER:
        return Refused("invalid_address")
    if code in _SENDER_REFUSED:
        return Blocked("sender_refused", str(code))
    if code == _QUEUE_FULL:
        return NotSent("busy", str(code), asked_to_wait(headers))
    return Refused(f"twilio_{code}")

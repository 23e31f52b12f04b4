"""One call to Open North's Represent: in which ridings does a postal code lie?

By its protocol the code stands in the path of the call; nothing here logs the path, and no error
repeats it. Nobody's name, address or number goes along. Its answer joins the official tables
(concordance) and the point of the code (centroid); either alone may be a guess.
"""

import json
import re
import socket
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

BOUNDARY_SET: Final = "federal-electoral-districts-2023-representation-order"
_SET_URL: Final = f"/boundary-sets/{BOUNDARY_SET}/"
_RIDING: Final = re.compile(r"[0-9]{5}")
_LARGEST: Final = 256 * 1024
_HEADERS: Final = {"Accept": "application/json", "User-Agent": "mobilize"}
_OK: Final = 200
_NOT_FOUND: Final = 404
_BUSY: Final = frozenset({429, 503})


class RepresentFailed(Exception):
    """It gave no answer that can be used.

    Args:
        reason: A word for the log: `busy`, `no_answer`, `not_json`, `wrong_shape` or `status`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"Represent gave no answer that can be used ({reason}).")
        self.reason = reason


def ask(code: str, *, url: str, seconds: float) -> list[str]:
    """The ridings of the 2023 order that Represent names for a code; none where it knows no such.

    Args:
        code: Six characters, upper case.
        url: Where Represent is reached.
        seconds: For the whole call.

    Raises:
        RepresentFailed: It is busy, silent or slow, or what it says is no answer.
    """
    status, body = _fetch(f"/postcodes/{code}/?sets={BOUNDARY_SET}", url=url, seconds=seconds)
    if status == _NOT_FOUND:
        return []
    if status in _BUSY:
        raise RepresentFailed("busy")
    if status != _OK:
        raise RepresentFailed("status")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise RepresentFailed("not_json") from None
    return _ridings(said, code)


def _ridings(said: Any, code: str) -> list[str]:
    """The union of both lists, in their order."""
    if not isinstance(said, dict) or said.get("code") != code:
        raise RepresentFailed("wrong_shape")
    found: dict[str, None] = {}
    for name in ("boundaries_concordance", "boundaries_centroid"):
        listed = said.get(name, [])
        if not isinstance(listed, list):
            raise RepresentFailed("wrong_shape")
        for one in listed:
            riding = _riding(one)
            if riding is not None:
                found[riding] = None
    return list(found)


def _riding(boundary: Any) -> str | None:
    related = boundary.get("related") if isinstance(boundary, dict) else None
    if not isinstance(related, dict):
        raise RepresentFailed("wrong_shape")
    if related.get("boundary_set_url") != _SET_URL:
        return None
    riding = boundary.get("external_id")
    if not isinstance(riding, str) or not _RIDING.fullmatch(riding):
        raise RepresentFailed("wrong_shape")
    return riding


def _fetch(path: str, *, url: str, seconds: float) -> tuple[int, bytes]:
    ends = time.monotonic() + seconds
    parts = urlsplit(url)
    kind = HTTPConnection if parts.scheme == "http" else HTTPSConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    cutter: threading.Timer | None = None
    try:
        connection.connect()
        # Each single read has its time-out; a server that drips passes all of them.
        cutter = threading.Timer(max(ends - time.monotonic(), 0.0), _cut, [connection.sock])
        cutter.daemon = True
        cutter.start()
        connection.request("GET", parts.path.rstrip("/") + path, headers=_HEADERS)
        response = connection.getresponse()
        return response.status, _body(response)
    except (OSError, HTTPException):
        # What these say may repeat the path, and so the code.
        raise RepresentFailed("no_answer") from None
    finally:
        if cutter is not None:
            cutter.cancel()
        connection.close()


def _body(response: HTTPResponse) -> bytes:
    if response.status != _OK:
        return b""
    body = response.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise RepresentFailed("wrong_shape")
    return body


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

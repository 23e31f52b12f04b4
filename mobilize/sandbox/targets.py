"""Where the sandbox calls back: loopback only, whatever public address the caller believes in."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


class NotLoopbackError(ValueError):
    """An address that is not on this machine."""


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, without port) is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback(url: str) -> None:
    """Check that ``url`` leads to this machine.

    Raises:
        NotLoopbackError: When it leads anywhere else.
    """
    if not is_loopback(urlsplit(url).hostname or ""):
        raise NotLoopbackError(
            f"The sandbox calls loopback addresses only, and {url!r} is none. Set the app's own "
            "address (app_url) and its public one (public_url)."
        )


@dataclass
class Targets:
    """The webhooks of the app under test.

    ``public_url`` is the address that the app believes it has, and that Twilio signs;
    ``app_url`` is where it really listens. Both are origins, without a path.
    """

    email_events_url: str = ""
    inbound_sms_url: str = ""
    public_url: str = ""
    app_url: str = ""

    def really(self, url: str) -> str:
        """The loopback address to call for ``url``.

        Raises:
            NotLoopbackError: When it would lead off this machine.
        """
        called = _moved(url, self.public_url, self.app_url)
        require_loopback(called)
        return called

    def publicly(self, url: str) -> str:
        """The address that a signature for ``url`` covers."""
        return _moved(url, self.app_url, self.public_url)


def _moved(url: str, old: str, new: str) -> str:
    old, new = old.rstrip("/"), new.rstrip("/")
    if not (old and new) or not url.startswith(f"{old}/"):
        return url
    return new + url.removeprefix(old)

"""One tree of errors: each says what was wrong, and what to do about it."""

from collections.abc import Mapping
from typing import Any


class MobilizeError(Exception):
    """A refusal that a person can act on.

    Args:
        message: What was wrong and where, as a sentence. It must never hold an address or a phone.
        hint: What to do next, as a sentence.
        fields: For input with several parts, each wrong part with its reason.
        french: The message in French, where it holds what no catalogue of texts can.
        french_hint: The hint in French, with it.
    """

    status = 500
    code = "error"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        fields: Mapping[str, Any] | None = None,
        french: str = "",
        french_hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = dict(fields or {})
        self.french = french
        self.french_hint = french_hint


class InvalidInput(MobilizeError):
    """What was given cannot be used as it is."""

    status = 422
    code = "invalid_input"


class SignInNeeded(MobilizeError):
    """Nobody is signed in, or the key is not known."""

    status = 401
    code = "sign_in_needed"


class Forbidden(MobilizeError):
    """Whoever asks may not do this."""

    status = 403
    code = "forbidden"


class NotFound(MobilizeError):
    """There is no such thing, or none that may be seen."""

    status = 404
    code = "not_found"


class Conflict(MobilizeError):
    """The thing is in a state that does not allow this now."""

    status = 409
    code = "conflict"


class TooMany(MobilizeError):
    """A limit was reached; later is fine."""

    status = 429
    code = "too_many"


class NotReady(MobilizeError):
    """A part that this needs is not there now; trying again later may work."""

    status = 503
    code = "not_ready"


class NotSaved(NotReady):
    """What was sent could not be kept; sent again later, it can be."""

    code = "not_saved"


class Stopped(MobilizeError):
    """The process was asked to end in the middle of long work, which goes on when begun again."""

    status = 503
    code = "stopped"


class SetupError(MobilizeError):
    """The installation is not set up so that this can work."""

    status = 500
    code = "setup"

"""One-time codes from an authenticator (RFC 6238): six digits, thirty seconds, each taken once."""

from datetime import datetime
from typing import Final

import pyotp

PERIOD_SECONDS: Final = 30
_DRIFT_STEPS: Final = 1
ISSUER: Final = "Mobilize"


def new_secret() -> str:
    """A fresh secret in base32, 160 random bits (RFC 4226, section 4)."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, *, label: str) -> str:
    """What an authenticator reads, as a link or a square code."""
    return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)


def taken_step(secret: str, code: str, *, now: datetime, last_step: int) -> int | None:
    """The time step that a code belongs to, or None where it is wrong or was taken before.

    One step to either side is allowed for clocks that differ. A step up to and including the last
    one taken is refused: a code seen over a shoulder serves nobody (RFC 6238, section 5.2).
    """
    digits = "".join(code.split())
    present = int(now.timestamp()) // PERIOD_SECONDS
    codes = pyotp.TOTP(secret)
    for step in range(present - _DRIFT_STEPS, present + _DRIFT_STEPS + 1):
        expected = codes.generate_otp(step)
        if step > last_step and pyotp.utils.strings_equal(expected, digits):
            return step
    return None

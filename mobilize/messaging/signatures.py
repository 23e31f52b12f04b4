"""Whether a webhook call is really from the provider: checked on the bytes that came in.

SendGrid signs with ECDSA P-256 and SHA-256 over the timestamp and the raw body; Twilio with
HMAC-SHA1 over the public address and the form's sorted values. Neither has a limit of age that
holds through their own retries, so replays are made harmless by storing each event once.
"""

import base64
import binascii
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

_LONGEST: Final = 200


def sendgrid_signed(
    *, public_key: str, body: bytes, signature: str | None, timestamp: str | None
) -> bool:
    """Whether SendGrid signed this body.

    Args:
        public_key: The verification key, base64 DER, as SendGrid shows it.
        body: The raw bytes; the trailing line break is part of them.
        signature: The header X-Twilio-Email-Event-Webhook-Signature.
        timestamp: The header X-Twilio-Email-Event-Webhook-Timestamp.
    """
    if not public_key or not signature or not timestamp or len(signature) > _LONGEST:
        return False
    try:
        key = _verification_key(public_key)
        if key is None:
            return False
        key.verify(
            base64.b64decode(signature, validate=True),
            timestamp.encode() + body,
            ec.ECDSA(hashes.SHA256()),
        )
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, binascii.Error):
        return False
    return True


@lru_cache(maxsize=4)
def _verification_key(public_key: str) -> ec.EllipticCurvePublicKey | None:
    # To read it takes longer than to verify with it.
    key = load_der_public_key(base64.b64decode(public_key))
    return key if isinstance(key, ec.EllipticCurvePublicKey) else None


def twilio_signed(
    *, auth_token: str, url: str, form: MultiDict[str, str], signature: str | None
) -> bool:
    """Whether Twilio signed this form for this address.

    Args:
        auth_token: The account's token.
        url: The public address that Twilio called, from our settings: never what the request says.
        form: The form with blank values kept; they are signed too.
        signature: The header X-Twilio-Signature.
    """
    if not auth_token or not signature or len(signature) > _LONGEST:
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, form, signature))
    except (TypeError, ValueError):
        return False

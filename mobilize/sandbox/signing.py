"""Signatures on what the sandbox calls: SendGrid's by key pair, Twilio's by shared token."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEY_FILE = "sendgrid_webhook_key.pem"


class EventSigner:
    """Signs the Event Webhook: ECDSA on P-256 with SHA-256 over timestamp and raw body."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @property
    def public_key(self) -> str:
        """The verification key as SendGrid shows it: SPKI, DER, base64."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(der).decode()

    def sign(self, timestamp: str, body: bytes) -> str:
        """The value of ``X-Twilio-Email-Event-Webhook-Signature``."""
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return base64.b64encode(signature).decode()


def event_signer(key_file: Path | None, data: Path | None) -> EventSigner:
    """A signer with the key of ``key_file``, else the one kept in ``data``, else a new one.

    Raises:
        ValueError: When the file holds no P-256 private key.
    """
    kept = data / KEY_FILE if data else None
    path = key_file or (kept if kept and kept.exists() else None)
    if path:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError(f"{path} holds no P-256 private key")
        return EventSigner(key)
    new = ec.generate_private_key(ec.SECP256R1())
    if kept:
        kept.touch(mode=0o600)
        kept.write_bytes(
            new.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return EventSigner(new)


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """The value of ``X-Twilio-Signature``: HMAC-SHA1 over the URL and the sorted parameters."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()

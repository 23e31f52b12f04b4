"""Settings for tests: the real files, and keys that are plainly no secret."""

import base64
from pathlib import Path

from mobilize.settings import Settings, load_settings


def key(letter: str) -> str:
    """A key of 32 equal letters, in base64."""
    return base64.b64encode(letter.encode() * 32).decode()


def make_environment(instance: Path, **more: str) -> dict[str, str]:
    """The environment of a test installation; `more` overrides it, names without MOBILIZE_."""
    values = {
        "ENV": "testing",
        "INSTANCE": str(instance),
        "SECRETS_DATA_KEYS": f"1:{key('d')}",
        "SECRETS_INDEX_KEY": key("i"),
        "SECRETS_LINK_KEY": key("l"),
        "SECRETS_SESSION_KEY": key("s"),
        "SECRETS_SENDGRID_API_KEY": "SG.sandbox",
        "SECRETS_TWILIO_AUTH_TOKEN": "sandbox",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 31 + "1",
        "SITE_POSTAL_ADDRESS": "100 Example Street, Ottawa ON",
        "SITE_CONTACT_EMAIL": "office@example.org",
        **more,
    }
    return {f"MOBILIZE_{name}": value for name, value in values.items()}


def make_settings(instance: Path, *, database_url: str = "", **more: str) -> Settings:
    """The settings of a test installation."""
    environment = make_environment(instance, DATABASE_URL=database_url, **more)
    return load_settings(environ=environment, instance=instance)

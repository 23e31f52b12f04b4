"""Choosing the providers for an installation, and refusing to reach anybody by accident."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from mobilize.core.errors import SetupError
from mobilize.messaging.policy import Channel
from mobilize.messaging.providers.outcomes import Provider
from mobilize.messaging.providers.sendgrid import SendGridProvider
from mobilize.messaging.providers.twilio import TwilioProvider
from mobilize.settings import Settings

Transports = Mapping[Channel, Provider]


def open_transports(settings: Settings) -> Transports:
    """The providers that the settings name.

    Raises:
        SetupError: In sandbox mode a provider is not on this machine, or a credential is missing.
    """
    check_hosts(settings)
    secrets = settings.secrets
    for name, value in (
        ("MOBILIZE_SECRETS_SENDGRID_API_KEY", secrets.sendgrid_api_key),
        ("MOBILIZE_SECRETS_TWILIO_AUTH_TOKEN", secrets.twilio_auth_token),
        ("MOBILIZE_TWILIO_ACCOUNT_SID", settings.twilio.account_sid),
    ):
        if not value:
            raise SetupError(f"{name} is missing.", hint="Set it; for the sandbox any text does.")
    return {
        "email": SendGridProvider(
            api_key=secrets.sendgrid_api_key,
            url=settings.sendgrid.url,
            timeout=settings.sendgrid.timeout_seconds,
            deadline=settings.sendgrid.deadline_seconds,
        ),
        "sms": open_texts(settings),
    }


def open_texts(settings: Settings) -> TwilioProvider:
    """The provider of texts, which can be asked what it sent as well."""
    public = settings.site.public_url.rstrip("/")
    return TwilioProvider(
        account_sid=settings.twilio.account_sid,
        auth_token=settings.secrets.twilio_auth_token,
        url=settings.twilio.url,
        status_url=f"{public}/hooks/twilio/status",
        timeout=settings.twilio.timeout_seconds,
        deadline=settings.twilio.deadline_seconds,
        parallel=settings.twilio.parallel,
    )


def check_hosts(settings: Settings) -> None:
    """Refuse to start where the delivery mode and the providers' addresses do not fit.

    Raises:
        SetupError: Sandbox mode with a provider elsewhere, or a real mode with the sandbox.
    """
    sandbox = settings.delivery.mode == "sandbox"
    for name, url in (("sendgrid.url", settings.sendgrid.url), ("twilio.url", settings.twilio.url)):
        host = urlsplit(url).hostname or ""
        if sandbox and not is_loopback(host):
            raise SetupError(
                f"Delivery is in sandbox mode, but {name} is `{host}`, not this machine.",
                hint="Point it at the sandbox (http://127.0.0.1:8025), or go live on purpose: "
                "see docs/how-to/go-live.md.",
            )
        if not sandbox and is_loopback(host):
            raise SetupError(
                f"Delivery is in {settings.delivery.mode} mode, but {name} is this machine.",
                hint="Set it to the provider's own address.",
            )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its own loopback names and numbers."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""The sandbox's command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from mobilize.sandbox.targets import Targets, is_loopback, require_loopback

DEFAULT_PORT = 8025
DEFAULT_API_KEY = "SG.sandbox"
DEFAULT_ACCOUNT = "AC" + "0" * 31 + "1"
DEFAULT_TOKEN = "sandbox"  # noqa: S105 - the token of a stand-in, known to everyone


@dataclass(frozen=True)
class Options:
    """How a sandbox is set up."""

    host: str
    port: int
    data: Path | None
    seed: int
    api_key: str
    account: str
    token: str
    signing_key: Path | None
    webhook_attempts: int
    end_with_parent: bool
    scenario: str
    targets: Targets


def parse_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; a mistake ends the program with a sentence about it."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not is_loopback(given.host):
        parser.error(
            f"--host {given.host} is not loopback; the sandbox holds people's messages without a "
            "password, so it listens on 127.0.0.1, ::1 or localhost only"
        )
    targets = Targets(
        email_events_url=given.email_events_url,
        inbound_sms_url=given.inbound_sms_url,
        public_url=given.public_url,
        app_url=given.app_url,
    )
    try:
        if given.app_url:
            require_loopback(given.app_url)
        for url in filter(None, (targets.email_events_url, targets.inbound_sms_url)):
            targets.really(url)
    except ValueError as error:
        parser.error(str(error))
    return Options(
        host=given.host,
        port=given.port,
        data=given.data,
        seed=given.seed,
        api_key=given.sendgrid_api_key,
        account=given.twilio_account_sid,
        token=given.twilio_auth_token,
        signing_key=given.sendgrid_webhook_key,
        webhook_attempts=given.webhook_attempts,
        end_with_parent=given.end_with_parent,
        scenario=given.scenario,
        targets=targets,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mobilize.sandbox",
        description="A stand-in for SendGrid's and Twilio's servers, on loopback.",
        epilog="When it listens, it prints one JSON line: ready, port, url and its public key.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on (%(default)s)")
    add("--port", type=int, default=DEFAULT_PORT, help="0 chooses a free one (%(default)s)")
    add("--data", type=Path, help="folder that keeps the ledger and the key over a restart")
    add("--seed", type=int, default=1, help="of ids and of faults by chance (%(default)s)")
    add("--sendgrid-api-key", default=DEFAULT_API_KEY, help="expected as bearer (%(default)s)")
    add("--twilio-account-sid", default=DEFAULT_ACCOUNT, help="expected (%(default)s)")
    add("--twilio-auth-token", default=DEFAULT_TOKEN, help="expected, and signs (%(default)s)")
    add("--sendgrid-webhook-key", type=Path, help="PEM file of a P-256 key (else a new one)")
    add("--webhook-attempts", type=int, default=6, help="tries of one webhook (%(default)s)")
    add("--scenario", default="calm", help="faults and tricks: a name or a file (%(default)s)")
    add("--end-with-parent", action="store_true", help="end when the starting process is gone")
    add("--email-events-url", default="", help="where email events are posted")
    add("--inbound-sms-url", default="", help="where texts from people are posted")
    add("--public-url", default="", help="origin that the app calls its own, as Twilio signs it")
    add("--app-url", default="", help="loopback origin where the app really listens")
    return parser

"""`mobilize doctor`: is this installation sound, and may it go live?"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import click
from sqlalchemy import select

import mobilize.holdings
from mobilize.accounts import audit, grants
from mobilize.accounts.jobs import overdue
from mobilize.accounts.models import Account
from mobilize.cli import sender_domain
from mobilize.cli.context import Call, json_option, with_call
from mobilize.cli.findings import Finding
from mobilize.contacts.identity import (
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.core.clock import SystemClock
from mobilize.core.errors import MobilizeError, SetupError
from mobilize.core.resealing import count_by_key
from mobilize.messaging import deciding
from mobilize.messaging.discretion import telling_words
from mobilize.messaging.providers.transports import check_hosts, is_loopback
from mobilize.messaging.reasons import explain_pause
from mobilize.migrate import pending
from mobilize.runtime import Runtime
from mobilize.settings import SECRETS_FILE
from mobilize.strategy.models import DemandVersion
from mobilize.tables import METADATA
from mobilize.waking import nudges_waiting

# Whoever asks for the rules must have imported them.
assert mobilize.holdings.LETTING_GO
_OWNER_ONLY: Final = 0o077
_A_YEAR: Final = timedelta(days=365)


@click.command()
@click.option("--live", is_flag=True, help="Check what a live installation needs, too.")
@click.option(
    "--allow", metavar="ADDRESS", help="Print the allow-list entry of an email address or a phone."
)
@json_option
@with_call
def doctor(call: Call, live: bool, allow: str | None, as_json: bool) -> None:
    """Look for what is missing or wrong, and say what to do about it.

    Ends with 1 where something is. With --live it is the gate to the first real message: nothing
    goes live while it finds anything.
    """
    with call.runtime() as runtime:
        if allow is not None:
            call.say(_allow_entry(runtime, allow))
            return
        checks = (*_CHECKS, *(_LIVE_CHECKS if live else ()))
        findings = [finding for check in checks for finding in check(runtime)]
    if as_json:
        call.answer({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "[green]fine[/green]" if finding.fine else "[red]look[/red]"
            call.say(f"{mark}  {finding.what}: {finding.words}")
    if not all(finding.fine for finding in findings):
        raise MobilizeError(
            "Something needs attention.", hint="See docs/how-to/go-live.md for each point."
        )


def _allow_entry(runtime: Runtime, address: str) -> str:
    if "@" in address:
        return email_hash(runtime.keyring, normalise_email(address)).hex()
    return phone_hash(runtime.keyring, normalise_phone(address)).hex()


def live_problems(runtime: Runtime) -> list[str]:
    """What stands between this installation and its first real message."""
    return [
        f"{finding.what}: {finding.words}"
        for check in _LIVE_CHECKS
        for finding in check(runtime)
        if not finding.fine
    ]


def require_ready(runtime: Runtime) -> None:
    """Let a live installation start only where nothing stands in the way of real messages.

    Raises:
        SetupError: It is in live mode, and something does; everything is named.
    """
    if runtime.settings.delivery.mode != "live":
        return
    problems = live_problems(runtime)
    if problems:
        raise SetupError(
            f"This installation may not go live yet. {'; '.join(problems)}.",
            hint="Put these right (docs/how-to/go-live.md), or set delivery.mode to `allowlist` "
            "until then; `mobilize doctor --live` looks again.",
            fields={"problems": problems},
        )


def _database(runtime: Runtime) -> Iterator[Finding]:
    missing = pending(runtime.db)
    yield Finding(
        "database",
        not missing,
        f"{runtime.db.engine.dialect.name}, up to date" if not missing else "run `mobilize init`",
    )


def _secrets(runtime: Runtime) -> Iterator[Finding]:
    path = runtime.settings.instance / SECRETS_FILE
    if path.exists():
        open_to_others = path.stat().st_mode & _OWNER_ONLY
        words = f"run `chmod 600 {path}`" if open_to_others else "readable by their owner only"
        yield Finding("secrets", not open_to_others, words)


def _opt_outs(runtime: Runtime) -> Iterator[Finding]:
    """What a database that is brought back from a copy learns again from who left."""
    if runtime.journal is None:
        return
    try:
        runtime.journal.check()
    except OSError as error:
        words = f"{runtime.settings.opt_outs_folder} cannot be written: {error.strerror}"
        yield Finding("opt-outs", False, words)
    else:
        yield Finding("opt-outs", True, "kept beside the database too")


def _keys(runtime: Runtime) -> Iterator[Finding]:
    with runtime.db.read() as session:
        counts = count_by_key(session, METADATA)
    under = sum(counts.values(), Counter[int]())
    keyring = runtime.keyring
    missing = sorted(under.keys() - set(keyring.ids))
    if missing:
        lost = sum(under[key] for key in missing)
        listed = ", ".join(map(str, missing))
        yield Finding("keys", False, f"{lost} values are under lost data key {listed}: restore it")
    others = under.total() - under[keyring.sealing]
    spare = [key for key in keyring.ids if key != keyring.sealing]
    words = f"data key {keyring.sealing} seals"
    if others:
        words += f"; {others} values are under another: `mobilize keys rotate` when it is promoted"
    elif spare:
        words += f"; nothing is under {', '.join(map(str, spare))}: promote or retire it"
    if not missing:
        yield Finding("keys", True, words)


def _audit(runtime: Runtime) -> Iterator[Finding]:
    with runtime.db.read() as session:
        seen = audit.verify(session)
    words = f"{seen.sealed} entries sealed, {seen.unsealed} not yet"
    if seen.broken_at is not None:
        words = f"the chain breaks at entry {seen.broken_at}: somebody changed the log"
    yield Finding("audit log", seen.broken_at is None, words)


def _providers(runtime: Runtime) -> Iterator[Finding]:
    try:
        check_hosts(runtime.settings)
    except MobilizeError as error:
        yield Finding("delivery", False, f"{error.message} {error.hint}")
    else:
        yield Finding("delivery", True, f"{runtime.settings.delivery.mode} mode")
    with runtime.db.read() as session:
        for pause in deciding.pauses(session, real_now=SystemClock().now()):
            yield Finding(pause.provider, False, f"paused: {explain_pause(pause.reason, 'en')}")


def _broker(runtime: Runtime) -> Iterator[Finding]:
    """Only where several machines send."""
    if not runtime.settings.broker.url:
        return
    try:
        waiting = sum(nudges_waiting(runtime.settings).values())
    except MobilizeError as error:
        yield Finding("broker", False, f"{error.message} {error.hint}")
    else:
        yield Finding("broker", True, f"answers; {waiting} nudges wait")
    if runtime.db.is_sqlite:
        yield Finding("machines", False, "several machines need one PostgreSQL: set database.url")


def _deadlines(runtime: Runtime) -> Iterator[Finding]:
    """A worker that waits for an answer must not be taken for dead."""
    settings = runtime.settings
    longest = max(settings.sendgrid.deadline_seconds, settings.twilio.deadline_seconds)
    fine = settings.sending.lease_seconds > 3 * longest
    words = "well under the lease" if fine else "set sending.lease_seconds to over three of them"
    yield Finding("deadlines", fine, words)


def _retention(runtime: Runtime) -> Iterator[Finding]:
    """What must go in time goes by a running worker: texts that need care after thirty days."""
    late = overdue(runtime)
    words = (
        "what should have gone a day ago is still there: start a worker, or run `mobilize "
        "retention`"
        if late
        else "nothing is overdue"
    )
    yield Finding("retention", not late, words)


def _hotline(runtime: Runtime) -> Iterator[Finding]:
    """A number that somebody may need at night is worth a call a year."""
    checked = runtime.settings.site.hotline_verified
    fine = runtime.clock.now().date() - checked < _A_YEAR
    words = f"checked on {checked}" if fine else "call it, then set site.hotline_verified"
    yield Finding("hotline", fine, words)


def _who_sends(runtime: Runtime) -> Iterator[Finding]:
    site, sendgrid = runtime.settings.site, runtime.settings.sendgrid
    for what, value, hint in (
        ("postal address", site.postal_address, "set site.postal_address (CASL s. 6(2))"),
        ("contact address", site.contact_email, "set site.contact_email"),
        ("webhook key", sendgrid.webhook_public_key, "set sendgrid.webhook_public_key"),
    ):
        yield Finding(what, bool(value), (value and "set") or hint)


def _sender(runtime: Runtime) -> Iterator[Finding]:
    domain = runtime.settings.sendgrid.from_email.rpartition("@")[2].casefold()
    invented = domain in {"", "example.org"}
    yield Finding("sender", not invented, "set sendgrid.from_email" if invented else "set")
    if not invented:
        yield from sender_domain.check(domain)


def _discreet_names(runtime: Runtime) -> Iterator[Finding]:
    """The sender's name is the one thing on a discreet person's screen that no template says."""
    sendgrid = runtime.settings.sendgrid
    with runtime.db.read() as session:
        telling = telling_words(session)
    for language, name in (("en", sendgrid.discreet_name_en), ("fr", sendgrid.discreet_name_fr)):
        words = telling.words_in(name)
        said = f"`{name}`" if name else "missing"
        if words:
            said = f"gives the topic away ({', '.join(words)}): change it"
        yield Finding(f"sendgrid.discreet_name_{language}", bool(name) and not words, said)


def _reachable(runtime: Runtime) -> Iterator[Finding]:
    url = urlsplit(runtime.settings.site.public_url)
    fine = url.scheme == "https" and not is_loopback(url.hostname or "")
    yield Finding("public address", fine, "https" if fine else "set site.public_url to https://…")
    secure = runtime.settings.security.secure_cookies
    yield Finding("cookies", secure, "https only" if secure else "set security.secure_cookies")


def _credentials(runtime: Runtime) -> Iterator[Finding]:
    settings = runtime.settings
    for what, value in (
        ("SendGrid key", settings.secrets.sendgrid_api_key),
        ("Twilio token", settings.secrets.twilio_auth_token),
        ("Twilio account", settings.twilio.account_sid),
    ):
        yield Finding(what, bool(value), "set" if value else "missing: see config/.env.example")


def _real_time(runtime: Runtime) -> Iterator[Finding]:
    fine = runtime.settings.time.clock == "system"
    yield Finding(
        "clock", fine, "the machine's" if fine else "a live installation has no virtual one"
    )


def _people(runtime: Runtime) -> Iterator[Finding]:
    with runtime.db.read() as session:
        roles = set(session.scalars(select(Account.role).where(Account.state == "active")))
        adopted = session.scalars(
            select(DemandVersion.id).where(DemandVersion.state == "adopted")
        ).first()
        careful = grants.is_anybody_named(session, name=grants.CARE)
    second = bool(roles & {"approver", "admin"}) and bool(roles & {"organizer", "admin"})
    yield Finding("two persons", second, "there" if second else "add an organizer and an approver")
    yield Finding(
        "care",
        careful,
        "somebody reads texts that need it"
        if careful
        else "nobody reads texts that need it: name two people (`mobilize users name-for-care`)",
    )
    yield Finding(
        "demands", adopted is not None, "adopted" if adopted else "review and adopt one first"
    )


_CHECKS: Final[tuple[Callable[[Runtime], Iterator[Finding]], ...]] = (
    _database,
    _secrets,
    _opt_outs,
    _keys,
    _audit,
    _providers,
    _deadlines,
    _retention,
    _broker,
    _hotline,
)
_LIVE_CHECKS: Final[tuple[Callable[[Runtime], Iterator[Finding]], ...]] = (
    _who_sends,
    _sender,
    _discreet_names,
    _reachable,
    _credentials,
    _real_time,
    _people,
)

"""One frozen, typed Settings, read once from the configuration files and the environment."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_type_hints

from mobilize.core import secrets_file
from mobilize.core.errors import SetupError
from mobilize.core.files import packaged_path, read_toml
from mobilize.core.keys import Keyring, key_from_text
from mobilize.core.typed import as_kind

Environment = Literal["development", "testing", "production"]
DeliveryMode = Literal["sandbox", "allowlist", "live"]
SECRETS_FILE: Final = "secrets.env"
LEDGER_DAYS: Final = 1096
"""The least time for which proofs of consent are kept; the database refuses to let go sooner."""
CARE_DAYS: Final = 30
"""The longest time for which a text that may be a survivor's is kept."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """How the outside reaches us, and who we are in it."""

    public_url: str
    organization_en: str
    organization_fr: str
    postal_address: str
    contact_email: str
    hotline_number: str
    hotline_verified: date
    quick_exit_en: str
    quick_exit_fr: str


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Which database."""

    url: str
    pool_size: int
    opt_outs: str


@dataclass(frozen=True, kw_only=True)
class Broker:
    """What wakes the workers of several machines; none on one."""

    url: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Whom a message may really reach."""

    mode: DeliveryMode
    allowlist: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SendGrid:
    """The email provider."""

    url: str
    from_email: str
    from_name_en: str
    from_name_fr: str
    discreet_name_en: str
    discreet_name_fr: str
    webhook_public_key: str
    timeout_seconds: int
    deadline_seconds: float
    per_second: float
    sender_per_second: float


@dataclass(frozen=True, kw_only=True)
class Twilio:
    """The SMS provider."""

    url: str
    account_sid: str
    from_number: str
    timeout_seconds: int
    deadline_seconds: float
    parallel: int
    per_second: float
    long_code_per_second: float
    toll_free_per_second: float
    short_code_per_second: float
    segment_price: Decimal
    alert_cap: Decimal


@dataclass(frozen=True, kw_only=True)
class Sending:
    """How messages go out: chunks, caps, quiet hours, when to stop."""

    lease_seconds: int
    urgent_share: float
    email_per_week: int
    sms_per_week: int
    weekday_from: time
    weekday_until: time
    weekend_from: time
    weekend_until: time
    pause_at_bounce_share: float
    pause_at_complaint_share: float
    pause_sample: int
    max_attempts: int
    unknown_hours: int
    tests_per_hour: int


@dataclass(frozen=True, kw_only=True)
class Security:
    """Sessions, second persons, cookies, limits."""

    session_hours: int
    fresh_minutes: int
    two_person_over: int
    export_two_person_over: int
    export_hours: int
    secure_cookies: bool
    limits_storage: str
    forms_per_minute: int
    trusted_proxies: int
    upload_mib: int


@dataclass(frozen=True, kw_only=True)
class SignUps:
    """The form by which people join: how long it waits, and what keeps it from misuse."""

    confirm_days: int
    per_address: int
    per_network: int
    per_hour: int
    sms_countries: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SelfService:
    """What supporters do for themselves: the pause, and the codes that prove an address."""

    pause_days: int
    code_digits: int
    code_minutes: int
    code_attempts: int
    codes_per_hour: int
    codes_per_network: int


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Whether somebody else is asked where a postal code lies, and how."""

    represent: bool
    represent_url: str
    represent_seconds: float
    keep_days: int


@dataclass(frozen=True, kw_only=True)
class TimeSettings:
    """Which clock."""

    clock: Literal["system", "virtual"]
    zone: str


@dataclass(frozen=True, kw_only=True)
class Retention:
    """After how many days what is removed; 0 keeps it."""

    notes_days: int
    sessions_days: int
    provider_events_days: int
    texts_days: int
    care_days: int
    message_details_days: int
    undo_days: int
    rejects_days: int
    unconfirmed_days: int
    inactive_days: int
    ledger_days: int
    audit_days: int


@dataclass(frozen=True, kw_only=True)
class Logging:
    """How much is logged, and in which form."""

    level: str
    format: Literal["console", "json"]


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Where a process that sends tells Prometheus its figures."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Secrets:
    """What must not stand in a file beside the code; never shown, not even by repr."""

    data_keys: str
    sealing_key: str = ""
    index_key: str
    link_key: str
    former_link_keys: str = ""
    session_key: str
    sendgrid_api_key: str
    twilio_auth_token: str
    metrics_token: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that an installation can choose."""

    environment: Environment
    instance: Path
    site: Site
    database: DatabaseSettings
    broker: Broker
    delivery: Delivery
    sendgrid: SendGrid
    twilio: Twilio
    sending: Sending
    security: Security
    sign_ups: SignUps
    self_service: SelfService
    lookup: Lookup
    time: TimeSettings
    retention: Retention
    logging: Logging
    metrics: Metrics
    secrets: Secrets

    @property
    def database_url(self) -> str:
        """The configured database, or the embedded one in the instance folder."""
        return self.database.url or f"sqlite:///{self.instance / 'mobilize.db'}"

    @property
    def opt_outs_folder(self) -> Path:
        """Where noes are kept beside the database, for when it is brought back from a copy."""
        return Path(self.database.opt_outs or self.instance / "opt-outs")

    def keyring(self) -> Keyring:
        """The keys for sealed columns, keyed hashes and links."""
        secrets = self.secrets
        pairs = [pair.split(":", 1) for pair in secrets.data_keys.split(",") if pair.strip()]
        try:
            data_keys = {int(key_id): key_from_text(text) for key_id, text in pairs}
            sealing = int(secrets.sealing_key) if secrets.sealing_key else None
        except ValueError:
            raise SetupError(
                "MOBILIZE_SECRETS_DATA_KEYS is not a list of `number:key` pairs, or "
                "MOBILIZE_SECRETS_SEALING_KEY is no number.",
                hint="They look like `1:…=,2:…=` and `1`; `mobilize init` makes them.",
            ) from None
        former = [text for text in secrets.former_link_keys.split(",") if text.strip()]
        return Keyring(
            data_keys=data_keys,
            index_key=key_from_text(secrets.index_key),
            link_key=key_from_text(secrets.link_key),
            sealing=sealing,
            former_link_keys=[key_from_text(text) for text in former],
        )


def load_settings(
    *,
    environ: Mapping[str, str] | None = None,
    instance: Path | None = None,
) -> Settings:
    """Read the settings once: files first, then the instance folder, then the environment.

    Args:
        environ: The environment; the process's own where not given.
        instance: The folder of this installation's own files; MOBILIZE_INSTANCE or `./instance`
            where not given.

    Raises:
        SetupError: Something is missing, unknown or of the wrong kind; all of it is named at once.
    """
    given = dict(os.environ if environ is None else environ)
    folder = instance or Path(given.get("MOBILIZE_INSTANCE", "instance"))
    environment = given.get("MOBILIZE_ENV", "production" if _installed() else "development")
    if environment not in get_args(Environment):
        raise SetupError(
            f"MOBILIZE_ENV is `{environment}`.",
            hint=f"Use one of: {', '.join(get_args(Environment))}.",
        )
    given = {**secrets_file.read(folder / SECRETS_FILE), **given}
    config = Path(given["MOBILIZE_CONFIG"]) if "MOBILIZE_CONFIG" in given else None
    config = config or packaged_path("config")
    values: dict[str, dict[str, Any]] = {}
    files = (config / "default.toml", config / f"{environment}.toml", folder / "mobilize.toml")
    for path in files:
        _merge(values, read_toml(path))
    return _build(values, given, environment=environment, instance=folder)


def _installed() -> bool:
    return not (Path(__file__).resolve().parent.parent / "pyproject.toml").is_file()


def _merge(into: dict[str, dict[str, Any]], new: Mapping[str, Any]) -> None:
    for section, entries in new.items():
        into.setdefault(section, {}).update(entries if isinstance(entries, dict) else {"": entries})


def _build(
    values: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    *,
    environment: str,
    instance: Path,
) -> Settings:
    wrong: dict[str, str] = {}
    sections: dict[str, Any] = {}
    hints = get_type_hints(Settings)
    for entry in fields(Settings):
        kind = hints[entry.name]
        if entry.name in {"environment", "instance"}:
            continue
        sections[entry.name] = _section(
            entry.name, kind, values.get(entry.name, {}), given, wrong=wrong
        )
    for unknown in sorted(set(values) - set(sections)):
        wrong[f"[{unknown}]"] = "there is no such section"
    if not wrong:
        _check_spans(sections["retention"], wrong)
    if wrong:
        listed = "; ".join(f"{name}: {reason}" for name, reason in wrong.items())
        raise SetupError(
            f"The settings are not complete or not right. {listed}.",
            hint="Run `mobilize init` to make an installation with fresh keys, or set what is "
            "named; config/default.toml explains every setting, config/.env.example the secrets.",
            fields=wrong,
        )
    return Settings(environment=environment, instance=instance, **sections)  # type: ignore[arg-type]


def _section(
    name: str,
    kind: type[Any],
    values: Mapping[str, Any],
    given: Mapping[str, str],
    *,
    wrong: dict[str, str],
) -> Any:
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    for entry in fields(kind):
        variable = f"MOBILIZE_{name}_{entry.name}".upper()
        value = given.get(variable, values.get(entry.name, entry.default))
        if value is MISSING or (name == "secrets" and not value and _needed(entry.name)):
            wrong[variable] = "missing"
            continue
        try:
            found[entry.name] = as_kind(hints[entry.name], value)
        except ValueError as error:
            wrong[variable] = str(error)
    for unknown in sorted(set(values) - set(hints)):
        wrong[f"[{name}] {unknown}"] = "there is no such setting"
    return None if wrong else kind(**found)


def _check_spans(retention: Retention, wrong: dict[str, str]) -> None:
    for entry in fields(Retention):
        days: int = getattr(retention, entry.name)
        variable = f"MOBILIZE_RETENTION_{entry.name}".upper()
        least = {"notes_days": 1, "care_days": 1, "ledger_days": LEDGER_DAYS}.get(entry.name, 0)
        if days < least and (days or entry.name != "ledger_days"):
            wrong[variable] = f"{days} is less than {least} days"
        if entry.name == "care_days" and days > CARE_DAYS:
            wrong[variable] = f"{days} is more than {CARE_DAYS} days"


def _needed(secret: str) -> bool:
    # A provider's key is missed by the doctor and by the worker, not by a first look around.
    return secret not in {
        "sendgrid_api_key", "twilio_auth_token", "sealing_key", "former_link_keys",
        "metrics_token",
    }  # fmt: skip

"""Structured logs: a static event name, its facts as fields, and nothing that names a person.

Code logs opaque ids only. `redact` is the net below that rule: whatever looks like an address, a
phone number, a postal code or the token of a personal link is masked before a line is written,
also in tracebacks and in what libraries log.
"""

import logging
import logging.config
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

MASK: Final = "[masked]"
_PRIVATE: Final = re.compile(
    r"""
      [^\s@<>"'()=,;:]+(?:@|%40)[^\s@<>"'(),;:]+\.[a-z]{2,}     # an email address
    | (?<![\w+-])\+\d{10,15}(?!\w)                              # a number in E.164
    | %2B\d{10,15}(?!\w)                                        # the same in a query string
    | (?<![\w.+-])(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}(?![\w-])
    | (?<![\w-])[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d(?![\w-])
    | (?<=/)[\w-]{22}(?=[/?\#\s"'\])]|$)                        # a personal link's token in a path
    """,
    re.VERBOSE | re.IGNORECASE,
)
# At DEBUG these write keys, addresses and texts; werkzeug writes whole URLs at INFO.
_HELD_AT_WARNING: Final = (
    "apscheduler",
    "markdown_it",
    "python_http_client",
    "sendgrid",
    "sqlalchemy",
    "twilio",
    "urllib3",
    "werkzeug",
)


class LastingStderr(logging.StreamHandler[Any]):
    """Writes to standard error, also where it was closed and opened anew since the set-up.

    What cannot be written there, because the disk is full or nobody reads, is lost: no page and no
    message fails for want of a line about it.
    """

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is None or self.stream.closed:
            self.stream = sys.stderr
        # A process that was started with standard error closed has none.
        if self.stream is not None:
            super().emit(record)

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def configure_logs(*, level: str, form: Literal["console", "json"]) -> None:
    """Route all logs of the process, ours and the libraries', through one renderer.

    Args:
        level: The lowest level that is written, by name.
        form: `console` for people, `json` for machines.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    logging.config.dictConfig(_routes(level, shared, renderer))


def _routes(level: str, shared: list[Processor], renderer: Processor) -> dict[str, Any]:
    last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": last,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"()": LastingStderr, "formatter": "structured"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": "WARNING"} for name in _HELD_AT_WARNING},
            # The server's own handler would write the address of a request that failed.
            "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        },
    }


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask in every text of a log event what could tell who a person is."""
    for key, value in event.items():
        if not key.startswith("_") and key not in {"timestamp", "logger", "level"}:
            event[key] = masked(value)
    return event


def masked(value: Any) -> Any:
    """The value with every private-looking part of its texts masked, however deep they lie."""
    if isinstance(value, str):
        return _PRIVATE.sub(MASK, value)
    if isinstance(value, Mapping):
        return {key: masked(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _PRIVATE.sub(MASK, str(value))

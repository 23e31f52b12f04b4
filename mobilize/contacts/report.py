"""What became of a file: the answer that an import gives."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

_NUMBERS: Final = ("rows", "created", "updated", "unchanged", "repeated", "closed", "rejected")
_COUNTERS: Final = ("consents", "without_consent")


class Counted(Protocol):
    """What became of a file so far."""

    def counts(self) -> dict[str, Any]:
        """The counts alone, as they are kept with the import."""
        ...


@dataclass(kw_only=True)
class ImportReport:
    """What became of a file's rows.

    Attributes:
        run: The public id of the file's record.
        encoding: How the file was written, found out by its bytes.
        ignored_columns: Columns that nothing is taken from.
        rows: Rows below the header.
        created: People who were not on file.
        updated: People of whom the file says something new.
        unchanged: Rows that say what is on file already.
        repeated: Rows of somebody whom an earlier row of the file counts for; put aside.
        closed: Rows of people who are not on file and left elsewhere: nothing is kept of them but
            that their address is closed.
        rejected: Rows that cannot be used; put aside.
        consents: Consents written down, by channel.
        without_consent: Why an address was kept without consent, and how often: `<channel>:<why>`
            with `not_claimed`, `opted_out`, `expired`, `withdrawn`, `suppressed`.
        rejects_path: Where the rows that were put aside are; None where there are none.
        rejects: The first of them, by line, with the reason.
    """

    run: str
    file_name: str
    encoding: str
    delimiter: str
    ignored_columns: tuple[str, ...] = ()
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    closed: int = 0
    rejected: int = 0
    consents: Counter[str] = field(default_factory=Counter)
    without_consent: Counter[str] = field(default_factory=Counter)
    rejects_path: Path | None = None
    rejects: list[tuple[int, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self) | {
            "consents": dict(self.consents),
            "without_consent": dict(self.without_consent),
            "rejects_path": str(self.rejects_path) if self.rejects_path else None,
            "rejects": [{"line": line, "reason": reason} for line, reason in self.rejects],
        }

    def counts(self) -> dict[str, Any]:
        """The counts alone, as they are kept with the import."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return numbers | {name: dict(getattr(self, name)) for name in _COUNTERS}

    def go_on(self, counts: Mapping[str, Any]) -> None:
        """Count on from what an import had when it was stopped."""
        for name in _NUMBERS:
            setattr(self, name, counts.get(name, 0))
        for name in _COUNTERS:
            setattr(self, name, Counter(counts.get(name, {})))

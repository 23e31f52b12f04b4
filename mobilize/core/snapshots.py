"""Values of a table's columns as JSON and back: for what is kept so that it can be put back."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Date, LargeBinary, Table, Time

from mobilize.core.columns import UTCDateTime


def to_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Instants, days and times in ISO form, bytes in hexadecimal digits, all else as it is."""
    return {name: _plain(value) for name, value in values.items()}


def from_json(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """What `to_json` made of some columns of a table, as it was."""
    return {name: _restored(table, name, value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _restored(table: Table, name: str, value: Any) -> Any:
    if value is None:
        return None
    kind = table.c[name].type
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    # A sealed text is a text to whoever reads the column.
    return bytes.fromhex(value) if type(kind) is LargeBinary else value

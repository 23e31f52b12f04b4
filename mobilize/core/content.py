"""Reads the content that travels with the code: TOML entries, and what is wrong with one."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from mobilize.core.errors import SetupError
from mobilize.core.files import packaged_path

Entry = TypeVar("Entry")


def read_entries(folder: Path | None, name: str, *headings: str) -> dict[str, Any]:
    """What a file of `config/strategy/` has under each heading; an empty list for nothing.

    Args:
        folder: Where the file lies; the configuration's `strategy` folder where not given.
        name: The file.
        headings: The headings it may have, as `[[heading]]` or, for one table, `[heading]`.

    Raises:
        SetupError: The file is missing or cannot be read, or has another heading.
    """
    path = (folder or packaged_path("config") / "strategy") / name
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SetupError(
            f"The content file {name} is missing.", hint="Restore the config folder."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"{name} cannot be read: {error}.", hint="Correct that line.") from None
    unknown = sorted(set(content) - set(headings))
    if unknown:
        known = " or ".join(f"[[{heading}]]" for heading in headings)
        raise SetupError(
            f"{name} has entries that are not known: {', '.join(unknown)}.",
            hint=f"Every entry stands under {known}.",
        )
    return {heading: content.get(heading, []) for heading in headings}


def built(kind: type[Entry], values: Mapping[str, Any], where: str) -> Entry:
    """A frozen dataclass made of an entry's values.

    Raises:
        SetupError: The entry lacks a value, or has one that is not known; `where` names the entry.
    """
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = [f"`{name}` is not known" for name in sorted(set(values) - set(known))]
    missing = [
        f"`{name}` is missing"
        for name, field in known.items()
        if name not in values and field.default is MISSING
    ]
    if unknown or missing:
        raise SetupError(
            f"{where}: {', '.join(unknown + missing)}.",
            hint="The comment at the head of the file says what an entry holds.",
        )
    return kind(**values)

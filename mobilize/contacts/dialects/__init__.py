"""Exports of other tools: told by their header, and read as each tool means its columns.

`docs/reference/import-formats.md` lists what becomes of each column; a test holds them together.
"""

from collections.abc import Sequence
from typing import Final

from mobilize.contacts.dialects import action_network, civicrm, mailchimp, nationbuilder
from mobilize.contacts.dialects.parts import DATED, SUBSCRIBED, Dialect, Take
from mobilize.mps.names import normalise

DIALECTS: Final = (
    action_network.DIALECT,
    civicrm.DIALECT,
    mailchimp.DIALECT,
    nationbuilder.DIALECT,
)
_BY_KEY: Final = {dialect.key: dialect for dialect in DIALECTS}

__all__ = [
    "DATED",
    "DIALECTS",
    "SUBSCRIBED",
    "Dialect",
    "Take",
    "dialect_called",
    "recognise_tool",
    "tool_title",
]


def recognise_tool(header: Sequence[str], file_name: str) -> Dialect | None:
    """The tool whose export has this header; None where it is no export that we know.

    Args:
        header: The names of the file's columns.
        file_name: What the file is called: Mailchimp says in it alone who left.
    """
    names = {normalise(title) for title in header}
    for dialect in DIALECTS:
        if dialect.knows(names):
            return dialect.for_file(file_name)
    return None


def tool_title(key: str) -> str:
    """A tool's name for people."""
    return _BY_KEY[key].title


def dialect_called(key: str, file_name: str = "") -> Dialect | None:
    """The dialect of that key; None where there is none."""
    found = _BY_KEY.get(key)
    return found.for_file(file_name) if found else None

"""Opaque ids for URLs and the API: 96 random bits, 16 characters.

Ids that are made together begin alike. An index takes them in side by side then, and not each on
another of its pages, which would be a tenth of what the database does for a row of a large import.
What follows are 72 bits of chance for each, which nobody can try out.

None begins with a hyphen: on a command line it would be read as an option.
"""

import base64
import os

_TOGETHER = 3
_EACH = 9
_CHARACTERS = 4 * _EACH // 3
"""Bytes by threes, so that each part is whole characters of base64."""


def new_public_id() -> str:
    """One id."""
    return new_public_ids(1)[0]


def new_public_ids(count: int) -> list[str]:
    """Many ids, in their order."""
    head = base64.urlsafe_b64encode(os.urandom(_TOGETHER)).decode()
    if head.startswith("-"):
        head = f"_{head[1:]}"
    text = base64.urlsafe_b64encode(os.urandom(_EACH * count)).decode()
    return sorted(head + text[at : at + _CHARACTERS] for at in range(0, len(text), _CHARACTERS))

"""Opaque ids for URLs and the API: 96 random bits, 16 characters."""

import base64
import os

_BYTES = 12
_CHARACTERS = 16


def new_public_id() -> str:
    """One id."""
    return new_public_ids(1)[0]


def new_public_ids(count: int) -> list[str]:
    """Many ids, in their order: rows that come in together touch their index page by page."""
    text = base64.urlsafe_b64encode(os.urandom(_BYTES * count)).decode()
    return sorted(text[at : at + _CHARACTERS] for at in range(0, len(text), _CHARACTERS))

"""The reference data that lies beside the checkout and is not part of the project."""

import os
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).resolve().parents[2]
SHARED_DATA = _CHECKOUT.parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """The path of a file under ``../shared/data``.

    Where it is absent the test that asks is skipped, in words; in CI it fails instead, so that
    no contract test passes there by being left out.
    """
    path = SHARED_DATA / name
    if not path.exists():
        sentence = f"needs ../shared/data/{name} beside the checkout"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(sentence)
        pytest.skip(sentence)
    return path

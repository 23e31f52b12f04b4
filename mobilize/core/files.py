"""The files that travel with the code, in the checkout or in the wheel, and reading settings."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from mobilize.core.errors import SetupError

_PACKAGE = Path(__file__).resolve().parent.parent


def packaged_path(name: Literal["config", "migrations"]) -> Path:
    """The folder of that name in the checkout, or else the copy that the wheel carries.

    Raises:
        SetupError: Neither is there: the installation is not whole.
    """
    for candidate in (_PACKAGE.parent / name, _PACKAGE / "_packaged" / name):
        # A stranger's `config` beside site-packages is not ours: ours holds a known file.
        if (candidate / _LANDMARK[name]).is_file():
            return candidate
    raise SetupError(f"The folder `{name}` is missing.", hint="Install Mobilize again.")


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds; nothing where there is none.

    Raises:
        SetupError: It is no TOML.
    """
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path.name} cannot be read: {error}.") from None


_LANDMARK = {"config": "default.toml", "migrations": "env.py"}

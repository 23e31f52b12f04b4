"""Where the files lie that travel with the code: in the checkout, or packed into the wheel."""

from pathlib import Path
from typing import Literal

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


_LANDMARK = {"config": "default.toml", "migrations": "env.py"}

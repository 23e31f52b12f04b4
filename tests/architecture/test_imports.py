"""The import order of the house, as pyproject.toml draws it, held by import-linter."""

from importlinter.application.use_cases import read_user_options
from importlinter.cli import lint_imports

from tests.support.sandbox import CHECKOUT


def test_every_contract_holds() -> None:
    assert lint_imports(config_filename=str(CHECKOUT / "pyproject.toml"), no_cache=True) == 0


def test_the_house_is_drawn_whole() -> None:
    """A new package that nobody placed fails: the order is exhaustive."""
    options = read_user_options(config_filename=str(CHECKOUT / "pyproject.toml"))
    house = options.contracts_options[0]
    assert house["exhaustive"] in {True, "true", "True"}

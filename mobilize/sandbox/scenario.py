"""A whole run's faults, webhook tricks and fates in one file."""

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from mobilize.sandbox.faults import Fault
from mobilize.sandbox.people_fates import FateRule
from mobilize.sandbox.reading import OrderError, read_order
from mobilize.sandbox.retries import POLICIES
from mobilize.sandbox.tricks import Trick

_SHIPPED = resources.files("mobilize.sandbox") / "scenarios"
_TABLES = {"fault": Fault, "webhook": Trick, "fate": FateRule}


@dataclass
class Scenario:
    """What happens to a sender over a run.

    Attributes:
        name: What it is called.
        about: What it is for.
        seed: Of all that is left to chance; ``None`` keeps the sandbox's own.
        retries: When webhooks that failed are told again (see ``retries``).
        faults: What goes wrong with requests.
        tricks: What goes wrong with webhooks.
        fates: What becomes of messages.
    """

    name: str = ""
    about: str = ""
    seed: int | None = None
    retries: str = POLICIES[0]
    faults: list[Fault] = field(default_factory=list)
    tricks: list[Trick] = field(default_factory=list)
    fates: list[FateRule] = field(default_factory=list)


def shipped() -> list[str]:
    """The names of the scenarios that come with the sandbox."""
    return sorted(
        one.name.removesuffix(".toml") for one in _SHIPPED.iterdir() if one.name.endswith(".toml")
    )


def load_scenario(source: str) -> Scenario:
    """The scenario of that name, or in that file.

    Raises:
        OrderError: When there is none, or when it holds mistakes; each with its place.
    """
    if source in shipped():
        return _parsed((_SHIPPED / f"{source}.toml").read_text("utf-8"), source)
    path = Path(source)
    if not path.is_file():
        raise OrderError(
            [f"there is no scenario {source!r}: name a file, or one of {', '.join(shipped())}"]
        )
    try:
        return _parsed(path.read_text("utf-8"), path.stem)
    except UnicodeDecodeError as error:
        raise OrderError([f"{source} is not UTF-8: {error}"]) from error
    except OrderError as error:
        raise OrderError([f"{source}: {one}" for one in error.problems]) from error


def read_scenario(given: Any, name: str = "") -> Scenario:
    """The scenario that a mapping describes.

    Raises:
        OrderError: Naming every mistake and its place.
    """
    if not isinstance(given, dict):
        raise OrderError(["a scenario must be a table"])
    problems: list[str] = []
    made: dict[str, list[Any]] = {}
    for table, kind in _TABLES.items():
        made[table] = []
        orders = given.get(table, [])
        if not isinstance(orders, list):
            problems.append(f"{table} must be a list of tables, written [[{table}]]")
            continue
        for number, order in enumerate(orders, start=1):
            try:
                made[table].append(read_order(kind, order, f"{table} {number}"))
            except OrderError as error:
                problems += error.problems
    values = {key: value for key, value in given.items() if key not in _TABLES}
    try:
        scenario = read_order(_Values, values)
    except OrderError as error:
        raise OrderError(error.problems + problems) from error
    if problems:
        raise OrderError(problems)
    return Scenario(
        scenario.name or name, scenario.about, scenario.seed, scenario.retries,
        made["fault"], made["webhook"], made["fate"],
    )  # fmt: skip


@dataclass
class _Values:
    """What stands above the tables."""

    name: str = ""
    about: str = ""
    seed: int | None = None
    retries: str = POLICIES[0]

    def __post_init__(self) -> None:
        if self.retries not in POLICIES:
            raise ValueError(f"retries must be one of {', '.join(POLICIES)}")


def _parsed(text: str, name: str) -> Scenario:
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OrderError([f"this is not TOML: {error}"]) from error
    return read_scenario(given, name)

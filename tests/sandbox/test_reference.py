"""The reference names every order that the sandbox takes."""

import re

import pytest

from mobilize.sandbox import faults, tricks
from mobilize.sandbox.app import create_app
from mobilize.sandbox.options import parse_options
from mobilize.sandbox.scenario import shipped
from mobilize.sandbox.world import World
from tests.support.sandbox import CHECKOUT


@pytest.fixture(scope="module")
def named() -> set[str]:
    reference = (CHECKOUT / "docs/reference/sandbox.md").read_text("utf-8")
    return set(re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", reference, flags=re.DOTALL)))


@pytest.mark.parametrize("kinds", [faults.KINDS, tricks.KINDS, shipped()])
def test_every_kind_and_scenario(named: set[str], kinds: list[str]) -> None:
    assert set(kinds) <= named


def test_every_route(named: set[str]) -> None:
    told = " ".join(named)
    app = create_app(World(parse_options([])))
    routes = {re.sub(r"<(?:int:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    orders = {route for route in routes if route.startswith(("/_control", "/_ledger"))}
    assert len(orders) > 12
    assert all(route in told for route in orders)

"""Every setting stands in config/default.toml with its reason, and nothing else does."""

import re
import tomllib
from dataclasses import fields
from typing import Final, get_type_hints

import pytest

from mobilize.settings import Settings
from tests.support.sandbox import CHECKOUT

CONFIG: Final = CHECKOUT / "config"
_NOT_IN_FILES: Final = {"environment", "instance", "secrets"}
_SAY_IT_THEMSELVES: Final = {
    "url",
    "from_email",
    "discreet_name_en",
    "discreet_name_fr",
    "from_name_en",
    "from_name_fr",
    "account_sid",
    "session_hours",
    "level",
}


def sections() -> dict[str, set[str]]:
    """The settings that the code knows, by section."""
    hints = get_type_hints(Settings)
    return {
        entry.name: {setting.name for setting in fields(hints[entry.name])}
        for entry in fields(Settings)
        if entry.name not in _NOT_IN_FILES
    }


def test_the_defaults_are_whole_and_nothing_more() -> None:
    defaults = tomllib.loads((CONFIG / "default.toml").read_text("utf-8"))
    assert {name: set(section) for name, section in defaults.items()} == sections()


@pytest.mark.parametrize("environment", ["development", "testing", "production"])
def test_an_environment_only_differs(environment: str) -> None:
    known = sections()
    differences = tomllib.loads((CONFIG / f"{environment}.toml").read_text("utf-8"))
    for name, section in differences.items():
        assert set(section) <= known[name], f"{environment}.toml [{name}]"


def test_every_setting_is_explained() -> None:
    """A comment stands above each, or above the lines of the group that it belongs to."""
    explained = False
    silent = []
    for line in (CONFIG / "default.toml").read_text("utf-8").splitlines():
        if line.startswith("#"):
            explained = True
        elif not line.strip() or line.startswith("["):
            explained = False
        elif not explained and line.partition(" ")[0] not in _SAY_IT_THEMSELVES:
            silent.append(line)
    assert silent == []


def test_every_setting_is_read_somewhere() -> None:
    code = "\n".join(
        path.read_text("utf-8")
        for path in (CHECKOUT / "mobilize").rglob("*")
        if path.suffix in {".py", ".html"}
    )
    unread = {
        f"{section}.{name}"
        for section, names in sections().items()
        for name in sorted(names)
        # Some are read by their language: `from_name_` and then which; some by a rule's own name.
        if not re.search(
            rf"\.{name}\b|\b{re.sub('(en|fr)$', '', name)}{{language}}|setting=\"{name}\"", code
        )
    }
    assert unread == set()


def test_the_example_of_secrets_names_each() -> None:
    hints = get_type_hints(Settings)
    example = (CONFIG / ".env.example").read_text("utf-8")
    for secret in fields(hints["secrets"]):
        assert f"MOBILIZE_SECRETS_{secret.name.upper()}=" in example

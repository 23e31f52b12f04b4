"""Rules that no tool checks otherwise: who commits, what a module is, what a file may say."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.sandbox import CHECKOUT

PACKAGE: Final = CHECKOUT / "mobilize"
MODULES: Final = sorted(PACKAGE.rglob("*.py"))
LONGEST: Final = 400
_TEXT: Final = {
    ".py", ".toml", ".md", ".html", ".css", ".js", ".txt", ".csv", ".ini", ".cfg", ".mako", ".po",
    ".svg", ".json", ".yml", "",
}  # fmt: skip


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"), filename=str(module))


def named(module: Path) -> str:
    return str(module.relative_to(CHECKOUT))


def calls(module: Path, *names: str) -> Iterator[ast.Call]:
    """The calls of a method by one of these names."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from [node] if node.func.attr in names else []


def files() -> list[Path]:
    """The files of the project, as version control lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = (CHECKOUT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file() and path.suffix in _TEXT]


def test_only_core_db_commits() -> None:
    """Edges own the transaction through `transaction()`; nothing else ends one."""
    found = [
        f"{named(module)}:{call.lineno}"
        for module in MODULES
        if module != PACKAGE / "core" / "db.py"
        for call in calls(module, "commit")
    ]
    assert found == []


def test_services_and_rules_open_no_transaction() -> None:
    edges = {"api.py", "webhooks.py", "jobs.py"}
    inside = ("accounts", "strategy", "mps", "contacts", "partners", "actions", "alerts")
    found = [
        f"{named(module)}:{call.lineno}"
        for package in (*inside, "messaging", "followups")
        for module in (PACKAGE / package).rglob("*.py")
        if module.name in {"service.py", "queries.py", "models.py", "schemas.py"}
        and module.name not in edges
        for call in calls(module, "transaction")
    ]
    assert found == []


@pytest.mark.parametrize("name", ["service", "queries"])
def test_use_cases_take_a_session_first_and_no_request(name: str) -> None:
    wrong = []
    for module in PACKAGE.glob(f"*/{name}.py"):
        for node in tree(module).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            names = {argument.arg for argument in arguments}
            kinds = {ast.unparse(a.annotation) for a in arguments if a.annotation is not None}
            if kinds & {
                "Request",
                "Response",
                "Runtime",
            }:
                wrong.append(f"{named(module)}: {node.name} knows of HTTP or the whole program")
            positional = [*node.args.posonlyargs, *node.args.args]
            if name == "service" and "session" in names and positional[0].arg != "session":
                wrong.append(f"{named(module)}: {node.name} does not take the session first")
            if name == "service" and "session" in names and len(positional) > 2:
                wrong.append(f"{named(module)}: {node.name} takes more than its subject by place")
    assert wrong == []


def test_every_module_says_what_it_is() -> None:
    assert [named(module) for module in MODULES if not ast.get_docstring(tree(module))] == []


def test_no_module_is_long() -> None:
    lengths = {named(module): len(module.read_text("utf-8").splitlines()) for module in MODULES}
    assert {name for name, lines in lengths.items() if lines > LONGEST} == set()


def test_nobody_asks_the_machine_for_the_time() -> None:
    """Only the clock may; a scheduler's or a lease's instant comes from it too."""
    found = [
        f"{named(module)}:{call.lineno}"
        for module in MODULES
        if module != PACKAGE / "core" / "clock.py" and "sandbox" not in module.parts
        for call in calls(module, "now", "utcnow", "today")
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) in {"datetime", "date", "datetime.datetime"}
    ]
    assert found == []


def test_the_sandbox_shares_nothing_with_what_it_judges() -> None:
    for module in MODULES:
        imported = {
            name
            for node in ast.walk(tree(module))
            for name in _imported(node)
            if name.startswith("mobilize")
        }
        if module.is_relative_to(PACKAGE / "sandbox"):
            assert all(name.startswith("mobilize.sandbox") for name in imported), named(module)
        else:
            assert not any(name.startswith("mobilize.sandbox") for name in imported), named(module)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


def test_no_file_names_somebodys_own_folder() -> None:
    private = re.compile(r"(?<![\w.:/])/(?:home|Users|root)/\w+|[A-Z]:\\Users\\")
    found = [
        f"{named(path)}: {match[0]}"
        for path in files()
        if path != Path(__file__)
        for match in private.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_no_library_of_others_stands_in_version_control() -> None:
    """A build puts them into `mobilize/static/vendor`, and nowhere else."""
    listed = [named(path) for path in files() if ".min." in path.name]
    assert listed == []
    assert [path.name for path in (PACKAGE / "static").iterdir()] == ["vendor"]


def test_the_locked_dependencies_name_no_registry() -> None:
    locked = (CHECKOUT / "constraints.txt").read_text("utf-8")
    assert "://" not in locked
    assert "index-url" not in locked
    lines = [line for line in locked.splitlines() if line and not line.startswith("#")]
    assert [
        line for line in lines if not re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S", line)
    ] == []


def test_nothing_secret_lies_in_the_tree() -> None:
    secret = re.compile(
        r"-----BEGIN (?:EC |RSA )?PRIVATE KEY|SG\.[\w-]{22}\.[\w-]{43}|\bSK[0-9a-f]{32}\b"
    )
    found = [
        named(path)
        for path in files()
        if path != Path(__file__) and secret.search(path.read_text("utf-8"))
    ]
    assert found == []

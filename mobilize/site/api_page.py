"""A readable page of the JSON API, made on the server from its own OpenAPI description."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, render_template

_METHODS: Final = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One thing that the API does, as the page shows it."""

    method: str
    path: str
    summary: str
    parameters: tuple[str, ...]
    body: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """The operations of one feature."""

    name: str
    description: str
    operations: tuple[Operation, ...]


def api_pages(describe: Callable[[], Mapping[str, Any]], *, prefix: str) -> Blueprint:
    """The blueprint with the page; `describe` gives the OpenAPI document."""
    pages = Blueprint("api_page", __name__, url_prefix=prefix, template_folder="templates")

    @pages.get("/docs")
    def docs() -> str:
        """The operations of the API, by feature."""
        return render_template("site/api.html", sections=sections(describe()), prefix=prefix)

    return pages


def sections(document: Mapping[str, Any]) -> list[Section]:
    """The operations of an OpenAPI document, under the tags that it lists."""
    found = list(_operations(document))
    return [
        Section(
            name=tag["name"],
            description=tag.get("description") or "",
            operations=tuple(operation for name, operation in found if name == tag["name"]),
        )
        for tag in document.get("tags", [])
    ]


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method not in item:
                continue
            described = item[method]
            yield (
                described.get("tags", [""])[0],
                Operation(
                    method=method.upper(),
                    path=path,
                    summary=described.get("summary", ""),
                    parameters=tuple(
                        parameter["name"]
                        for parameter in (
                            *item.get("parameters", ()),
                            *described.get("parameters", ()),
                        )
                        if "name" in parameter
                    ),
                    body=_schema_name(described.get("requestBody", {})),
                    answers=tuple(
                        f"{code} {_schema_name(answer)}".strip()
                        for code, answer in described.get("responses", {}).items()
                        if code != "default"
                    ),
                ),
            )


def _schema_name(part: Mapping[str, Any]) -> str:
    schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref") or ""
    name = reference.rpartition("/")[2]
    return f"[{name}]" if name and "items" in schema else name

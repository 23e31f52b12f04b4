"""Our own API description: valid, and complete."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from mobilize.app import API_PREFIX

_NOT_THE_API = {f"{API_PREFIX}/docs", f"{API_PREFIX}/openapi.json"}
_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get(f"{API_PREFIX}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_it_is_openapi_31(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    errors = [
        f"{list(e.absolute_path)}: {e.message}"
        for e in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert errors == []


def test_every_route_is_described(app: Flask, document: dict[str, Any]) -> None:
    described = {
        (path, method.upper())
        for path, item in document["paths"].items()
        for method in item
        if method.upper() in _METHODS
    }
    served = {
        (re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API_PREFIX}/") and rule.rule not in _NOT_THE_API
        for method in (rule.methods or set()) & _METHODS
    }
    assert served
    assert described == served


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method.upper() not in _METHODS:
                continue
            assert operation.get("summary"), f"{method} {path} has no summary"
            assert "default" in operation["responses"] or any(
                status.startswith(("4", "5")) for status in operation["responses"]
            ), f"{method} {path} does not describe its errors"


def test_a_stranger_is_told_so_in_one_shape_everywhere(
    app: Flask, document: dict[str, Any]
) -> None:
    client = app.test_client()
    for path, item in document["paths"].items():
        for method in item:
            if method.upper() not in _METHODS:
                continue
            answer = client.open(re.sub(r"{[^}]+}", "unknown", path), method=method.upper())
            assert answer.status_code == 401, f"{method} {path} lets a stranger in"
            told = answer.get_json()
            assert set(told) == {"status", "code", "message", "hint", "fields", "request_id"}, path

"""A new public page without quick exit and hotline fails here, and so does one that tells."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import mobilize.site
from mobilize.settings import Settings
from tests.support.safety import check_public_page

TEMPLATES = Path(mobilize.site.__file__).parent / "templates" / "site"
PUBLIC = ("site", "site_root", "api_page")


def public_rules(app: Flask, method: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if blueprint in PUBLIC and method in (rule.methods or ()):
            yield rule


def addresses(rule: Rule) -> Iterator[str]:
    """The rule's addresses in both languages, with made-up values for its other parts."""
    for language in ("en", "fr"):
        address = rule.rule.replace("<any(en, fr):language>", language)
        address = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", address)
        yield re.sub(r"<int:\w+>", "1", address)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_public_address_answers_with_a_safe_page(
    app: Flask, client: FlaskClient, method: str
) -> None:
    seen = 0
    for rule in public_rules(app, method):
        for address in addresses(rule):
            filled = re.sub(r"<[^>]+>", "made-up", address)
            answer = client.open(filled, method=method)
            if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
                check_public_page(answer)
                seen += 1
    assert seen or method == "POST"


def test_every_public_template_stands_on_the_safe_layout() -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if not path.name.startswith("_")]
    assert pages
    for path in pages:
        text = path.read_text("utf-8")
        if path.name != "base.html":
            assert re.search(r'{% extends "site/[a-z_]+\.html" %}', text), (
                f"{path.name} stands alone"
            )
            assert "block robots" in text or "noindex" not in text


@pytest.mark.parametrize(
    ("address", "setting"), [("/en/exit", "quick_exit_en"), ("/fr/exit", "quick_exit_fr")]
)
def test_the_way_out_leads_to_the_neutral_page(
    client: FlaskClient, settings: Settings, address: str, setting: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"] == getattr(settings.site, setting)
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/en/", "/fr/nothing-here", "/assets/site.css", "/console/"])
def test_every_answer_carries_the_protective_headers(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_the_hotline_is_the_one_that_is_configured(client: FlaskClient, settings: Settings) -> None:
    page = client.get("/fr/").get_data(as_text=True)
    number = settings.site.hotline_number
    assert f'href="tel:+{number.replace("-", "")}">{number}</a>' in page

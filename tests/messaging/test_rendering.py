"""A mail as it is read: one layout, a button for the ask, plain text, nothing smuggled in."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.rendering import Compiled, Footer, compile_email, compile_sms
from tests.support.browser import chromium

FOOTER = Footer("A coalition", "100 Example Street", "hello@example.org", "1-800-555-0100")
ASK = "[See the words & choose]({{ action_url }})"
WHO = {
    "given_name": "Alex",
    "riding": "Québec & <Nord>",
    "action_url": "https://mobilize.example.org/en/a/abc",
    "leave_url": "https://mobilize.example.org/en/leave/abc",
    "preferences_url": "https://mobilize.example.org/en/preferences/abc",
}
LONG = """# A heading

Hello {{ given_name }}, this is
one paragraph.

[See the words & choose]({{ action_url }})

1. first
2. second
   - inner

> Their own words

[Or leave it]({{ leave_url }})
"""


def compiled(body: str, *, language: Language = "en", **facts: str) -> Compiled:
    return compile_email(subject="A word", body=body, language=language, facts=facts, footer=FOOTER)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_a_link_alone_on_its_line_becomes_a_button_and_the_first_is_the_ask() -> None:
    page = compiled(f"Hello.\n\n{ASK}\n\nMore.\n\n[Other]({{{{ stay_url }}}})").html
    ask, other = page.split('class="button"')[1:]
    assert 'href="~l0~"' in ask
    assert "See the words &amp; choose</a>" in ask
    assert ">Other</a>" in other
    assert page.count('class="ask"') - 1 == page.count('class="ask other"') + 1 == 2


def test_a_link_in_a_sentence_a_list_or_the_footer_is_no_button() -> None:
    page = compiled(f"Please {ASK} today.\n\n- {ASK}\n\n> {ASK}").html
    assert 'class="button"' not in page
    short = Footer("A", "B", "C", "D", preferences=False)
    alone = compile_email(subject="A", body="B", language="en", facts={}, footer=short)
    assert 'class="button"' not in alone.html


def test_the_plain_text_reads_as_somebody_would_type_it() -> None:
    text = compiled(LONG).render(WHO).text
    assert text.partition("\n\n--------------------\n\n")[0].split("\n") == [
        "A heading",
        "",
        "Hello Alex, this is one paragraph.",
        "",
        f"See the words & choose: {WHO['action_url']}",
        "",
        "1. first",
        "2. second",
        "   - inner",
        "",
        "> Their own words",
        "",
        f"Or leave it: {WHO['leave_url']}",
    ]
    assert text.endswith(f"Leave this list in one step: {WHO['leave_url']}")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("See [the page](https://example.org/a).", "See the page <https://example.org/a>."),
        ("<https://example.org/a>", "https://example.org/a"),
        ("Write to <hello@example.org>, please.", "Write to hello@example.org, please."),
        ("One  \ntwo", "One\ntwo"),
        ("- a\n- b\n\nAfter", "- a\n- b\n\nAfter"),
        ("4. d\n5. e", "4. d\n5. e"),
        ("> a\n>\n> b\n\nAfter", "> a\n>\n> b\n\nAfter"),
        ("**Bold** and *soft*", "Bold and soft"),
        ("A\n\n---\n\nB", "A\n\n--------------------\n\nB"),
    ],
)
def test_each_piece_of_markdown_has_its_plain_form(markdown: str, text: str) -> None:
    assert compiled(markdown).text.startswith(f"{text}\n\n---")


def test_values_are_escaped_for_where_they_stand() -> None:
    body = (
        "In {{ riding }}: [x](https://example.org/?r={{ riding }}) "
        "{% if given_name %}[y]({{ riding }}){% endif %}"
    )
    shown = compiled(body).render(WHO | {"given_name": "x"})
    assert "In Québec &amp; &lt;Nord&gt;:" in shown.html
    assert 'href="https://example.org/?r=Qu%C3%A9bec%20%26%20%3CNord%3E"' in shown.html
    assert "In Québec & <Nord>:" in shown.text
    assert "<https://example.org/?r=Qu%C3%A9bec%20%26%20%3CNord%3E>" in shown.text

    evil = compiled(body).render(WHO | {"riding": 'javascript:alert(1)" onclick="x'})
    assert "javascript:alert(1)&quot;" in evil.html, "as words it is only words"
    assert 'href="javascript%3Aalert%281%29%22%20onclick%3D%22x"' in evil.html
    assert 'href="javascript:' not in evil.html


def test_a_fact_is_no_markdown() -> None:
    shown = compiled(
        "On {{ campaign }}, by {{ closes_on }}.", campaign="*C* [x](y)", closes_on="1."
    )
    assert "On *C* [x](y), by 1.." in shown.html
    assert shown.text.startswith("On *C* [x](y), by 1..")


def test_words_that_look_like_a_mark_are_refused() -> None:
    with pytest.raises(InvalidInput):
        compiled("A ~h0~ B")


def test_the_layout_is_made_once_and_no_value_stands_in_it() -> None:
    made = compiled(LONG)
    people = {name: [value, f"{value}2"] for name, value in WHO.items()}
    first, second = made.substitutions(people)
    assert set(first) == set(second) == set(made.parts)
    assert all(mark in made.html + made.text for mark in made.parts)
    assert "Alex" not in made.html


def test_nothing_is_fetched_or_run() -> None:
    page = compiled(LONG).html
    for forbidden in ("<img", "<script", "<link", "@import", "url(", "@font-face", "<form"):
        assert forbidden not in page


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_has_no_barrier_on_a_phone_by_day_or_night(
    browser: Browser, language: Language, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 800})
    page.set_content(compiled(LONG, language=language).render(WHO).html)
    # A letter has no heading unless whoever writes it gives it one.
    found = Axe().run(page, options={"rules": {"page-has-heading-one": {"enabled": False}}})
    assert [(one["id"], one["nodes"]) for one in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.documentElement.lang") == language
    assert page.title() == {"en": "A message for you", "fr": "Un message pour vous"}[language]
    button = page.locator("a.button").first.bounding_box()
    assert button is not None
    assert button["height"] >= 44, "a finger finds it (WCAG 2.2, 2.5.5)"
    assert button["width"] >= 200
    page.close()


def test_no_value_is_read_again() -> None:
    """A name that looks like a mark, by chance or on purpose, brings nothing with it."""
    made = compiled("Hello {{ given_name }}, {{ riding }}")
    tricky = "<img src=x> " + " ".join(mark for mark in made.parts)
    shown = made.render(WHO | {"given_name": tricky})
    assert "<img" not in shown.html
    [values] = made.substitutions({"given_name": [tricky]})
    assert not [mark for mark in made.parts for value in values.values() if mark in value]
    token = "https://mobilize.example.org/en/a/x-t0-y-h0-z"
    line = compile_sms(body="{{ action_url }} {{ given_name }}", facts={})
    assert line.render(WHO | {"action_url": token}).text == f"{token} Alex"


def test_a_fact_within_an_address_is_a_part_of_it() -> None:
    body = (
        "See [it](https://example.org/?c={{ campaign }}&d=1) "
        "{% if mp %}[x](https://example.org/{{ campaign }}){% endif %}"
    )
    shown = compiled(body, campaign="Lasting (status) & é").render(WHO | {"mp": "x"})
    assert (
        'href="https://example.org/?c=Lasting%20%28status%29%20%26%20%C3%A9&amp;d=1"' in shown.html
    )
    assert 'href="https://example.org/Lasting%20%28status%29%20%26%20%C3%A9"' in shown.html
    assert "<https://example.org/?c=Lasting%20%28status%29%20%26%20%C3%A9&d=1>" in shown.text
    line = compile_sms(body="https://example.org/{{ campaign }}: go", facts={"campaign": "a b"})
    assert line.text == "https://example.org/a%20b: go"


def test_paragraphs_within_a_conditional_stay_paragraphs() -> None:
    body = (
        "Hello{% if mp %}\n\nYour MP is {{ mp }}.\n\nCall [them]({{ action_url }}).\n\n"
        "{% endif %}Bye"
    )
    shown = compiled(body).render(WHO | {"mp": "Ana"})
    assert shown.text.startswith(
        f"Hello\n\nYour MP is Ana.\n\nCall them <{WHO['action_url']}>.\n\nBye\n\n---"
    )
    assert "Your MP is Ana.<br><br>Call " in shown.html
    assert ">Bye</p>" in shown.html
    assert "Hello there" in compiled("Hello{% if mp %} there{% endif %}").render({"mp": "x"}).text

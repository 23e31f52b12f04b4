"""Why a row was put aside or a file refused, in the page's language."""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask, g
from flask_babel import gettext

from mobilize.contacts.email_faults import FAULTS
from mobilize.contacts.identity import normalise_email
from mobilize.contacts.reject_words import worded
from mobilize.contacts.whereabouts import whereabouts
from mobilize.core.errors import InvalidInput
from tests.support.sandbox import CHECKOUT

VISA = "The tag “Visa” names immigration status. Mobilize does not keep this about anybody."
VISA_IN_FRENCH = (
    "«\u00a0Visa\u00a0» (étiquette) nomme le statut d’immigration. Mobilize ne conserve cela"
    " sur personne."
)

pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("reason", "english", "french"),
    [
        (
            "The language “es” is neither English nor French. Write en or fr.",
            "The language “es” is neither English nor French. Write en or fr.",
            "La langue «\u00a0es\u00a0» n’est ni l’anglais ni le français. Écrivez en ou fr.",
        ),
        (VISA, VISA, VISA_IN_FRENCH),
        (
            "100 % of what nobody foresaw",
            "100 % of what nobody foresaw",
            "100 % of what nobody foresaw",
        ),
    ],
)
def test_a_reason_is_said_in_the_pages_language(
    app: Flask, reason: str, english: str, french: str
) -> None:
    for language, words in (("en", english), ("fr", french)):
        with app.test_request_context():
            g.language = language
            assert worded(reason) == words


READERS = (
    "contacts/answers.py", "contacts/bases.py", "contacts/identity.py", "contacts/own_export.py",
    "contacts/reading.py", "contacts/rows.py", "contacts/sensitive.py", "contacts/whereabouts.py",
    "contacts/workbooks.py", "contacts/dialects/civicrm.py", "partners/rows.py",
)  # fmt: skip
"""What refuses rows and files."""


def refusals() -> Iterator[tuple[str, str]]:
    """Every refusal that is written out in them, something in its gaps, and its hint."""
    for name in READERS:
        for node in ast.walk(ast.parse((CHECKOUT / "mobilize" / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InvalidInput":
                hints = [one.value for one in node.keywords if one.arg == "hint"]
                if isinstance(node.args[0], ast.JoinedStr | ast.Constant):
                    yield _filled(node.args[0]), "".join(map(_filled, hints))


def _filled(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_filled, node.values))
    return str(node.value) if isinstance(node, ast.Constant) else "x"


@pytest.mark.parametrize(("message", "hint"), sorted(set(refusals())))
def test_every_refusal_of_a_row_or_a_file_has_words_of_ours(
    app: Flask, message: str, hint: str
) -> None:
    with app.test_request_context():
        g.language = "fr"
        together = f"{message} {hint}".strip()
        apart = [one for one in (message, hint) if one not in {"", "x"}]
        assert worded(together) != together or all(worded(gettext(one)) != one for one in apart)


@pytest.mark.parametrize("text", ["", "x", "é", "@", "a@", "@b.ca", "a b@c.ca", "a@b", "a@b@c.ca",
    "a..b@c.ca", "a@c..ca", "a@localhost.local", "a@" + "b." * 130 + "ca",
    "“a”@c.ca", "a@[127.0.0.1]", "a＠b.ca", "a@-b.ca", ".a@b.ca"])  # fmt: skip
def test_why_an_address_is_none_is_said_in_words_of_ours_that_quote_nothing(
    app: Flask, text: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        normalise_email(text)
    for language, begins in (("en", "This is no email"), ("fr", "Ce n’est pas une adresse")):
        with app.test_request_context():
            g.language = language
            said = worded(refused.value.message)
            assert said.startswith(begins)
            why = said.removesuffix(".").partition(": ")[2]
            assert (why in FAULTS) == (language == "en")


@pytest.mark.parametrize("text", ["-", "K1A", "K1AA06", "1A1A1A", "D1A0A6", "K1A 0O!"])
def test_why_a_postal_code_is_none_is_said_in_both_languages(app: Flask, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        whereabouts(text)
    reason = f"{refused.value.message} {refused.value.hint}"
    with app.test_request_context():
        g.language = "fr"
        why = worded(reason).partition("(")[2].partition(")")[0]
        assert why
        assert f"({why})" not in reason


def test_what_helps_to_answer_a_field_is_said_in_french_too(app: Flask) -> None:
    reason = "This is no answer to the field “shirt”. Choose one of: small, large."
    with app.test_request_context():
        g.language = "fr"
        assert worded(reason).endswith("Choisissez parmi\u00a0: small, large.")

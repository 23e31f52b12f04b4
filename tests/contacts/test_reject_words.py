"""Why a row was put aside or a file refused, in the page's language."""

import pytest
from flask import Flask, g

from mobilize.contacts.reject_words import worded

VISA = "The tag “Visa” names immigration status. Mobilize does not keep this about anybody."
VISA_IN_FRENCH = (
    "«\u00a0Visa\u00a0» (étiquette) nomme le statut d’immigration. Mobilize ne conserve cela"
    " sur personne."
)


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

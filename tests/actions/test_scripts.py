"""Scripts: what is filled in, and what never becomes more than text."""

from mobilize.actions.scripts import Block, blocks, fields_in, fill, links_in, values_for
from mobilize.core.typography import typeset


def test_fields_are_filled_once_and_unknown_ones_stay() -> None:
    values = {"mp": "{riding} <b>", "riding": "Exemple"}
    assert fill("{mp} in {riding}, {other}", values) == "{riding} <b> in Exemple, {other}"


def test_a_vacant_seat_has_words_of_its_own() -> None:
    values = values_for(mp=None, riding="Exemple", language="fr")
    assert fill("à {mp}", values) == "à votre bureau de circonscription"


def test_fields_and_links_are_found() -> None:
    text = "Ask {mp}: see https://example.org/a?b=c. Or {riding}."
    assert fields_in(text) == {"mp", "riding"}
    assert links_in(text) == {"https://example.org/a?b=c"}


def test_a_plain_text_becomes_paragraphs_and_lists() -> None:
    text = "One\ntwo\n\n- first\n- second\n\n\nLast - not a list"
    assert blocks(text) == [
        Block(("One", "two"), is_list=False),
        Block(("first", "second"), is_list=True),
        Block(("Last - not a list",), is_list=False),
    ]


def test_signs_are_set_as_each_language_wants_them() -> None:
    assert typeset("L'ask : 'a' « b »", "fr") == "L’ask\u00a0: 'a' «\u00a0b\u00a0»"
    assert typeset("It's : so", "en") == "It’s : so"

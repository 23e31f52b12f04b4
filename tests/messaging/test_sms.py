"""Segments are counted as carriers do, and the character that makes a text dear is named."""

import pytest

from mobilize.core.errors import InvalidInput
from mobilize.messaging import sms
from mobilize.messaging.rendering import compile_line, compile_sms


@pytest.mark.parametrize(
    ("text", "segments", "length"),
    [
        ("", 1, 0),
        ("a" * 160, 1, 160),
        ("a" * 161, 2, 161),
        ("a" * 306, 2, 306),
        ("a" * 307, 3, 307),
        ("é" * 160, 1, 160),
        ("ê" * 70, 1, 70),
        ("ê" * 71, 2, 71),
        ("ê" * 135, 3, 135),
        ("€" * 80, 1, 160),
        ("a" * 160 + "€", 2, 162),
        # A sign of two places is not split: 152 and the sign's two do not fit into 153.
        ("a" * 152 + "€" + "a" * 152, 3, 306),
        ("😀" * 35, 1, 70),
        ("😀" * 67, 3, 134),
    ],
)
def test_segments_are_counted(text: str, segments: int, length: int) -> None:
    cost = sms.cost_of(text)
    assert (cost.segments, cost.length) == (segments, length)


@pytest.mark.parametrize("letter", "éèàùìòÉÇñÑäöüÄÖÜßåÅøØæÆ€@£$")
def test_these_letters_are_cheap(letter: str) -> None:
    assert sms.cost_of(letter).costly == ()
    assert sms.cheap(letter) == letter


@pytest.mark.parametrize(
    ("dear", "cheap"),
    [
        ("ç", "c"), ("ê", "e"), ("Ê", "E"), ("ë", "e"), ("â", "a"), ("î", "i"), ("ï", "i"),
        ("ô", "o"), ("û", "u"), ("À", "A"), ("È", "E"), ("œ", "oe"), ("Œ", "OE"),
        ("’", "'"), ("“", '"'), ("« mot »", '"mot"'), ("«\u202fmot\u202f»", '"mot"'), ("…", "..."),
        ("—", "-"), ("–", "-"), ("\u00a0", " "), ("\u202f", " "), ("\u200b", ""), ("😀", ""),
        ("ARRÊT", "ARRET"), ("Île", "Ile"),
    ],
)  # fmt: skip
def test_each_dear_letter_has_a_cheap_likeness(dear: str, cheap: str) -> None:
    assert sms.cost_of(dear).costly
    assert sms.cheap(dear) == cheap
    assert sms.cost_of(cheap).costly == ()


def test_a_costly_character_is_named_with_its_place() -> None:
    (one, two) = sms.costly_in("Il y a une fête ce soir, et l’on y fête tout.")
    assert (one.character, one.at, one.times, one.instead) == ("ê", 13, 2, "e")
    assert one.around == "Il y a une fête ce soir, "
    assert one.name == "latin small letter e with circumflex"
    assert (two.character, two.at) == ("’", 30)


def test_what_stands_in_braces_can_still_be_read() -> None:
    source = "L’ami {{ given_name | default: 'l’âme' }} {% if mp %}…{% endif %}"
    offered = sms.cheap_source(source)
    assert offered == "L'ami {{ given_name | default: 'l’ame' }} {% if mp %}...{% endif %}"
    compile_sms(body=offered, facts={})


def test_an_accent_typed_as_a_sign_of_its_own_is_one_letter() -> None:
    assert sms.cheap_source("e\u0301te\u0301") == "été"


def test_a_value_brings_plain_signs_and_keeps_its_letters() -> None:
    person = {"riding": "Côte-Nord—L’Érable", "given_name": "Zoë"}
    body = "{{ given_name }}: {{ riding }}, {{ campaign }}"
    text = compile_sms(body=body, facts={"campaign": "L’été"}).render(person).text
    assert text == "Zoë: Côte-Nord-L'Érable, L'été"
    line = compile_line(body="{{ riding }}", facts={}).render(person).text
    assert line == "Côte-Nord—L’Érable", "a subject costs nothing"


def test_a_text_longer_than_three_segments_is_refused() -> None:
    sms.check("a" * 459, where="it")
    sms.check("ê" * 201, where="it")
    with pytest.raises(InvalidInput):
        sms.check("a" * 460, where="it")
    with pytest.raises(InvalidInput) as refused:
        sms.check("ê" * 202, where="it")
    assert "ê" in (refused.value.hint or "")

"""From a postal code to a riding, and how sure the answer is."""

from hypothesis import given
from hypothesis import strategies as st

from mobilize.mps import postal_table
from mobilize.mps.lookup import Answer, Candidate, resolve, resolve_area, resolve_many
from mobilize.mps.postal import is_rural


def codes(answer: Answer) -> list[str]:
    return [candidate.code for candidate in answer.candidates]


def test_parliament_is_in_ottawa_centre_but_its_area_is_shared() -> None:
    answer = resolve("K1A 0A6")
    assert (answer.certainty, answer.reason, answer.fsa) == ("tentative", "several_ridings", "K1A")
    assert answer.best is not None
    assert answer.best.code == "35079"
    # Federal offices across the river share the area, so Gatineau stands among the candidates.
    assert codes(answer) == ["35079", "35081", "24028", "35080", "24025"]


def test_an_urban_area_in_one_riding_is_likely() -> None:
    assert resolve("A2H 1A1") == Answer("likely", (Candidate("10005", 1.0),), "A2H", "one_riding")


def test_a_rural_area_is_asked_about_even_where_it_lies_in_one_riding() -> None:
    answer = resolve("A0C 0A1")
    assert (answer.certainty, answer.reason, codes(answer)) == ("tentative", "rural", ["10007"])


def test_the_runs_riding_stands_before_larger_ones() -> None:
    answer = resolve("K1A 0A1")
    assert codes(answer)[:2] == ["35081", "35079"]
    assert answer.candidates[0].share < answer.candidates[1].share


def test_a_code_between_known_ones_is_marked_as_inferred() -> None:
    assert resolve("A1S 0A1").best == Candidate("10001", 1.0, inferred=False)
    assert resolve("A1S 0B0").best == Candidate("10001", 1.0, inferred=True)


def test_a_code_outside_every_run_falls_back_on_its_area() -> None:
    answer = resolve("L3V 8N8")
    assert answer.certainty == "tentative"
    assert codes(answer) == ["35099", "35005"]
    assert resolve("A2H 9Z9").reason == "code_not_listed"
    assert resolve("A2H 9Z9").certainty == "tentative"


def test_a_bad_or_unknown_code_is_unknown_and_says_why() -> None:
    assert resolve("nonsense") == Answer("unknown", (), None, "length")
    assert resolve("D1A 1A1") == Answer("unknown", (), None, "letter_not_used")
    assert resolve("A9Z 1A1") == Answer("unknown", (), "A9Z", "area_not_listed")


def test_a_point_in_another_province_is_no_candidate() -> None:
    # The source puts Santa's H0H 0H0 (Montréal's letter) in Nunavut.
    assert resolve("H0H 0H0").certainty == "unknown"
    # And a few of Winnipeg's in Saskatchewan and Newfoundland.
    assert {code[:2] for code in codes(resolve_area("R5J"))} == {"46"}


def test_a_city_on_a_provincial_border_keeps_both_sides() -> None:
    assert {"47001", "48027"} <= set(codes(resolve("S9V 0A1")))


def test_nothing_is_ever_confirmed_and_only_whole_areas_are_likely() -> None:
    sure = 0
    for fsa in postal_table.areas():
        area = postal_table.area(fsa)
        answer = resolve_area(fsa)
        assert area is not None
        assert answer.certainty in {"likely", "tentative", "unknown"}
        if answer.certainty == "likely":
            sure += 1
            assert len(area.ridings) == 1
            assert not is_rural(fsa)
    assert sure == 380


def test_many_answers_are_the_same_as_one_by_one() -> None:
    typed = ["K1A0A6", "k1a 0a6", "A2H1A1", "", "A0C0A1", "H0H0H0", "KIA OA6", "A2H9Z9", "ÀÀÀ1A1"]
    assert list(resolve_many(typed)) == [resolve(text) for text in typed]


@given(st.text(max_size=8) | st.from_regex(r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]", fullmatch=True))
def test_any_text_gets_an_answer_that_holds_together(text: str) -> None:
    answer = resolve(text)
    assert (answer.certainty == "unknown") == (not answer.candidates)
    assert answer == next(resolve_many([text]))
    assert len(set(codes(answer))) == len(answer.candidates)
    assert not any(candidate.inferred for candidate in answer.candidates[1:])

"""Rules in JSON: what is read, what is refused and where, and the schema that says the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from mobilize.alerts.audience import audience_schema
from mobilize.alerts.rules import FLAGS, LEAVES, Group, Leaf, parse_rules
from mobilize.core.errors import InvalidInput


def test_not_reaches_the_simple_rules() -> None:
    rules = {"not": {"all": [{"province": "QC"}, {"not": {"partner_person": True}}]}}

    assert parse_rules(rules) == Group(
        every=False,
        rules=(Leaf("province", ("QC",), negated=True), Leaf("partner_person")),
    )


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ([], "rules"),
        ({}, "rules"),
        ({"language": "fr", "province": "QC"}, "rules"),
        ({"colour": "red"}, "colour"),
        ({"language": "de"}, "language"),
        ({"province": []}, "province"),
        ({"tag": 3}, "tag"),
        ({"tag": "a\x00b"}, "tag"),
        ({"partner_person": "yes"}, "partner_person"),
        ({"not": {"mp": 7}}, "not.mp"),
        ({"all": [{"partner": []}]}, "all[0].partner"),
        ({"imported": [""]}, "imported"),
        ({"joined_since": ["2026-11-22"]}, "joined_since"),
        ({"stance": "opposed"}, "stance"),
        ({"stance": {"demand": "d", "is": "silent", "or": 1}}, "stance"),
        ({"stance": {"demand": 3, "is": "silent"}}, "stance.demand"),
        ({"not": {"stance": {"demand": "d", "is": ["silent", "loud"]}}}, "not.stance.is"),
        ({"custom": {"field": "drives"}}, "custom"),
        ({"custom": {"field": "", "is": "yes"}}, "custom.field"),
        ({"joined_since": "yesterday"}, "joined_since"),
        ({"not": {"active_since": "2026-02-30"}}, "not.active_since"),
        ({"any": [{"active_since": "20261122"}]}, "any[0].active_since"),
        ({"any": []}, "any"),
        ({"all": {"language": "fr"}}, "all"),
        ({"all": [{"language": "fr"}, {"province": "XX"}]}, "all[1].province"),
        ({"not": {"any": [{"all": [{"party": "whig"}]}]}}, "not.any[0].all[0].party"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(rules: object, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_rules(rules)

    assert list(refused.value.fields) == [where]
    assert f"`{where}`" in refused.value.message


def test_rules_have_an_end() -> None:
    deep: dict[str, object] = {"language": "fr"}
    for _ in range(9):
        deep = {"not": deep}

    for rules in (deep, {"all": [{"language": "fr"}] * 100}, {"riding": ["24001"] * 401}):
        with pytest.raises(InvalidInput):
            parse_rules(rules)


_DAYS = ["2026-11-22", "2026-02-30", "2026-W48-1", "2026-11-22 "]
_TEXTS = st.sampled_from(
    ["fr", "QC", "supporter", "email", "liberal", "likely", "anything", "", *_DAYS]
)
_VALUES = st.one_of(_TEXTS, st.lists(_TEXTS, max_size=2), st.booleans(), st.integers())
_LEAVES = st.dictionaries(
    st.sampled_from([*LEAVES, *FLAGS, "colour"]), _VALUES, min_size=0, max_size=2
)
_RULES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, max_size=2)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=2)}),
    ),
    max_leaves=4,
)


@given(rules=_RULES)
@example(rules={"joined_since": "2026-11-22"})
@example(rules={"joined_since": ["2026-11-22"]})
@example(rules={"active_since": "2026-02-30"})
@example(rules={"stance": {"demand": "d", "is": "silent"}})
@example(rules={"stance": {"demand": "d", "is": ["silent", "loud"]}})
@example(rules={"stance": {"demand": "", "is": "silent"}})
@example(rules={"stance": {"is": "silent"}})
@example(rules={"active_since": "2026-W48-1"})
def test_the_published_schema_and_the_reader_agree(rules: dict[str, object]) -> None:
    try:
        parse_rules(rules)
        read = True
    except InvalidInput:
        read = False

    validator = OAS31Validator(audience_schema(), format_checker=oas31_format_checker)
    assert validator.is_valid(rules) is read

"""Rules in JSON: what is read, what is refused and where, and the schema that says the same."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from mobilize.alerts.audience import audience_schema
from mobilize.alerts.leaves import FLAGS, LEAVES
from mobilize.alerts.refusals import REASONS, UnreadableRules
from mobilize.alerts.rules import Group, Leaf, parse_rules
from mobilize.alerts.tidying import tidied
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES


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
        ({"messaged_within": 0}, "messaged_within"),
        ({"acted_within": True}, "acted_within"),
        ({"joined_within": "7"}, "joined_within"),
        ({"acted_around": "vigil"}, "acted_around"),
        ({"acted_around": {"milestone": "vigil", "before": 3}}, "acted_around"),
        (
            {"acted_around": {"milestone": "vigil", "before": -1, "after": 3}},
            "acted_around.before",
        ),
        (
            {"all": [{"acted_around": {"milestone": "", "before": 0, "after": 0}}]},
            "all[0].acted_around.milestone",
        ),
        (
            {"acted_around": {"milestone": "v", "before": 0, "after": 0, "occurrence": 2026}},
            "acted_around.occurrence",
        ),
        ({"any": []}, "any"),
        ({"all": {"language": "fr"}}, "all"),
        ({"all": [{"language": "fr"}, {"province": "XX"}]}, "all[1].province"),
        ({"not": {"any": [{"all": [{"party": "whig"}]}]}}, "not.any[0].all[0].party"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_place(rules: object, where: str) -> None:
    with pytest.raises(UnreadableRules) as refused:
        parse_rules(rules)

    assert list(refused.value.fields) == [where]
    for language in LANGUAGES:
        assert where in refused.value.said(language)
        assert refused.value.fields[where][language] in refused.value.said(language)
        assert "{" not in refused.value.said(language).replace('{"province": "QC"}', "")
    assert refused.value.said("en") != refused.value.said("fr")


def test_every_reason_exists_in_both_languages() -> None:
    for texts in REASONS.values():
        assert set(texts) == set(LANGUAGES)


def test_rules_have_an_end() -> None:
    deep: dict[str, object] = {"language": "fr"}
    for _ in range(9):
        deep = {"not": deep}

    for rules in (deep, {"all": [{"language": "fr"}] * 100}, {"riding": ["24001"] * 401}):
        with pytest.raises(InvalidInput):
            parse_rules(rules)


@pytest.mark.parametrize(
    ("rules", "short"),
    [
        ({"all": [{"tag": "a"}, {"all": [{"tag": "b"}]}]}, {"all": [{"tag": "a"}, {"tag": "b"}]}),
        ({"any": [{"tag": "a"}, {"any": [{"tag": ["b", "a"]}]}]}, {"tag": ["a", "b"]}),
        ({"not": {"any": [{"tag": "a"}, {"tag": "b"}]}}, {"not": {"tag": ["a", "b"]}}),
        ({"all": [{"tag": "a"}, {"any": [{"all": []}, {"tag": "b"}]}]}, {"tag": "a"}),
        ({"all": [{"tag": "a"}, {"not": {"all": []}}]}, {"not": {"all": []}}),
        ({"any": [{"messaged_within": 7}] * 2}, {"messaged_within": 7}),
        (
            {"any": [{"messaged_within": 7}, {"messaged_within": 9}]},
            {"any": [{"messaged_within": 7}, {"messaged_within": 9}]},
        ),
    ],
)
def test_what_is_said_twice_is_said_once(
    rules: dict[str, object], short: dict[str, object]
) -> None:
    assert tidied(parse_rules(rules)) == parse_rules(short)


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
@example(rules={"messaged_within": 7})
@example(rules={"messaged_within": 3661})
@example(rules={"acted_around": {"milestone": "vigil", "before": 0, "after": 3660}})
@example(rules={"acted_around": {"milestone": "vigil", "before": 0, "when": 3}})
@example(rules={"acted_around": {"milestone": "v", "before": 0, "after": 1, "occurrence": "x"}})
def test_the_published_schema_and_the_reader_agree(rules: dict[str, object]) -> None:
    try:
        parse_rules(rules)
        read = True
    except InvalidInput:
        read = False

    validator = OAS31Validator(audience_schema(), format_checker=oas31_format_checker)
    assert validator.is_valid(rules) is read

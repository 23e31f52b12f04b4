"""What is chosen becomes rules, and rules become choices again, or written JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from mobilize.alerts.leaves import FLAGS, LEAVES
from mobilize.alerts.tidying import same_rules
from mobilize.console.audience_form import AudienceForm, builder_pressed
from mobilize.console.audience_rows import KINDS, RuleRow
from mobilize.core.errors import InvalidInput

NAMES = st.lists(st.sampled_from(["24001", "35079", "59001"]), unique=True).map(tuple)
VALUES: dict[str, tuple[str, ...]] = {
    "day": ("2026-11-22",),
    "days": ("7",),
    "flag": (),
    "values": ("one", "two"),
    "window": (),
}


def _row(kind: str, group: str, negated: bool) -> RuleRow:
    """A complete row of a kind that has no field of its own above the rows."""
    form = RuleRow(kind=kind).form
    choices = LEAVES[kind].choices if kind in LEAVES else ()
    window = {"before": "3", "after": "14", "occurrence": "2026"} if form == "window" else {}
    return RuleRow(
        kind=kind,
        group=group,
        negated=negated,
        values=choices[:2] or VALUES[form],
        about="thing" if RuleRow(kind=kind).takes_about else "",
        **window,
    )


ROWS = st.builds(
    _row,
    st.sampled_from([kind for kind in KINDS if kind not in {"language", "tag", "completed"}]),
    st.sampled_from(["", "", "1", "2"]),
    st.booleans(),
)
FORMS = st.builds(
    AudienceForm,
    languages=st.sampled_from([(), ("en",), ("en", "fr")]),
    provinces=st.sampled_from([(), ("QC",), ("QC", "NU")]),
    ridings=NAMES,
    tags=st.sampled_from([(), ("youth",)]),
    completed=st.sampled_from(["", "campaign-a"]),
    not_completed=st.sampled_from(["", "campaign-b"]),
    rows=st.lists(ROWS, max_size=4).map(tuple),
)


@given(FORMS)
def test_every_choice_comes_back_as_fields_that_mean_the_same(form: AudienceForm) -> None:
    rules = form.rules()
    again = AudienceForm.of_rules(rules)
    assert same_rules(again.rules(), rules)
    assert not again.written


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("negated", [False, True])
def test_every_rule_can_be_built_and_is_shown_again(kind: str, negated: bool) -> None:
    row = _row(kind, "", negated)
    form = AudienceForm(rows=(row,))
    again = AudienceForm.of_rules(form.rules())
    assert same_rules(again.rules(), form.rules())
    assert not again.written
    if again.rows:
        assert again.rows == (row,)


def test_there_is_a_row_for_every_rule_that_there_is() -> None:
    assert set(KINDS) == {*LEAVES, *FLAGS}


def test_the_rules_of_one_choice_may_hold_one_by_one() -> None:
    rows = (_row("tag", "1", False), _row("acted_within", "1", True), _row("source", "", False))
    assert AudienceForm(rows=rows).rules() == {
        "all": [
            {"source": ["one", "two"]},
            {"any": [{"tag": ["one", "two"]}, {"not": {"acted_within": 7}}]},
        ]
    }


@pytest.mark.parametrize(
    "row",
    [
        RuleRow(kind="tag"),
        RuleRow(kind="messaged_within", values=("soon",)),
        RuleRow(kind="stance", values=("silent",)),
        RuleRow(kind="acted_around", about="vigil", before="3"),
    ],
)
def test_a_rule_that_is_not_complete_is_refused_for_it_would_mean_everybody(row: RuleRow) -> None:
    with pytest.raises(InvalidInput) as refused:
        AudienceForm(rows=(RuleRow(kind="partner_person"), row)).rules()
    assert list(refused.value.fields) == ["rule2"]


def test_a_button_adds_a_rule_or_takes_one_away() -> None:
    sent = MultiDict(
        [
            ("s-rule-count", "2"),
            ("s-rule1-kind", "tag"),
            ("s-rule1-value", "youth"),
            ("s-rule1-not", "yes"),
            ("s-rule2-kind", "acted_around"),
            ("s-rule2-about", "vigil"),
            ("s-rule2-before", "3"),
            ("s-rule2-after", "0"),
            ("s-rule2-group", "2"),
        ]
    )
    tag = RuleRow(kind="tag", negated=True, values=("youth",))
    around = RuleRow(kind="acted_around", about="vigil", before="3", after="0", group="2")
    assert AudienceForm.of_form(sent, "s-").rows == (tag, around)
    assert not builder_pressed(sent)

    added = MultiDict([*sent.items(), ("s-rule-add", "yes"), ("s-rule-new", "mp")])
    assert AudienceForm.of_form(added, "s-").rows == (tag, around, RuleRow(kind="mp"))
    assert builder_pressed(added)
    dropped = MultiDict([*sent.items(), ("s-rule-drop", "1")])
    assert AudienceForm.of_form(dropped, "s-").rows == (around,)
    strange = MultiDict([("rule-count", "999999999"), ("rule1-kind", "colour")])
    assert AudienceForm.of_form(strange).rows == ()


@pytest.mark.parametrize(
    "rules",
    [
        {"any": [{"all": [{"language": ["en"]}, {"tag": ["a"]}]}, {"province": ["QC"]}]},
        {"all": [{"any": [{"tag": [a]}, {"source": [a]}]} for a in ("1", "2", "3", "4")]},
        {"not": {"all": []}},
    ],
)
def test_what_the_builder_cannot_show_stays_as_it_is_written(rules: dict[str, object]) -> None:
    form = AudienceForm.of_rules(rules)
    assert json.loads(form.written) == rules
    assert form.rules() == rules


@pytest.mark.parametrize("written", ["{", "[]", '{"status": ["x"]}'])
def test_written_rules_that_cannot_be_read_are_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        AudienceForm(written=written).rules()

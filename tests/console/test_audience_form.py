"""What is ticked becomes rules, and rules become ticks again, or written JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.alerts.rules import parse_rules
from mobilize.console.audience_form import AudienceForm
from mobilize.core.errors import InvalidInput

NAMES = st.lists(st.sampled_from(["24001", "35079", "59001"]), unique=True).map(tuple)
FORMS = st.builds(
    AudienceForm,
    languages=st.sampled_from([(), ("en",), ("en", "fr")]),
    provinces=st.sampled_from([(), ("QC",), ("QC", "NU")]),
    ridings=NAMES,
    tags=st.sampled_from([(), ("youth",)]),
    completed=st.sampled_from(["", "campaign-a"]),
    not_completed=st.sampled_from(["", "campaign-b"]),
)


@given(FORMS)
def test_every_choice_comes_back(form: AudienceForm) -> None:
    rules = form.rules()
    parse_rules(rules)
    assert AudienceForm.of_rules(rules) == form


@pytest.mark.parametrize(
    "rules",
    [
        {"any": [{"language": ["en"]}, {"province": ["QC"]}]},
        {"all": [{"party": ["bloc"]}]},
        {"all": [{"language": ["en"]}, {"language": ["fr"]}]},
        {"all": [{"not": {"tag": ["youth"]}}]},
        {"language": "fr"},
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

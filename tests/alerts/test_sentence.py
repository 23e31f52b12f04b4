"""Audiences in words."""

import pytest

from mobilize.alerts.rules import FLAGS, LEAVES
from mobilize.alerts.sentence import sentence
from mobilize.core.i18n import Language

NAMES = {
    "acted_on": {"permanent-status": "Permanent Status"},
    "stance": {"permanent-status": "Permanent Status"},
    "completed": {"c1": "A lasting home"},
}


@pytest.mark.parametrize(
    ("rules", "english", "french"),
    [
        ({"all": []}, "Everybody on the list", "Toutes les personnes de la liste"),
        ({"not": {"all": []}}, "Nobody", "Personne"),
        (
            {
                "all": [
                    {"language": "fr"},
                    {"kind": "supporter"},
                    {"province": "QC"},
                    {"not": {"acted_on": "permanent-status"}},
                ]
            },
            "French-speaking supporters in Quebec who have not acted on Permanent Status",
            (
                "Personnes sympathisantes francophones au Québec qui n’ont pas agi pour la "
                "revendication «\u00a0Permanent Status\u00a0»"
            ),
        ),
        (
            {"all": [{"province": ["NT", "PE"]}, {"completed": "c1"}]},
            (
                "People in the Northwest Territories or Prince Edward Island who have completed "
                "the campaign “A lasting home”"
            ),
            (
                "Personnes aux Territoires du Nord-Ouest ou à l’Île-du-Prince-Édouard qui ont agi "
                "dans la campagne «\u00a0A lasting home\u00a0»"
            ),
        ),
        (
            {"all": [{"language": "en"}, {"any": [{"tag": "youth"}, {"party": "bloc"}]}]},
            (
                "English-speaking people who are tagged “youth” or have an MP who sits as "
                "“Bloc Québécois”"
            ),
            (
                "Personnes anglophones qui portent l’étiquette «\u00a0youth\u00a0» ou ont au "
                "Parlement une personne élue sous la bannière «\u00a0Bloc québécois\u00a0»"
            ),
        ),
        (
            {"not": {"any": [{"language": "fr"}, {"consent": ["email", "sms"]}]}},
            "People who do not speak French and have not agreed to emails or texts",
            "Personnes qui ne parlent pas français et n’acceptent pas les courriels ou les textos",
        ),
        (
            {"all": [{"tag": "a"}, {"any": [{"tag": "b"}, {"tag": "c"}]}]},
            "People who are tagged “a” and (are tagged “b” or are tagged “c”)",
            (
                "Personnes qui portent l’étiquette «\u00a0a\u00a0» et (portent l’étiquette "
                "«\u00a0b\u00a0» ou portent l’étiquette «\u00a0c\u00a0»)"
            ),
        ),
        (
            {"any": [{"language": "fr"}, {"province": "NB"}, {"partner_person": True}]},
            "People who speak French, live in New Brunswick or speak for a partner",
            (
                "Personnes qui parlent français, vivent au Nouveau-Brunswick ou représentent un "
                "organisme partenaire"
            ),
        ),
        (
            {
                "all": [
                    {"province": "QC"},
                    {"joined_since": "2026-10-01"},
                    {"not": {"active_since": "2026-11-22"}},
                ]
            },
            (
                "People in Quebec who have joined since October 1, 2026 and have not acted since "
                "November 22, 2026"
            ),
            (
                "Personnes au Québec qui ont rejoint la liste depuis le 1er octobre 2026 et n’ont "
                "pas agi depuis le 22 novembre 2026"
            ),
        ),
        (
            {"stance": {"demand": "permanent-status", "is": ["leaning", "silent"]}},
            (
                "People who have an MP whose position on “Permanent Status” is “leaning in favour” "
                "or “silent”"
            ),
            (
                "Personnes qui ont au Parlement une personne dont la position sur la revendication "
                "«\u00a0Permanent Status\u00a0» est «\u00a0plutôt favorable\u00a0» ou "
                "«\u00a0non exprimée\u00a0»"
            ),
        ),
        (
            {"any": [{"active_since": "2026-09-30"}, {"not": {"joined_since": "2026-01-01"}}]},
            "People who have acted since September 30, 2026 or joined before January 1, 2026",
            (
                "Personnes qui ont agi depuis le 30 septembre 2026 ou ont rejoint la liste avant "
                "le 1er janvier 2026"
            ),
        ),
    ],
)
def test_rules_are_said_in_both_languages(
    rules: dict[str, object], english: str, french: str
) -> None:
    assert sentence(rules, "en", NAMES) == english
    assert sentence(rules, "fr", NAMES) == french


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_rule_has_words_whether_it_holds_or_not(language: Language) -> None:
    for name, kind in LEAVES.items():
        for value in kind.choices or ("2026-11-22" if kind.is_day else "value",):
            rule = {name: {kind.about: "thing", "is": value} if kind.about else value}
            positive = sentence({"any": [rule, {"all": []}]}, language)
            negative = sentence({"not": rule}, language)
            assert "{" not in positive + negative
            assert positive != negative
    for name in FLAGS:
        assert sentence({name: True}, language) != sentence({name: False}, language)

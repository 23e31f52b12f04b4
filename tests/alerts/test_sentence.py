"""Audiences in words, as a person would write them: who is meant, in both languages."""

import pytest

from mobilize.alerts.leaves import FLAGS, LEAVES, LeafKind
from mobilize.alerts.sentence import sentence
from mobilize.core.i18n import Language

NAMES = {
    "acted_on": {"ps": "Permanent Status", "rc": "Root Causes"},
    "topic": {"ps": "Permanent Status"},
    "stance": {"ps": "Permanent Status"},
    "completed": {"c1": "A lasting home", "c2": "Safe passage"},
    "acted_around": {"feb22": "National Human Trafficking Awareness Day"},
    "followed_up": {"feb22": "National Human Trafficking Awareness Day"},
    "riding": {"35001": "Ajax", "35079": "Ottawa Centre"},
    "partner": {"p": "Example House", "q": "Maison Exemple"},
    "custom": {"drives": "Drives", "drives=yes": "yes"},
    "partner_riding": {"35001": "Ajax"},
    "mp": {"m": "Hon. Example Person"},
}


@pytest.mark.parametrize(
    ("rules", "english", "french"),
    [
        (
            {
                "all": [
                    {"language": "fr"},
                    {"kind": "supporter"},
                    {"province": "QC"},
                    {"not": {"acted_on": "ps"}},
                ]
            },
            ("French-speaking supporters in Quebec who have not acted on Permanent Status"),
            (
                "Les personnes sympathisantes francophones du Québec qui n’ont pas agi "
                "pour la revendication «\u00a0Permanent Status\u00a0»"
            ),
        ),
        (
            {"all": [{"language": "fr"}, {"province": "QC"}, {"not": {"acted_on": ["ps", "rc"]}}]},
            (
                "French-speaking people in Quebec who have acted on neither Permanent "
                "Status nor Root Causes"
            ),
            (
                "Les personnes francophones du Québec qui n’ont agi pour aucune des "
                "revendications «\u00a0Permanent Status\u00a0» ou «\u00a0Root "
                "Causes\u00a0»"
            ),
        ),
        (
            {"all": [{"consent": "email"}, {"any": [{"tag": "b"}, {"completed": "c1"}]}]},
            (
                "People who have agreed to emails and who either are tagged “b” or have "
                "completed the campaign “A lasting home”"
            ),
            (
                "Les personnes qui acceptent les courriels et qui soit portent "
                "l’étiquette «\u00a0b\u00a0», soit ont agi dans la campagne «\u00a0A "
                "lasting home\u00a0»"
            ),
        ),
        (
            {
                "all": [
                    {"consent": "email"},
                    {"joined_within": 30},
                    {
                        "any": [
                            {"tag": "b"},
                            {"all": [{"completed": "c1"}, {"not": {"messaged_within": 7}}]},
                        ]
                    },
                ]
            },
            (
                "People who have agreed to emails, have joined in the last 30 days, and "
                "who either are tagged “b”, or have completed the campaign “A lasting "
                "home” and were not sent any alert or follow-up in the last 7 days"
            ),
            (
                "Les personnes qui acceptent les courriels, ont rejoint la liste au "
                "cours des 30 derniers jours, et qui soit portent l’étiquette "
                "«\u00a0b\u00a0», soit ont agi dans la campagne «\u00a0A lasting "
                "home\u00a0» et n’ont reçu ni alerte ni suivi au cours des 7 derniers "
                "jours"
            ),
        ),
        (
            {
                "all": [
                    {"any": [{"tag": "b"}, {"completed": "c1"}]},
                    {"any": [{"party": ["liberal", "ndp"]}, {"riding": ["35001", "35079"]}]},
                ]
            },
            (
                "People who either are tagged “b” or have completed the campaign “A "
                "lasting home” and who either have a Liberal or an NDP MP or live in one "
                "of the ridings Ajax or Ottawa Centre"
            ),
            (
                "Les personnes qui soit portent l’étiquette «\u00a0b\u00a0», soit ont "
                "agi dans la campagne «\u00a0A lasting home\u00a0» et qui soit sont "
                "représentées au Parlement par le Parti libéral ou le NPD, soit vivent "
                "dans l’une des circonscriptions Ajax ou Ottawa Centre"
            ),
        ),
        (
            {"any": [{"all": [{"language": "fr"}, {"province": "QC"}]}, {"tag": "b"}]},
            "People who either speak French and live in Quebec, or are tagged “b”",
            (
                "Les personnes qui soit parlent français et vivent au Québec, soit "
                "portent l’étiquette «\u00a0b\u00a0»"
            ),
        ),
        (
            {"not": {"all": [{"language": "fr"}, {"province": "QC"}]}},
            "People who do not speak French or do not live in Quebec",
            "Les personnes qui ne parlent pas français ou ne vivent pas au Québec",
        ),
        (
            {"all": [{"tag": "a"}, {"any": [{"tag": "b"}, {"tag": "c"}]}]},
            "People who are tagged “a” and are tagged “b” or “c”",
            (
                "Les personnes qui portent l’étiquette «\u00a0a\u00a0» et portent "
                "l’étiquette «\u00a0b\u00a0» ou «\u00a0c\u00a0»"
            ),
        ),
        (
            {
                "all": [
                    {"not": {"tag": "a"}},
                    {"not": {"tag": "b"}},
                    {"not": {"consent": ["email", "sms"]}},
                ]
            },
            (
                "People who are tagged neither “a” nor “b” and have agreed to neither "
                "emails nor texts"
            ),
            (
                "Les personnes qui ne portent aucune des étiquettes «\u00a0a\u00a0» ou "
                "«\u00a0b\u00a0» et n’acceptent ni les courriels ni les textos"
            ),
        ),
        (
            {"acted_around": {"milestone": "feb22", "before": 3, "after": 14}},
            (
                "People who have acted between 3 days before and 14 days after “National "
                "Human Trafficking Awareness Day”"
            ),
            (
                "Les personnes qui ont agi entre 3 jours avant et 14 jours après "
                "«\u00a0National Human Trafficking Awareness Day\u00a0»"
            ),
        ),
        (
            {
                "not": {
                    "acted_around": {
                        "milestone": "feb22",
                        "before": 1,
                        "after": 0,
                        "occurrence": "2026",
                    }
                }
            },
            (
                "People who have not acted on the day of “National Human Trafficking "
                "Awareness Day (2026)” or the day before"
            ),
            (
                "Les personnes qui n’ont pas agi le jour de «\u00a0National Human "
                "Trafficking Awareness Day (2026)\u00a0» ou la veille"
            ),
        ),
        (
            {"acted_around": {"milestone": "feb22", "before": 0, "after": 1}},
            (
                "People who have acted on the day of “National Human Trafficking "
                "Awareness Day” or the day after"
            ),
            (
                "Les personnes qui ont agi le jour de «\u00a0National Human Trafficking "
                "Awareness Day\u00a0» ou le lendemain"
            ),
        ),
        (
            {"acted_around": {"milestone": "feb22", "before": 0, "after": 0}},
            ("People who have acted on the day of “National Human Trafficking Awareness Day”"),
            (
                "Les personnes qui ont agi le jour de «\u00a0National Human Trafficking "
                "Awareness Day\u00a0»"
            ),
        ),
        (
            {"all": [{"consent_ends_within": 30}, {"not": {"consent_ends_within": 1}}]},
            (
                "People who have a consent that ends in the next 30 days and have no consent "
                "that ends in the next 24 hours"
            ),
            (
                "Les personnes qui ont un consentement qui prend fin au cours des 30 prochains "
                "jours et n’ont pas de consentement qui prend fin au cours des 24 prochaines heures"
            ),
        ),
        (
            {
                "all": [
                    {"followed_up": "feb22"},
                    {"not": {"acted_within": 90}},
                    {"messaged_within": 1},
                ]
            },
            (
                "People who were sent a follow-up on “National Human Trafficking "
                "Awareness Day”, have not acted in the last 90 days and were sent an "
                "alert or a follow-up in the last 24 hours"
            ),
            (
                "Les personnes qui ont reçu un suivi de «\u00a0National Human "
                "Trafficking Awareness Day\u00a0», n’ont pas agi au cours des 90 "
                "derniers jours et ont reçu une alerte ou un suivi au cours des 24 "
                "dernières heures"
            ),
        ),
        (
            {
                "all": [
                    {"kind": "partner"},
                    {"membership": ["member", "ally"]},
                    {"partner_riding": "35001"},
                ]
            },
            (
                "People of partner organizations who speak for a member organization or "
                "an allied organization and speak for an organization that serves the "
                "riding of Ajax"
            ),
            (
                "Les personnes d’organismes partenaires qui représentent un organisme "
                "membre ou un organisme allié et représentent un organisme qui dessert "
                "la circonscription d’Ajax"
            ),
        ),
        (
            {"not": {"membership": "former"}},
            "People who do not speak for a former member organization",
            "Les personnes qui ne représentent pas un organisme qui a été membre",
        ),
        (
            {
                "all": [
                    {"stance": {"demand": "ps", "is": ["leaning", "silent"]}},
                    {"not": {"party": ["liberal", "bloc"]}},
                    {"mp": "m"},
                ]
            },
            (
                "People who have an MP whose position on “Permanent Status” is leaning "
                "in favour or silent, do not have a Liberal or a Bloc Québécois MP and "
                "are represented by Hon. Example Person"
            ),
            (
                "Les personnes qui sont représentées par une personne dont la position "
                "sur la revendication «\u00a0Permanent Status\u00a0» est plutôt "
                "favorable ou non exprimée, ne sont pas représentées au Parlement par le "
                "Parti libéral ou le Bloc québécois et sont représentées par Hon. "
                "Example Person"
            ),
        ),
        (
            {
                "all": [
                    {"custom": {"field": "drives", "is": "yes"}},
                    {"not": {"partner": ["p", "q"]}},
                    {"topic": "ps"},
                ]
            },
            (
                "People who answered “yes” to “Drives”, speak for neither Example House "
                "nor Maison Exemple and still hear about Permanent Status"
            ),
            (
                "Les personnes qui ont répondu «\u00a0yes\u00a0» à «\u00a0Drives\u00a0», "
                "ne représentent aucun des organismes «\u00a0Example House\u00a0» ou "
                "«\u00a0Maison Exemple\u00a0» et suivent encore la revendication "
                "«\u00a0Permanent Status\u00a0»"
            ),
        ),
        (
            {
                "riding": [
                    "35001",
                    "35002",
                    "35003",
                    "35004",
                    "35005",
                    "35006",
                    "35007",
                    "35008",
                    "35009",
                ]
            },
            (
                "People who live in one of the ridings Ajax, 35002, 35003, 35004, 35005, "
                "35006 or 3 others"
            ),
            (
                "Les personnes qui vivent dans l’une des circonscriptions Ajax, 35002, "
                "35003, 35004, 35005, 35006 ou 3 autres"
            ),
        ),
        (
            {
                "all": [
                    {"language": "en"},
                    {
                        "any": [
                            {
                                "all": [
                                    {"tag": "a"},
                                    {"any": [{"tag": "b"}, {"not": {"completed": "c1"}}]},
                                ]
                            },
                            {"source": "fair"},
                        ]
                    },
                ]
            },
            (
                "English-speaking people who either are tagged “a” and (are tagged “b” "
                "or have not completed the campaign “A lasting home”), or came from "
                "“fair”"
            ),
            (
                "Les personnes anglophones qui soit portent l’étiquette «\u00a0a\u00a0» "
                "et (portent l’étiquette «\u00a0b\u00a0» ou n’ont pas agi dans la "
                "campagne «\u00a0A lasting home\u00a0»), soit viennent de "
                "«\u00a0fair\u00a0»"
            ),
        ),
        (
            {"any": [{"language": "fr"}, {"province": "NB"}, {"partner_person": True}]},
            "People who speak French, live in New Brunswick or speak for a partner",
            (
                "Les personnes qui parlent français, vivent au Nouveau-Brunswick ou "
                "représentent un organisme partenaire"
            ),
        ),
        (
            {"all": [{"province": ["NT", "PE"]}, {"not": {"joined_since": "2026-10-01"}}]},
            (
                "People in the Northwest Territories or Prince Edward Island who joined "
                "before October 1, 2026"
            ),
            (
                "Les personnes des Territoires du Nord-Ouest ou de "
                "l’Île-du-Prince-Édouard qui ont rejoint la liste avant le 1er octobre "
                "2026"
            ),
        ),
        (
            {"any": [{"all": []}, {"tag": "a"}]},
            "Everybody on the list",
            "Toutes les personnes de la liste",
        ),
        (
            {"not": {"all": []}},
            "Nobody",
            "Personne",
        ),
    ],
)
def test_rules_are_said_in_both_languages(
    rules: dict[str, object], english: str, french: str
) -> None:
    assert sentence(rules, "en", NAMES) == english
    assert sentence(rules, "fr", NAMES) == french


def _samples(name: str, kind: LeafKind) -> list[dict[str, object]]:
    if kind.form == "day":
        return [{name: "2026-11-22"}]
    if kind.form == "days":
        return [{name: 1}, {name: 30}]
    if kind.form == "window":
        return [
            {name: {kind.about: "thing", "before": before, "after": after}}
            for before in (0, 1, 2)
            for after in (0, 1, 2)
        ]
    values: list[object] = [*(kind.choices or ["value"]), ["a", "b"]]
    if kind.choices:
        values[-1] = list(kind.choices[:2])
    return [{name: {kind.about: "thing", "is": one} if kind.about else one} for one in values]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_rule_has_words_whether_it_holds_or_not(language: Language) -> None:
    for name, kind in LEAVES.items():
        for rule in _samples(name, kind):
            positive = sentence({"any": [rule, {"partner_person": True}]}, language)
            negative = sentence({"not": rule}, language)
            assert "{" not in positive + negative
            assert positive != negative
    for name in FLAGS:
        assert sentence({name: True}, language) != sentence({name: False}, language)

"""An audience is one SELECT that means what its rules say."""

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mobilize.alerts import audience
from mobilize.alerts.leaves import LEAVES
from mobilize.alerts.naming import sentences
from mobilize.alerts.resolving import resolve
from mobilize.alerts.rules import leaves_of, parse_rules
from mobilize.alerts.set_counting import counted_from_sets
from mobilize.alerts.set_keeping import keep_sets
from mobilize.alerts.set_models import BLOCK
from mobilize.core.db import Database
from mobilize.mps.queries import CURRENT_ORDER, mp_for_riding, riding_ids
from tests.alerts.crowd import (
    DEMAND,
    FIELD,
    MILESTONE,
    MOMENTS,
    NOW,
    RIDINGS,
    SOURCES,
    TAGS,
    Crowd,
    make_crowd,
)
from tests.alerts.world import TODAY, make_world

_DAYS = [
    *(str(day + timedelta(days)) for day in MOMENTS.values() for days in (0, 1)),
    str(date.min),
    str(date.max),
]


_SPANS: list[Any] = [1, 7, 14, 20, 21, 30, 52, 53, 3660]
_WINDOWS: list[Any] = [
    {"milestone": MILESTONE, "before": 0, "after": 0},
    {"milestone": MILESTONE, "before": 2, "after": 1},
    {"milestone": MILESTONE, "before": 3, "after": 3},
    {"milestone": MILESTONE, "before": 0, "after": 2, "occurrence": "fair"},
    {"milestone": MILESTONE, "before": 9, "after": 9, "occurrence": "some day"},
    {"milestone": "none", "before": 99, "after": 99},
]


def _values(campaign: str, crowd: Crowd) -> dict[str, list[Any]]:
    return {
        "language": ["en", "fr"],
        "province": ["QC", "ON", "NU"],
        "riding": [*RIDINGS, "99999"],
        "riding_certainty": ["confirmed", "likely", "tentative"],
        "party": ["liberal", "conservative", "bloc", "ndp"],
        "tag": [*TAGS, "none"],
        "kind": ["supporter", "partner"],
        "source": list(SOURCES),
        "consent": ["email", "sms", "voice"],
        "topic": [DEMAND],
        "acted_on": [DEMAND, "root-causes"],
        "completed": [campaign],
        "received": [*crowd.mailings, "none"],
        "followed_up": [MILESTONE, "none"],
        "mp": [*crowd.mps, "nobody"],
        "partner": [*crowd.partners, "none"],
        "membership": ["member", "ally", "former"],
        "partner_riding": [*RIDINGS, "99999"],
        "imported": [*crowd.imports, "none"],
        "stance": ["champion", "supportive", "opposed"],
        "custom": ["yes", "no"],
        "messaged_within": _SPANS,
        "acted_within": _SPANS,
        "consent_ends_within": _SPANS,
        "joined_within": _SPANS,
        "acted_around": _WINDOWS,
        "joined_since": _DAYS,
        "active_since": _DAYS,
    }


def _some_of(name: str, known: list[Any]) -> st.SearchStrategy[object]:
    one = st.sampled_from(known)
    kind = LEAVES[name]
    if kind.form != "values":
        return one
    several = st.lists(one, min_size=1, max_size=2)
    if not kind.about:
        return several
    return st.fixed_dictionaries(
        {kind.about: st.sampled_from([DEMAND, FIELD, "none"]), "is": several}
    )


def _rules(values: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, object]]:
    leaf = st.one_of(
        *(st.fixed_dictionaries({name: _some_of(name, known)}) for name, known in values.items()),
        st.fixed_dictionaries({"partner_person": st.booleans()}),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inner}),
        ),
        max_leaves=8,
    )


def test_sql_finds_whom_python_finds_one_by_one(db: Database, now: datetime) -> None:
    assert now == NOW
    with db.transaction() as session:
        world = make_world(session, now, people=0)
        # Their keys lie in two blocks of the sets that are kept of people.
        if not db.is_sqlite:
            session.execute(text(f"SELECT setval('contacts_id_seq', {BLOCK - 30})"))
        crowd = make_crowd(session, world, now)
        # Two blocks each of people, of consents and of two mailings that have ended.
        assert keep_sets(session, now=now, fewest=0) == (0 if db.is_sqlite else 8)

        values = _values(world.campaign.public_id, crowd)
        assert values.keys() == LEAVES.keys()

        first, *_, last = sorted(person.id for person in crowd.people)
        parts = [(0, first), (first, first + 25), (first + 25, last)]

        def agree(rules: dict[str, object]) -> None:
            tree = parse_rules(rules)
            expected = {(p.id, p.language) for p in crowd.people if p.active and p.fits(tree)}
            found = session.execute(audience.select_contacts(session, rules, now=now)).all()
            assert {tuple(row) for row in found} == expected
            assert len(found) == len(expected) == audience.count(session, rules, now=now)
            assert len(found) == audience.count(session, rules, now=now, parts=parts)
            sets = counted_from_sets(session, tree, resolve(session, leaves_of(tree), now=now))
            assert sets == (None if db.is_sqlite else len(found))

        for name, known in values.items():
            for value in known:
                about = LEAVES[name].about if LEAVES[name].form == "values" else ""
                rule: dict[str, object] = {
                    name: {about: FIELD if about == "field" else DEMAND, "is": value}
                    if about
                    else value
                }
                agree(rule)
                agree({"not": rule})

        @settings(max_examples=80, deadline=None)
        @given(rules=_rules(values))
        def agree_on_trees(rules: dict[str, object]) -> None:
            agree(rules)

        agree_on_trees()


def test_a_sentence_names_what_the_rules_hold_ids_of(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=0)
        rules = {
            "all": [
                {"riding": "35001"},
                {"not": {"acted_on": "permanent-status"}},
                {"stance": {"demand": "permanent-status", "is": "silent"}},
                {"completed": world.campaign.public_id},
            ]
        }

        said = sentences(session, rules, TODAY)

    assert "the riding of Ajax" in said["en"]
    assert "have not acted on Permanent Status" in said["en"]
    assert "position on “Permanent Status” is silent" in said["en"]
    assert "«\u00a0Statut permanent\u00a0»" in said["fr"]
    assert world.campaign.public_id not in said["en"] + said["fr"]


def test_a_sentence_names_mps_partners_and_files(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=0)
        crowd = make_crowd(session, world, now, size=1)
        seat = mp_for_riding(session, riding_ids(session, CURRENT_ORDER)["35001"], TODAY)
        assert seat is not None
        rules = {
            "all": [
                {"mp": seat.public_id},
                {"not": {"partner": crowd.partners}},
                {"custom": {"field": FIELD, "is": "yes"}},
                {"imported": crowd.imports[0]},
            ]
        }

        said = sentences(session, rules, TODAY)

    assert said["en"] == (
        f"People who are represented by {seat.name('en')}, speak for neither p nor q, answered "
        "“yes” to “Drives” and were added or last changed by the file “a.csv”"
    )
    assert said["fr"] == (
        f"Les personnes qui sont représentées par {seat.name('fr')}, ne représentent aucun des "
        "organismes «\u00a0p\u00a0» ou «\u00a0q\u00a0», ont répondu «\u00a0oui\u00a0» à "
        "«\u00a0Conduit\u00a0» et ont été ajoutées ou modifiées en dernier par le "
        "fichier «\u00a0a.csv\u00a0»"
    )

"""An audience is one SELECT that means what its rules say."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.alerts import audience
from mobilize.alerts.naming import sentences
from mobilize.alerts.rules import parse_rules
from mobilize.core.db import Database
from tests.alerts.crowd import DEMAND, RIDINGS, SOURCES, TAGS, make_crowd
from tests.alerts.world import TODAY, make_world


def _rules(campaign: str, mailing: str) -> st.SearchStrategy[dict[str, object]]:
    values = {
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
        "received": [mailing],
    }
    leaf = st.one_of(
        *(
            st.fixed_dictionaries({name: st.lists(st.sampled_from(known), min_size=1, max_size=2)})
            for name, known in values.items()
        ),
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
    with db.transaction() as session:
        world = make_world(session, now, people=0)
        crowd = make_crowd(session, world, now)

        @settings(max_examples=80, deadline=None)
        @given(rules=_rules(world.campaign.public_id, crowd.mailing))
        def agree(rules: dict[str, object]) -> None:
            tree = parse_rules(rules)
            expected = {(p.id, p.language) for p in crowd.people if p.active and p.fits(tree)}
            found = session.execute(audience.select_contacts(rules, now=now)).all()
            assert {tuple(row) for row in found} == expected
            assert len(found) == len(expected) == audience.count(session, rules, now=now)

        agree()


def test_a_sentence_names_what_the_rules_hold_ids_of(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=0)
        rules = {
            "all": [
                {"riding": "35001"},
                {"not": {"acted_on": "permanent-status"}},
                {"completed": world.campaign.public_id},
            ]
        }

        said = sentences(session, rules, TODAY)

    assert "the riding of Ajax" in said["en"]
    assert "have not acted on Permanent Status" in said["en"]
    assert "«\u00a0Statut permanent\u00a0»" in said["fr"]
    assert world.campaign.public_id not in said["en"] + said["fr"]

"""Asking what a riding is called, who held it on a day, and where their offices are."""

from datetime import date

import pytest

from mobilize.core.db import Database
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.mps import queries

BEFORE, RENAMED, TODAY = date(2026, 6, 17), date(2026, 6, 18), date(2026, 11, 22)
LISTED, ROSTER = date(2025, 7, 11), date(2026, 1, 22)


def name_of(db: Database, code: str, lang: Language, on: date) -> str:
    with db.read() as session:
        riding = queries.riding_by_code(session, "2023", code)
        assert riding is not None
        return queries.riding_names(session, [riding.id], lang, on)[riding.id]


def mp_of(db: Database, code: str, on: date) -> queries.SittingMp | None:
    with db.read() as session:
        return queries.mp_for_riding(session, queries.riding_ids(session, "2023")[code], on)


def found(db: Database, text: str, lang: Language = "en") -> list[str]:
    with db.read() as session:
        return [one.code for one in queries.search_ridings(session, text, lang, on=TODAY)]


def test_the_same_code_is_another_place_in_another_order(mps_db: Database) -> None:
    with mps_db.read() as session:
        names = {
            order: [
                one.name
                for one in queries.all_ridings(session, lang="en", on=TODAY, order=order)
                if one.code == "35110"
            ]
            for order in ("2013", "2023")
        }
        assert queries.riding_by_code(session, "2023", "99999") is None
    assert names == {"2013": ["University—Rosedale"], "2023": ["Toronto—Danforth"]}


@pytest.mark.parametrize(
    ("lang", "old", "new"),
    [("en", "York Centre", "North York"), ("fr", "York-Centre", "North York")],
)
def test_a_renamed_riding_changes_its_name_on_the_day_of_assent(
    mps_db: Database, lang: Language, old: str, new: str
) -> None:
    assert name_of(mps_db, "35120", lang, BEFORE) == old
    assert name_of(mps_db, "35120", lang, RENAMED) == new


def test_fifteen_ridings_are_renamed_and_none_is_nameless(mps_db: Database) -> None:
    with mps_db.read() as session:
        ids = queries.riding_ids(session, "2023").values()
        for lang in ("en", "fr"):
            before = queries.riding_names(session, ids, lang, BEFORE)
            after = queries.riding_names(session, ids, lang, RENAMED)
            assert len(before) == len(after) == 343
            assert sum(before[riding] != after[riding] for riding in ids) == 15


def test_a_disputed_name_is_found_but_not_shown(mps_db: Database) -> None:
    assert found(mps_db, "Greenfield Park") == ["24041"]
    assert name_of(mps_db, "24041", "en", TODAY) == "Longueuil—Charles-LeMoyne"


def test_an_old_name_still_leads_to_the_riding(mps_db: Database) -> None:
    assert found(mps_db, "york centre") == ["35120"]


def test_search_forgives_accents_dashes_and_the_other_language(mps_db: Database) -> None:
    assert found(mps_db, "ile des soeurs", "en") == found(mps_db, "Île-des-Sœurs", "fr") != []
    assert found(mps_db, "Halifax-Ouest", "en") == ["12007"]
    assert found(mps_db, "york")[0] in {"35121", "35069", "35122"}
    assert found(mps_db, "  —  ") == []


def test_ridings_stand_from_east_to_west(mps_db: Database) -> None:
    with mps_db.read() as session:
        ridings = queries.all_ridings(session, lang="fr", on=TODAY)
        some = queries.named_ridings(session, [ridings[0].id], lang="fr", on=TODAY)
    assert len(ridings) == 343
    assert ridings[0].province == "NL"
    assert ridings[-1].name == "Nunavut"
    assert some == {ridings[0].id: ridings[0]}


def test_every_riding_has_its_mp_today(mps_db: Database) -> None:
    with mps_db.read() as session:
        ids = queries.riding_ids(session, "2023").values()
        sitting = queries.mps_for_ridings(session, ids, TODAY)
    assert len(sitting) == 343
    assert all(mp.certain and mp.party_certain for mp in sitting.values())


@pytest.mark.parametrize("on", [LISTED, ROSTER, TODAY])
def test_a_letter_names_the_same_mps(mps_db: Database, on: date) -> None:
    with mps_db.read() as session:
        ids = queries.riding_ids(session, "2023").values()
        sitting = queries.mps_for_ridings(session, ids, on)
        for lang in LANGUAGES:
            names = queries.mp_names(session, ids, lang, on)
            assert names == {riding: mp.name(lang) for riding, mp in sitting.items()}


def test_a_riding_without_a_mandate_is_vacant(mps_db: Database) -> None:
    # Battle River—Crowfoot had no MP in the list of 2025-07-11.
    assert mp_of(mps_db, "48002", LISTED) is None
    winner = mp_of(mps_db, "48002", ROSTER)
    assert winner is not None
    assert (winner.family_name, winner.certain) == ("Poilievre", True)


def test_a_by_election_is_sure_at_both_ends_and_uncertain_between(mps_db: Database) -> None:
    before, between, after = (mp_of(mps_db, "35112", on) for on in (LISTED, ROSTER, TODAY))
    assert before is not None
    assert (before.name("en"), before.certain) == ("Hon.\u00a0Chrystia Freeland", True)
    assert between is not None
    assert not between.certain
    assert after is not None
    assert (after.name("fr"), after.certain, after.email) == ("Danielle Martin", True, None)


def test_a_crossing_keeps_the_mandate_and_changes_the_party(mps_db: Database) -> None:
    elected = mp_of(mps_db, "62001", date(2025, 4, 28))
    between = mp_of(mps_db, "62001", ROSTER)
    today = mp_of(mps_db, "62001", TODAY)
    assert elected is not None
    assert (elected.party, elected.party_certain) == ("ndp", True)
    assert between is not None
    assert (between.certain, between.party_certain) == (True, False)
    assert today is not None
    assert (today.party, today.party_certain) == ("liberal", True)
    assert elected.mandate_id == between.mandate_id == today.mandate_id


def test_offices_show_the_hill_first_and_say_that_they_are_old(mps_db: Database) -> None:
    mp = mp_of(mps_db, "10003", TODAY)
    assert mp is not None
    with mps_db.read() as session:
        offices = queries.offices_for(session, [mp.mandate_id], TODAY)[mp.mandate_id]
        fresh = queries.offices_for(session, [mp.mandate_id], date(2024, 1, 1))[mp.mandate_id]
    assert [office.kind for office in offices] == ["hill", "constituency", "constituency"]
    assert offices[0].tel == "+16139963935"
    assert [office.city for office in offices[1:]] == ["Grand Falls-Windsor", "Gander"]
    assert all(office.stale for office in offices)
    assert not any(office.stale for office in fresh)


def test_an_mp_without_known_offices_has_none(mps_db: Database) -> None:
    mp = mp_of(mps_db, "10001", TODAY)
    assert mp is not None
    with mps_db.read() as session:
        assert queries.offices_for(session, [mp.mandate_id], TODAY) == {}

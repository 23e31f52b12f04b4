"""What each seat is on any day: sure at both ends of a change, uncertain in between."""

import csv
import json
from collections import Counter
from datetime import date, datetime

import pytest
from sqlalchemy import event, select, update

from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import LANGUAGES
from mobilize.mps import queries
from mobilize.mps.models import CaucusSpell, Mandate, Riding
from mobilize.mps.parliaments import record_parliament
from mobilize.mps.seat_loading import load_seats
from mobilize.mps.seat_models import Parliament, Vacancy
from mobilize.mps.seats import Seat, seat_as_of, seats_as_of
from tests.support.shared import shared_file

ELECTED, OPENED = date(2025, 4, 28), date(2025, 5, 26)
LISTED, ROSTER, TODAY = date(2025, 7, 11), date(2026, 1, 22), date(2026, 11, 22)
BEFORE_ASSENT = date(2026, 6, 17)


def seat_of(db: Database, code: str, on: date) -> Seat:
    with db.read() as session:
        seat = seat_as_of(session, queries.riding_ids(session, "2023")[code], on)
    assert seat is not None
    return seat


def told(seat: Seat) -> list[tuple[str, str | None]]:
    """What a seat may be, and by whom it is held."""
    return [(one.state, one.mp.family_name if one.mp else None) for one in seat.possible]


def statuses(db: Database, on: date, order: str = "2023") -> Counter[str]:
    with db.read() as session:
        return Counter(seat.status for seat in seats_as_of(session, order, on).values())


def test_all_ridings_had_the_names_of_the_source_the_day_before_assent(mps_db: Database) -> None:
    with shared_file("ridings_2023.csv").open(encoding="utf-8", newline="") as file:
        source = {row["fed_code"]: row for row in csv.DictReader(file)}
    assert len(source) == 343
    with mps_db.read() as session:
        ids = queries.riding_ids(session, "2023")
        for lang in LANGUAGES:
            names = queries.riding_names(session, ids.values(), lang, BEFORE_ASSENT)
            assert {code: names[ids[code]] for code in ids} == {
                code: row[f"name_{lang}"] for code, row in source.items()
            }


def test_every_agreed_rename_applies_from_assent_and_both_names_lead_there(
    mps_db: Database,
) -> None:
    with shared_file("riding_renames_2026.csv").open(encoding="utf-8", newline="") as file:
        agreed = {
            row["fed_code"]: {lang: row[f"new_name_{lang}_sourceA"] for lang in LANGUAGES}
            for row in csv.DictReader(file)
            if row["sources"] == "agree"
        }
    assert len(agreed) == 15
    with mps_db.read() as session:
        ids = queries.riding_ids(session, "2023")
        mine = [ids[code] for code in agreed]
        for lang in LANGUAGES:
            old = queries.riding_names(session, mine, lang, BEFORE_ASSENT)
            new = queries.riding_names(session, mine, lang, date(2026, 6, 18))
            assert {code: new[ids[code]] for code in agreed} == {
                code: names[lang] for code, names in agreed.items()
            }
            for code in agreed:
                for name in (old[ids[code]], new[ids[code]]):
                    found = queries.search_ridings(session, name, lang, on=TODAY)
                    assert code in {one.code for one in found}


def test_every_change_of_the_source_is_a_row_with_bounded_days(mps_db: Database) -> None:
    changes = json.loads(shared_file("mp_changes.json").read_text(encoding="utf-8"))["objects"]
    wanted = {
        kind: {one["fed_code"] for one in changes if one["type"] == kind}
        for kind in ("vacancy_then_by_election", "floor_crossing")
    }
    with mps_db.read() as session:
        codes = {riding: code for code, riding in queries.riding_ids(session, "2023").items()}
        vacant = {codes[one.riding_id]: one for one in session.scalars(select(Vacancy))}
        seats = session.scalars(select(Mandate).where(Mandate.start_not_before > ELECTED))
        won = {codes[one.riding_id]: one for one in seats}
        crossed = session.execute(
            select(Mandate.riding_id, CaucusSpell)
            .join(CaucusSpell, CaucusSpell.mandate_id == Mandate.id)
            .where(CaucusSpell.start_not_before > Mandate.start_not_before)
        )
        joined = {codes[riding]: spell for riding, spell in crossed}
    assert vacant.keys() == won.keys() == wanted["vacancy_then_by_election"]
    assert joined.keys() == wanted["floor_crossing"]
    for code, row in vacant.items():
        assert row.start_not_before < row.start_not_after
        assert (row.end_not_before, row.end_not_after) == (
            won[code].start_not_before,
            won[code].start_not_after,
        )
    assert {spell.party for spell in joined.values()} == {"liberal"}
    assert all(spell.start_on is None for spell in joined.values())


def test_all_but_the_changed_seats_are_sure_on_every_day(mps_db: Database) -> None:
    assert statuses(mps_db, LISTED) == {"sitting": 342, "vacant": 1}
    assert statuses(mps_db, date(2025, 7, 12)) == {"sitting": 340, "uncertain": 3}
    assert statuses(mps_db, ROSTER) == {"sitting": 341, "uncertain": 2}
    assert statuses(mps_db, TODAY) == {"sitting": 343}


@pytest.mark.parametrize(
    ("code", "left", "came"), [("35112", "Freeland", "Martin"), ("35096", "Blair", "Begum")]
)
def test_a_by_election_is_sure_at_both_ends_and_uncertain_between(
    mps_db: Database, code: str, left: str, came: str
) -> None:
    assert told(seat_of(mps_db, code, LISTED)) == [("sitting", left)]
    between = seat_of(mps_db, code, ROSTER)
    assert between.status == "uncertain"
    assert (between.sure_until, between.sure_from) == (LISTED, TODAY)
    assert told(between) == [("sitting", left), ("vacant", None), ("sitting", came)]
    assert told(seat_of(mps_db, code, TODAY)) == [("sitting", came)]


@pytest.mark.parametrize(
    ("code", "on"),
    [
        ("48002", date(2025, 6, 1)),
        ("48002", date(2025, 9, 1)),
        ("35112", date(2025, 9, 1)),
    ],
)
def test_the_ends_that_an_uncertain_seat_names_are_sure(
    mps_db: Database, code: str, on: date
) -> None:
    seat = seat_of(mps_db, code, on)
    assert seat.sure_until is not None
    assert seat.sure_from is not None
    assert seat.sure_until < on < seat.sure_from
    for sure in (seat.sure_until, seat.sure_from):
        assert seat_of(mps_db, code, sure).status != "uncertain"


def test_a_seat_that_a_list_shows_empty_was_held_before_by_somebody_not_on_file(
    mps_db: Database,
) -> None:
    assert told(seat_of(mps_db, "48002", ELECTED)) == [("member_elect", None)]
    leaving = seat_of(mps_db, "48002", date(2025, 6, 1))
    assert told(leaving) == [("sitting", None), ("vacant", None)]
    assert (leaving.sure_until, leaving.sure_from) == (ELECTED, LISTED)
    assert told(seat_of(mps_db, "48002", LISTED)) == [("vacant", None)]
    filling = seat_of(mps_db, "48002", date(2025, 9, 1))
    assert told(filling) == [("vacant", None), ("sitting", "Poilievre")]
    assert (filling.sure_until, filling.sure_from) == (LISTED, ROSTER)
    assert told(seat_of(mps_db, "48002", ROSTER)) == [("sitting", "Poilievre")]


def test_a_called_by_election_is_told_from_a_vacancy(mps_db: Database) -> None:
    first, last = date(2025, 7, 1), date(2025, 7, 5)
    with mps_db.transaction() as session:
        riding = queries.riding_ids(session, "2023")["48002"]
        session.execute(
            update(Vacancy)
            .where(Vacancy.riding_id == riding)
            .values(
                start_not_before=date(2025, 6, 17),
                start_not_after=date(2025, 6, 17),
                called_not_before=first,
                called_not_after=last,
                end_not_before=date(2025, 8, 18),
                end_not_after=date(2025, 8, 18),
            )
        )
    assert told(seat_of(mps_db, "48002", date(2025, 6, 30))) == [("vacant", None)]
    between = seat_of(mps_db, "48002", date(2025, 7, 3))
    assert told(between) == [("vacant", None), ("by_election_called", None)]
    assert (between.sure_until, between.sure_from) == (date(2025, 6, 30), last)
    assert told(seat_of(mps_db, "48002", last)) == [("by_election_called", None)]


def test_a_resignation_between_two_days_leaves_the_seat_held_or_vacant(mps_db: Database) -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    with mps_db.transaction() as session:
        riding = queries.riding_ids(session, "2023")["10001"]
        session.execute(
            update(Mandate)
            .where(Mandate.riding_id == riding)
            .values(end_not_before=first, end_not_after=last, end_reason="resigned")
        )
    seat = seat_of(mps_db, "10001", date(2026, 10, 15))
    assert told(seat) == [("sitting", "Connors"), ("vacant", None)]
    assert (seat.sure_until, seat.sure_from) == (date(2026, 9, 30), last)
    assert told(seat_of(mps_db, "10001", last)) == [("vacant", None)]


def test_doubts_that_overlap_are_one_time_without_a_sure_day(mps_db: Database) -> None:
    leaving = {"not_before": date(2026, 3, 1), "not_after": date(2026, 5, 1)}
    coming = {"not_before": date(2026, 4, 15), "not_after": date(2026, 8, 1)}
    with mps_db.transaction() as session:
        mine = queries.riding_ids(session, "2023")["35112"]
        left, came = session.scalars(
            select(Mandate).where(Mandate.riding_id == mine).order_by(Mandate.start_not_before)
        )
        vacancy = session.scalars(select(Vacancy).where(Vacancy.riding_id == mine)).one()
        for bound in ("not_before", "not_after"):
            setattr(left, f"end_{bound}", leaving[bound])
            setattr(vacancy, f"start_{bound}", leaving[bound])
            setattr(vacancy, f"end_{bound}", coming[bound])
            setattr(came, f"start_{bound}", coming[bound])
    expected = {
        date(2026, 3, 15): [("sitting", "Freeland"), ("vacant", None)],
        date(2026, 4, 20): [("sitting", "Freeland"), ("vacant", None), ("sitting", "Martin")],
        date(2026, 7, 1): [("vacant", None), ("sitting", "Martin")],
    }
    for on, possible in expected.items():
        seat = seat_of(mps_db, "35112", on)
        assert told(seat) == possible
        assert (seat.sure_until, seat.sure_from) == (date(2026, 2, 28), date(2026, 8, 1))
    assert told(seat_of(mps_db, "35112", date(2026, 2, 28))) == [("sitting", "Freeland")]
    assert told(seat_of(mps_db, "35112", date(2026, 8, 1))) == [("sitting", "Martin")]


def test_whoever_is_elected_is_a_member_elect_until_parliament_meets(mps_db: Database) -> None:
    assert statuses(mps_db, ELECTED) == {"member_elect": 343}
    assert told(seat_of(mps_db, "35067", ELECTED)) == [("member_elect", "Carney")]
    assert told(seat_of(mps_db, "35067", OPENED)) == [("sitting", "Carney")]


def test_a_dissolution_empties_every_seat_at_once_and_an_election_ends_old_mandates(
    mps_db: Database, now: datetime
) -> None:
    assert statuses(mps_db, date(2025, 3, 23)) == {"dissolved": 343}
    gone, next_one = date(2027, 9, 1), date(2027, 10, 18)
    with mps_db.transaction() as session:
        record_parliament(session, number=45, dissolved_on=gone, actor="command", now=now)
    assert statuses(mps_db, date(2027, 8, 31)) == {"sitting": 343}
    assert statuses(mps_db, gone) == {"dissolved": 343}
    with mps_db.transaction() as session:
        record_parliament(session, number=46, elected_on=next_one, actor="command", now=now)
    assert statuses(mps_db, next_one) == {"not_on_file": 343}
    with mps_db.transaction() as session:
        session.execute(update(Parliament).values(on_file=True))
    # Nobody's mandate of the Parliament before reaches into this one.
    assert statuses(mps_db, next_one) == {"vacant": 343}


def test_the_days_of_a_parliament_follow_one_another(mps_db: Database, now: datetime) -> None:
    for number, days in ((45, {"dissolved_on": OPENED}), (46, {"dissolved_on": TODAY})):
        with pytest.raises(InvalidInput), mps_db.transaction() as session:
            record_parliament(session, number=number, **days, actor="command", now=now)
    assert statuses(mps_db, TODAY) == {"sitting": 343}


def test_an_order_has_seats_only_while_it_is_in_force(mps_db: Database) -> None:
    eve = date(2025, 3, 22)
    assert statuses(mps_db, eve) == {}
    assert statuses(mps_db, eve, order="2013") == {"not_on_file": 338}
    assert statuses(mps_db, date(2025, 3, 23), order="2013") == {}
    assert statuses(mps_db, date(2018, 1, 1), order="2013") == {"not_on_file": 338}
    with mps_db.read() as session:
        old = queries.riding_ids(session, "2013")["35110"]
        assert seat_as_of(session, old, TODAY) is None


def test_all_seats_are_told_in_two_statements_as_one_by_one(mps_db: Database) -> None:
    asked: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with mps_db.read() as session:
        session.execute(select(Riding.id).limit(1))
        engine = mps_db.engine
        event.listen(engine, "before_cursor_execute", note)
        together = seats_as_of(session, "2023", ROSTER)
        event.remove(engine, "before_cursor_execute", note)
        assert len(together) == 343
        assert len(asked) == 2
        for code in ("35112", "48002", "10001"):
            riding = queries.riding_ids(session, "2023")[code]
            assert seat_as_of(session, riding, ROSTER) == together[riding]


def test_what_is_known_of_a_vacancy_or_a_dissolution_is_not_overwritten(
    mps_db: Database, now: datetime
) -> None:
    day = date(2026, 2, 1)
    with mps_db.transaction() as session:
        session.execute(update(Vacancy).values(start_not_before=day, start_not_after=day))
        session.execute(update(Parliament).values(dissolved_on=day))
        load_seats(session, now=now)
    with mps_db.read() as session:
        assert set(session.scalars(select(Vacancy.start_not_before))) == {day}
        assert set(session.scalars(select(Parliament.dissolved_on))) == {day}

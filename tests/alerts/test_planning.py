"""How a long list is counted: in parts that miss nobody, planned for that one statement alone."""

from sqlalchemy import text

from mobilize.alerts.planning import parts_of, planned_for_counting
from mobilize.core.db import Database
from tests.alerts.world import make_world
from tests.conftest import NOW
from tests.messaging.people import add_contact


def test_parts_follow_each_other_and_cover_the_list(db: Database) -> None:
    with db.transaction() as session:
        assert parts_of(session) == [(0, 0)]
        add_contact(session, 1, now=NOW)
        for last, number in ((9_999, 1), (50_000, 5), (2_000_003, 12)):
            session.execute(text("UPDATE contacts SET id = :id"), {"id": last})
            parts = parts_of(session)
            assert len(parts) == (1 if db.is_sqlite else number)
            assert (parts[0][0], parts[-1][1]) == (0, last)
            assert [end for _, end in parts[:-1]] == [start for start, _ in parts[1:]]


def test_what_follows_a_count_is_planned_as_before(db: Database) -> None:
    if db.is_sqlite:
        return
    with db.transaction() as session:
        make_world(session, NOW)
        asked = text("SELECT current_setting('jit'), current_setting('enable_nestloop')")
        before = session.execute(asked).one()
        with planned_for_counting(session, large=True):
            assert tuple(session.execute(asked).one()) == ("off", "off")
        assert session.execute(asked).one() == before
        with planned_for_counting(session):
            assert session.execute(asked).one()[1] == before[1]

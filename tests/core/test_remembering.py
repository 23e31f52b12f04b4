"""What costs much to find is found once for all who ask at the same time."""

import threading

from mobilize.core.db import Database
from mobilize.core.remembering import remembered


def ask(db: Database, answers: list[int], *, key: str = "count") -> int:
    with db.read() as session:
        found = remembered(session, key, answers.pop, is_much=lambda number: number > 10)
    return found.answer


def test_little_is_found_anew_each_time(db: Database) -> None:
    answers = [3, 2, 1]
    assert [ask(db, answers) for _ in range(3)] == [1, 2, 3]


def test_while_one_asks_others_are_given_what_was_found_before(db: Database) -> None:
    def first() -> int:
        threading.Event().wait(0.05)  # it costs something, so it holds for a second
        return 100

    with db.read() as session:
        found = remembered(session, "count", first, is_much=lambda number: number > 10)
    assert found.answer == 100
    assert ask(db, [200]) == 100, "it is remembered"
    assert ask(db, [300], key="another") == 300, "for this question alone"


def test_each_database_has_its_own(db: Database, bare_db: Database) -> None:
    assert ask(db, [100]) == 100
    assert ask(bare_db, [200]) == 200

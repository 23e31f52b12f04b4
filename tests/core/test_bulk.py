"""Many rows in one go, on both databases."""

from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import Table, select, text

from mobilize.contacts.models import Contact
from mobilize.core.bulk import allot_ids, any_id, insert_new, insert_rows, update_rows
from mobilize.core.db import Database
from mobilize.core.leases import Lease
from mobilize.mps.models import Riding

CONTACTS = cast("Table", Contact.__table__)
LEASES = cast("Table", Lease.__table__)


def test_rows_are_updated_by_their_key_and_no_others(db: Database, now: datetime) -> None:
    later = now + timedelta(hours=1)
    with db.transaction() as session:
        names = ("name", "holder", "until")
        insert_rows(session, LEASES, names, [(name, "nobody", now) for name in "abc"])
        rows = [("a", "first"), ("c", "third")]
        update_rows(session, LEASES, ("name", "holder"), rows, same={"until": later})
        update_rows(session, LEASES, ("name", "holder"), [], same={"until": later})

    with db.read() as session:
        kept = session.execute(select(Lease.name, Lease.holder, Lease.until).order_by(Lease.name))
        assert [tuple(row) for row in kept] == [
            ("a", "first", later),
            ("b", "nobody", now),
            ("c", "third", later),
        ]


def test_of_rows_only_those_are_inserted_whose_key_is_new(db: Database, now: datetime) -> None:
    later = now + timedelta(hours=1)
    names = ("holder", "until", "name")
    with db.transaction() as session:
        first = [("one", now, "b"), ("one", now, "a")]
        assert insert_new(session, LEASES, names, first, key="name") == {"a", "b"}
        second = [("two", later, "c"), ("two", later, "b")]
        assert insert_new(session, LEASES, names, second, key="name") == {"c"}
        assert insert_new(session, LEASES, names, [], key="name") == set()

    with db.read() as session:
        kept = session.execute(select(Lease.name, Lease.holder, Lease.until).order_by(Lease.name))
        assert [tuple(row) for row in kept] == [
            ("a", "one", now),
            ("b", "one", now),
            ("c", "two", later),
        ]


def test_one_of_no_keys_is_nobody(db: Database) -> None:
    with db.read() as session:
        ids = list(session.scalars(select(Riding.id).order_by(Riding.id).limit(2)))
        assert list(session.scalars(select(Riding.id).where(any_id(session, Riding.id, [])))) == []
        found = session.scalars(select(Riding.id).where(any_id(session, Riding.id, ids)))
        assert sorted(found) == ids


@pytest.mark.parametrize("db", ["postgresql"], indirect=True)
def test_keys_that_do_not_lie_side_by_side_are_told_one_by_one(db: Database) -> None:
    with db.read() as session:
        side_by_side = allot_ids(session, CONTACTS, 3)
        # As if somebody else took every other key.
        session.execute(text("ALTER SEQUENCE contacts_id_seq INCREMENT 2"))
        apart = allot_ids(session, CONTACTS, 3)

    first = side_by_side[0]
    assert list(side_by_side) == [first, first + 1, first + 2]
    assert list(apart) == [first + 4, first + 6, first + 8]

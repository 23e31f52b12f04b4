"""Many rows in one go, on both databases."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, select

from mobilize.core.bulk import any_id, insert_rows, update_rows
from mobilize.core.db import Database
from mobilize.core.leases import Lease
from mobilize.mps.models import Riding

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


def test_one_of_no_keys_is_nobody(db: Database) -> None:
    with db.read() as session:
        ids = list(session.scalars(select(Riding.id).order_by(Riding.id).limit(2)))
        assert list(session.scalars(select(Riding.id).where(any_id(session, Riding.id, [])))) == []
        found = session.scalars(select(Riding.id).where(any_id(session, Riding.id, ids)))
        assert sorted(found) == ids

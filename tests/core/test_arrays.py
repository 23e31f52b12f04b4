"""Many hashes as one parameter, on both databases."""

import pytest
from sqlalchemy import select

from mobilize.contacts.models import Contact
from mobilize.core.arrays import packed_hashes
from mobilize.core.bulk import any_hash
from mobilize.core.clock import SystemClock
from mobilize.core.db import Database


@pytest.mark.parametrize(
    "wanted",
    [[], [b"a" * 32], [b"a" * 32, b"c" * 32], [b"", b"a" * 32, b"longer" * 7], [b"z" * 32]],
)
def test_the_rows_with_one_of_many_hashes_are_found(db: Database, wanted: list[bytes]) -> None:
    now = SystemClock().now()
    with db.transaction() as session:
        session.add_all(
            Contact(email_hash=letter * 32, created_at=now, updated_at=now)
            for letter in (b"a", b"b", b"c")
        )
        session.flush()
        found = set(
            session.scalars(
                select(Contact.email_hash).where(any_hash(session, Contact.email_hash, wanted))
            )
        )
    assert found == {b"a" * 32, b"b" * 32, b"c" * 32} & set(wanted)


def test_a_packed_array_of_hashes_gives_them_back() -> None:
    hashes = [b"c" * 32, b"a" * 32]

    assert packed_hashes(hashes).hashes() == hashes
    assert packed_hashes([]).hashes() == []

"""No table holds something of a person that their copy and their erasure do not know."""

from sqlalchemy import Table

from mobilize.core.columns import EncryptedText
from mobilize.core.personal_data import registered
from mobilize.holdings import HOLDERS, NOT_OF_PERSONS
from mobilize.tables import METADATA

_HASHES = {"email_hash", "phone_hash", "address_hash", "sender_hash"}


def holds_something(table: Table) -> bool:
    """Whether a table is about a person: it names one, seals something, or keeps an address."""
    return any(
        isinstance(column.type, EncryptedText)
        or column.name == "contact_id"
        or column.name in _HASHES
        or any(key.column.table.name == "contacts" for key in column.foreign_keys)
        for column in table.columns
    )


def test_every_table_about_persons_is_held_by_a_feature_or_has_its_reason() -> None:
    held = {table for holding in registered() for table in holding.tables}
    about = {table.name for table in METADATA.tables.values() if holds_something(table)}
    assert about - held - NOT_OF_PERSONS.keys() == set()


def test_nothing_is_named_that_is_not_there_or_in_two_places() -> None:
    named = [table for holding in registered() for table in holding.tables]
    assert len(HOLDERS) == len(registered())
    assert len(named) == len(set(named))
    assert set(named) <= set(METADATA.tables)
    assert set(NOT_OF_PERSONS) <= set(METADATA.tables) - set(named)

"""Opaque ids: alike where they are made together, and never the same."""

from mobilize.core.public_ids import new_public_id, new_public_ids


def test_an_id_is_sixteen_characters_that_stand_in_an_address_as_they_are() -> None:
    one = new_public_id()

    assert len(one) == 16
    assert all(letter.isalnum() or letter in "-_" for letter in one)


def test_ids_made_together_are_in_order_and_begin_alike_and_differ() -> None:
    ids = new_public_ids(5_000)

    assert ids == sorted(set(ids))
    assert len(ids) == 5_000
    assert len({one[:4] for one in ids}) == 1


def test_what_is_made_apart_begins_differently() -> None:
    heads = {new_public_id()[:4] for _ in range(50)}

    assert len(heads) > 40


def test_none_are_made_where_none_are_asked_for() -> None:
    assert new_public_ids(0) == []

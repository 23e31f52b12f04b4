"""Pieces laid end to end, some of them left out."""

from hypothesis import given
from hypothesis import strategies as st

from mobilize.contacts.intake.strips import strip_of


@given(st.lists(st.binary(max_size=3)), st.sets(st.integers(0, 20)))
def test_what_is_left_out_is_gone_and_all_else_stays(pieces: list[bytes], out: set[int]) -> None:
    left_out = {place for place in out if place < len(pieces)}
    kept = [piece for place, piece in enumerate(pieces) if place not in left_out]

    assert b"".join(strip_of(pieces).without(left_out)) == b"".join(kept)


@given(st.lists(st.binary(max_size=3)))
def test_each_piece_is_found(pieces: list[bytes]) -> None:
    strip = strip_of(pieces)

    assert [strip.piece(place) for place in range(len(pieces))] == pieces

"""Sealing and opening with a ring of keys, and links that outlive their key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilize.core import secrets_file
from mobilize.core.errors import SetupError
from mobilize.core.keys import Keyring
from mobilize.core.tokens import Links

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32


def ring(*key_ids: int, sealing: int | None = None) -> Keyring:
    keys = {key_id: bytes([key_id]) * 32 for key_id in key_ids}
    return Keyring(data_keys=keys, index_key=b"i" * 32, link_key=b"l" * 32, sealing=sealing)


def linking(link_key: bytes, *former: bytes) -> Links:
    return Links(
        Keyring(
            data_keys={1: b"d" * 32},
            index_key=b"i" * 32,
            link_key=link_key,
            former_link_keys=former,
        )
    )


def test_a_key_that_was_only_added_opens_and_does_not_seal() -> None:
    before, after = ring(1), ring(1, 2)

    assert before.open(after.seal("ana@example.org", context="a.b"), context="a.b")


def test_what_the_promoted_key_sealed_opens_wherever_the_key_is_known() -> None:
    promoted = ring(1, 2, sealing=2)

    sealed = promoted.seal("ana@example.org", context="a.b")

    assert ring(1, 2).open(sealed, context="a.b") == "ana@example.org"
    with pytest.raises(SetupError, match="data key 2"):
        ring(1).open(sealed, context="a.b")


def test_a_value_that_was_moved_to_another_column_does_not_open() -> None:
    sealed = ring(1).seal("ana@example.org", context="a.b")

    with pytest.raises(SetupError, match="does not open"):
        ring(1).open(sealed, context="a.c")


def test_a_key_that_is_to_seal_must_be_there() -> None:
    with pytest.raises(SetupError, match="Data key 3"):
        ring(1, 2, sealing=3)


def test_a_key_learned_of_a_moment_ago_is_looked_up_before_opening_fails() -> None:
    known = ring(1)
    sealed = ring(1, 2, sealing=2).seal("ana@example.org", context="a.b")
    news = [ring(1, 2, sealing=2)]
    known.follow(lambda: news.pop() if news else None)

    assert known.open(sealed, context="a.b") == "ana@example.org"
    assert known.sealing == 2


def test_links_of_a_former_key_open_and_new_ones_are_made_with_the_new_key() -> None:
    token = linking(OLD).seal("leave", 7)
    renewed = linking(NEW, OLD)

    assert renewed.open("leave", token, now=NOW) == 7
    assert renewed.open("act", token, now=NOW) is None
    assert linking(OLD).open("leave", renewed.seal("leave", 7), now=NOW) is None
    assert linking(NEW).open("leave", token, now=NOW) is None


def test_many_links_open_at_once_each_as_it_would_alone() -> None:
    former, present = linking(OLD), linking(NEW, OLD)
    tokens = [
        present.seal("leave", 1),
        former.seal("leave", 2),
        "",
        present.seal("act", 3),
        present.seal("leave", 4, expires_at=NOW),
        "not-a-token-at-all-no!",
        present.seal("leave", 5)[:-1],
        "é" * 22,
        present.seal("leave", 6, expires_at=NOW + timedelta(hours=3)),
        "A" * 22,
    ]
    later = NOW + timedelta(hours=2)

    assert present.open_many("leave", tokens, now=later) == [
        1, 2, None, None, None, None, None, None, 6, None,
    ]  # fmt: skip
    assert [present.open("leave", token, now=later) for token in tokens] == (
        present.open_many("leave", tokens, now=later)
    )
    assert present.open_many("leave", [], now=later) == []


def test_a_former_key_does_not_make_an_expired_link_good() -> None:
    token = linking(OLD).seal("leave", 7, expires_at=NOW)

    assert linking(NEW, OLD).open("leave", token, now=NOW + timedelta(hours=2)) is None


def test_a_link_made_under_a_key_learned_of_a_moment_ago_opens() -> None:
    keyring = Keyring(data_keys={1: b"d" * 32}, index_key=b"i" * 32, link_key=OLD)
    newer = Keyring(
        data_keys={1: b"d" * 32}, index_key=b"i" * 32, link_key=NEW, former_link_keys=[OLD]
    )
    news = [newer]
    keyring.follow(lambda: news.pop() if news else None)

    assert Links(keyring).open("leave", Links(newer).seal("leave", 9), now=NOW) == 9


def test_changing_secrets_keeps_every_other_line(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("# ours\nA=1\n\nB=x=y\n", "utf-8")

    secrets_file.change(path, {"B": "2", "C": "3"})

    assert path.read_text("utf-8") == "# ours\nA=1\n\nB=2\nC=3\n"
    assert path.stat().st_mode & 0o077 == 0


def test_a_watched_file_speaks_up_once_after_each_change(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("A=1\n", "utf-8")
    watch = secrets_file.Watch(path, lambda: secrets_file.read(path))
    heard = [watch()]
    for number in (22, 3, 44):
        secrets_file.change(path, {"A": str(number)})
        heard += [watch(), watch()]
    path.unlink()

    assert [one is not None for one in heard] == [False, True, False, True, False, True, False]
    assert watch() is None


@given(st.lists(st.none() | st.text(max_size=200)))
def test_many_hashes_are_what_each_would_be_by_itself(texts: list[str | None]) -> None:
    keyring = ring(1)

    many = keyring.index_many("email", texts)

    assert many == [None if text is None else keyring.index("email", text) for text in texts]

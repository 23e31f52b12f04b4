"""The fast patterns answer as the libraries do, and everything odd goes to the libraries."""

import re

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilize.contacts.identity import (
    clean_name,
    compared_name,
    masked_email,
    masked_phone,
    normalise_email,
    normalise_phone,
    plain_emails,
    plain_phones,
)
from mobilize.core.errors import InvalidInput

LOCAL = st.text("ab9.+-_'!é @", min_size=1, max_size=70)
LABEL = st.text("ab9-_é", min_size=1, max_size=64)
END = st.sampled_from(["ca", "com", "org", "quebec", "test", "local", "c", "fr", "123"])
DIGITS = st.text("0123456789", min_size=3, max_size=4)
GAP = st.sampled_from(["", " ", "-", ".", "  ", " - "])


def library_email(text: str) -> str | None:
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return (found.ascii_email or found.normalized).lower()


def library_phone(text: str) -> str | None:
    try:
        number = phonenumbers.parse(text, "CA")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind = phonenumbers.number_type(number)
    if kind == phonenumbers.PhoneNumberType.PREMIUM_RATE or re.match(r"\+1(...976|900)", plain):
        return None
    return plain


def ours(text: str, read: object) -> str | None:
    assert callable(read)
    try:
        answer = read(text)
    except InvalidInput:
        return None
    assert isinstance(answer, str)
    return answer


@settings(max_examples=300, deadline=None)
@given(LOCAL, st.lists(LABEL, max_size=3), END)
def test_emails_are_read_as_the_library_reads_them(local: str, labels: list[str], end: str) -> None:
    text = f"{local}@{'.'.join([*labels, end])}"
    assert ours(text, normalise_email) == library_email(text)


# Where the pattern's own limits lie: lengths, hyphens, letters that become others in lower case.
AT_THE_EDGE = st.tuples(
    st.sampled_from([1, 2, 62, 63, 64, 65]),
    st.sampled_from(
        ["a", "a.", "-", "_", "+", "'", "K", "K", "ſ", "İ", "é", "ａ", '"', ".", "a\n"]
    ),
    st.lists(
        st.tuples(
            st.sampled_from([1, 2, 3, 61, 62, 63, 64]),
            st.sampled_from(["a", "-", "--", "_", "é", "K", "İ", "ａ", "1", "xn--a"]),
            st.sampled_from(["a", "-", "1"]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["ca", "CA", "org", "quebec", "info", "info\n", " ca", "ｃａ", "c", ""]),
).map(
    lambda parts: (
        f"{_sized(parts[1], parts[0])}@"
        + ".".join([*(_sized(middle, size, last) for size, middle, last in parts[2]), parts[3]])
    )
)


def _sized(middle: str, size: int, last: str = "b") -> str:
    """A word of so many letters with something special in it."""
    return f"{'a' * (size - len(middle) - len(last))}{middle}{last}"[-size:]


@settings(max_examples=600, deadline=None)
@given(AT_THE_EDGE)
def test_emails_at_the_edge_are_read_as_the_library_reads_them(text: str) -> None:
    assert ours(text, normalise_email) == library_email(text)
    assert plain_emails([text.strip()])[0] in {None, library_email(text)}


@pytest.mark.parametrize("length", [253, 254, 255])
def test_the_longest_email_is_as_long_as_the_library_says(length: int) -> None:
    labels = ".".join(["b" * 60] * 4)
    text = f"{'a' * (length - len(labels) - 5)}@{labels}.org"
    assert len(text) == length
    assert ours(text, normalise_email) == library_email(text)


@pytest.mark.parametrize(
    "typed", ["900-555-0123", "+1 613 976 1234", "416-976-0000", "+44 909 8790123"]
)
def test_a_number_that_bills_its_callers_is_nobodys(typed: str) -> None:
    assert plain_phones([typed]) == [None]
    with pytest.raises(InvalidInput, match="costs whoever calls it"):
        normalise_phone(typed)


NORTH_AMERICAN = r"\+?1?[ .-]?\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}"
PHONES = st.tuples(
    st.sampled_from(["", "1", "+1", "+", "+44", "001"]),
    GAP,
    st.sampled_from(["613", "(514)", "(604", "867", "905)", "212", "242", "310", "800", "999"]),
    GAP,
    DIGITS,
    GAP,
    DIGITS,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(PHONES)
def test_phones_are_read_as_the_library_reads_them(text: str) -> None:
    assert ours(text, normalise_phone) == library_phone(text.strip())


@settings(max_examples=300, deadline=None)
@given(st.from_regex(NORTH_AMERICAN, fullmatch=True))
def test_any_north_american_number_is_read_as_the_library_reads_it(text: str) -> None:
    assert ours(text, normalise_phone) == library_phone(text)


def test_every_exchange_of_a_plain_area_is_read_as_the_library_reads_it() -> None:
    for exchange in range(100, 1000):
        text = f"613-{exchange}-0123"
        assert plain_phones([text])[0] in {None, library_phone(text)}


def test_every_area_code_is_read_as_the_library_reads_it() -> None:
    for area in range(200, 1000):
        text = f"({area}) 555-0123"
        assert ours(text, normalise_phone) == library_phone(text)


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789٠１²()+-. \u00a0\u2010\n", min_size=9, max_size=18))
def test_whatever_looks_like_a_phone_is_read_as_the_library_reads_it(text: str) -> None:
    assert ours(text, normalise_phone) == library_phone(text.strip())
    assert plain_phones([text.strip()])[0] in {None, library_phone(text.strip())}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana.Lee@Example.ORG ", "ana.lee@example.org"),
        ("o'neil+list@mail.example.ca", "o'neil+list@mail.example.ca"),
        ("ana@exämple.ca", "ana@xn--exmple-cua.ca"),
    ],
)
def test_an_email_has_one_form(typed: str, kept: str) -> None:
    assert normalise_email(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@", "@example.org", "a b@example.org", "a@b@c.ca"]
)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_email(typed)


@pytest.mark.parametrize("typed", ["613-555-0123", "(613) 555-0123", "+1 613 555 0123"])
def test_a_phone_has_one_form(typed: str) -> None:
    assert normalise_phone(typed) == "+16135550123"


@pytest.mark.parametrize("typed", ["", "555-0123", "123-555-0123", "call me"])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput):
        normalise_phone(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoé\u00a0 Lévesque ", "Zoé Lévesque"),
        ("Ana\x00\r\nLee", "Ana Lee"),
        ("\u202eeel\u202c Ana", "eel Ana"),
        ("e\u0301ric", "éric"),
    ],
)
def test_a_name_is_one_clean_line(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidInput, match="101 characters"):
        clean_name("x" * 101)


def test_names_are_compared_without_case_and_spaces() -> None:
    assert compared_name("Ana ", "LEE") == compared_name("ana", "Lee")


def test_masked_addresses_show_next_to_nothing() -> None:
    assert masked_email("ana.lee@example.org") == "a…@….org"
    assert masked_phone("+16135550123") == "…23"
    assert masked_email(None) is None

"""Rows that are read column by column say what they say one by one."""

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilize.contacts.columns import Layout, supporter_columns
from mobilize.contacts.intake.people import People, PeopleReader
from mobilize.contacts.rows import RowReader, SupporterRow
from mobilize.contacts.tables import Record, plain_cells
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring
from tests.contacts.files import HEADER

WIDE = (*HEADER, "source", "opt_out_email", "opt_out_email_date", "opt_out_voice")
DAYS = ["", "2026-10-01", "2026-10-01T23:59:59-05:00", "2026-11-22", "2026-11-23", "soon"]
BASES = ["", "express", "Express", "implied_inquiry", "implied_member", "assumed"]
PROOFS = ["", "form, sheet 3", "  two  spaces ", "x" * 301]
CELLS = {
    "email": ["", "a@example.org", " B@Example.ca ", "ana@exämple.ca", "broken", "'=x@example.org"],
    "phone": ["", "613-555-0123", "(613) 555 0123", "+44 20 7946 0123", "12"],
    "given_name": ["", "Ana", " Zoé\u00a0 ", "x" * 101, "'+Ana"],
    "family_name": ["", "O'Neil", "Lee\x00"],
    "postal_code": ["", "M5V 2T6", "m5v2t6", "K1A-0A6", "H0H 0H0", "X9Z 9Z9", "12345"],
    "language": ["", "en", "Français", "es"],
    "tags": ["", "Rally; choir", "rally,,rally", "survivor"],
    "source": ["", "fair ", "y" * 101],
    "consent_email_basis": BASES,
    "consent_email_date": DAYS,
    "consent_email_evidence": PROOFS,
    "consent_sms_basis": BASES,
    "consent_sms_date": DAYS,
    "consent_sms_evidence": PROOFS,
    "sms_confirmed_at": ["", "2026-10-02T14:30:00Z", "2026-12-02", "never"],
    "opt_out_email": ["", "no", "yes", "complaint", "perhaps"],
    "opt_out_email_date": DAYS,
    "opt_out_voice": ["", "no", "yes"],
}


def cells(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Rows that are mostly plain: each cell is mostly the first or second of its kind."""
    plain = [st.sampled_from(CELLS[name][:2]) for name in names]
    any_of = [st.sampled_from(CELLS[name]) for name in names]
    return st.tuples(
        *(st.one_of(one, one, one, other) for one, other in zip(plain, any_of, strict=True))
    ).map(list)


FILES = st.sampled_from([WIDE, HEADER, ("phone", "email"), ("email",), ("phone", "tags")]).flatmap(
    lambda names: st.tuples(st.just(names), st.lists(cells(names), max_size=12))
)


def one_by_one(
    records: list[Record], columns: Layout, keyring: Keyring, now: datetime
) -> tuple[list[SupporterRow], list[tuple[int, str]]]:
    reader = RowReader(columns, keyring=keyring, now=now)
    rows, refused = [], []
    for record in records:
        try:
            rows.append(reader.read(record.line, plain_cells(record.cells)))
        except InvalidInput as error:
            refused.append((record.line, f"{error.message} {error.hint}".strip()))
    return rows, refused


def as_said(people: People) -> list[tuple[Any, ...]]:
    return list(
        zip(
            people.lines, people.given_names, people.family_names, people.emails,
            people.email_hashes, people.phones, people.phone_hashes, people.confirmed,
            people.languages, people.places, people.tags, people.sources, people.digests,
            people.by_hand, strict=True,
        )
    )  # fmt: skip


def as_said_alone(row: SupporterRow) -> tuple[Any, ...]:
    return (
        row.line, row.given_name, row.family_name, row.email, row.email_hash, row.phone,
        row.phone_hash, row.sms_confirmed_at, row.language, row.place, row.tags, row.source,
        row.digest, bool(row.opt_outs),
    )  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(file=FILES)
def test_columns_say_what_rows_say(
    keyring: Keyring, now: datetime, file: tuple[tuple[str, ...], list[list[str]]]
) -> None:
    names, rows = file
    columns = supporter_columns(names) if "email" in names else Layout({"phone": 0, "tags": 1}, ())
    records = [Record(2 + at, row, "") for at, row in enumerate(rows)]
    expected, refused = one_by_one(records, columns, keyring, now)

    people, aside = PeopleReader(columns, keyring=keyring, now=now).read(records)

    assert as_said(people) == [as_said_alone(row) for row in expected]
    assert [(one.line, one.reason) for one in aside] == refused
    for place, row in enumerate(expected):
        claims = {claim.channel: claim for claim in row.claims}
        for channel, terms, proofs in (
            ("email", people.email_terms, people.email_evidence),
            ("sms", people.sms_terms, people.sms_evidence),
        ):
            claim, found = claims.get(channel), terms[place]
            assert (found is None) == (claim is None)
            if claim and found:
                assert (*found, proofs[place]) == (claim.basis, claim.day, claim.evidence)


def test_a_record_that_is_no_row_is_told_with_its_problem(keyring: Keyring, now: datetime) -> None:
    records = [Record(2, ["a"], "too short"), Record(3, ["a@example.org", ""], "")]
    columns = supporter_columns(("email", "phone"))
    people, aside = PeopleReader(columns, keyring=keyring, now=now).read(records)

    assert [(one.line, one.reason, one.cells) for one in aside] == [(2, "too short", ["a"])]
    assert people.lines == [3]

"""Exports of other tools: recognised, read as the tool means them, and never taken for a yes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.contacts.consent_models import ConsentEvent, Suppression
from mobilize.contacts.dialects import DIALECTS, recognise_tool
from mobilize.contacts.mapping import Choices, lay_out, propose
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.queries import by_email, tags_of
from mobilize.contacts.report import ImportReport
from mobilize.contacts.shaping import Declared
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.mps.names import normalise
from tests.contacts.exports import (
    ACTION_NETWORK,
    CIVICRM,
    MAILCHIMP,
    MAILCHIMP_LEFT,
    NATIONBUILDER,
    export,
)
from tests.contacts.files import HEADER, Importer

EXPRESS = Declared("email", "express", "", "sign-up form of our website")
DOCS = Path(__file__).parents[2] / "docs" / "reference" / "import-formats.md"


def bring(bring_in: Importer, path: Path, **chosen: Any) -> ImportReport:
    table = open_table(path)
    choices = replace(propose(table.header, table.name), **chosen)
    return bring_in(path, columns=lay_out(choices, table.header, file_name=table.name))


def found(db: Database, email: str) -> tuple[Contact, list[str]]:
    with db.read() as session:
        contact = by_email(session, email)
        assert contact is not None
        return contact, tags_of(session, [contact.id]).get(contact.id, [])


def grants(db: Database) -> list[tuple[str, str, str, str]]:
    with db.read() as session:
        rows = session.scalars(select(ConsentEvent).where(ConsentEvent.action == "granted"))
        return [(e.channel, e.basis or "", str(e.basis_date), e.evidence) for e in rows]


def closed(db: Database) -> list[tuple[str, str]]:
    with db.read() as session:
        rows = session.execute(
            select(Suppression.channel, Suppression.reason).order_by(
                Suppression.channel, Suppression.reason
            )
        )
        return [(channel, reason) for channel, reason in rows]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (MAILCHIMP, "mailchimp"),
        (MAILCHIMP_LEFT, "mailchimp"),
        (ACTION_NETWORK, "action_network"),
        (NATIONBUILDER, "nationbuilder"),
        (CIVICRM, "civicrm"),
        (HEADER, None),
        (("Email", "First Name", "Last Name", "Phone"), None),
    ],
)
def test_a_tool_is_known_by_its_header(header: tuple[str, ...], key: str | None) -> None:
    tool = recognise_tool(header, "export.csv")
    assert (tool.key if tool else None) == key


@pytest.mark.parametrize(
    "header", [MAILCHIMP, MAILCHIMP_LEFT, ACTION_NETWORK, NATIONBUILDER, CIVICRM]
)
def test_every_column_of_an_export_is_accounted_for(header: tuple[str, ...]) -> None:
    tool = recognise_tool(header, "export.csv")
    assert tool is not None
    known = tool.columns.keys() | tool.aside
    assert [title for title in header if normalise(title) not in known] == []
    assert tool.columns.keys() & tool.aside == set()


@pytest.mark.parametrize("tool", DIALECTS, ids=lambda tool: tool.key)
def test_the_reference_lists_every_column_that_something_is_taken_from(tool: Any) -> None:
    text = DOCS.read_text("utf-8")
    section = normalise(text.split(f"## {tool.title}\n", 1)[1].split("\n## ", 1)[0])
    for column in tool.columns:
        assert f" {column} " in f" {section} ", column


def test_mailchimp_is_read_with_no_consent_of_its_own(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    row = {
        "Email Address": "ana@example.org",
        "First Name": "Ana",
        "Last Name": "Example",
        "Address": "12 Sample Street  Toronto  ON  M5V 2T6  CA",
        "Phone Number": "613 555-0101",
        "CONFIRM_TIME": "2024-02-03 04:06:00",
        "OPTIN_TIME": "2024-02-03 04:05:06",
        "OPTIN_IP": "192.0.2.7",
        "LEID": "1",
        "NOTES": "told us about her case",
        "TAGS": '"VIP","Choir"',
    }
    report = bring(bring_in, export(tmp_path / "subscribed_members.csv", MAILCHIMP, [row]))

    assert (report.created, report.rejected, report.consents) == (1, 0, {})
    contact, tags = found(db, "ana@example.org")
    assert (contact.given_name, contact.fsa, contact.phone) == ("Ana", "M5V", "+16135550101")
    assert tags == ["choir", "vip"]
    with db.read() as session:
        run = session.scalars(select(ImportRun)).one()
    assert (run.dialect, run.mapping["dialect"]) == ("mailchimp", "mailchimp")
    assert "12 Sample" not in str(vars(contact))


def test_an_opt_in_time_is_evidence_once_the_organizer_says_so(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [
        {"Email Address": "a@example.org", "CONFIRM_TIME": "2024-02-03 04:06:00", "LEID": "1"},
        {"Email Address": "b@example.org", "OPTIN_TIME": "2023-01-01 00:00:00", "LEID": "2"},
        {"Email Address": "c@example.org", "LEID": "3"},
    ]
    path = export(tmp_path / "subscribed_members.csv", MAILCHIMP, rows)
    report = bring(bring_in, path, declared=(EXPRESS,))

    assert report.consents == {"email": 2}
    assert report.without_consent == {"email:not_claimed": 1}
    proof = "sign-up form of our website; Mailchimp, "
    assert grants(db) == [
        ("email", "express", "2024-02-03", f"{proof}2024-02-03"),
        ("email", "express", "2023-01-01", f"{proof}2023-01-01"),
    ]


@pytest.mark.parametrize(
    ("name", "header", "reason"),
    [
        ("unsubscribed_members_export_1.csv", MAILCHIMP, "unsubscribed"),
        ("cleaned_members_export_1.csv", MAILCHIMP, "bounced"),
        ("anything.csv", MAILCHIMP_LEFT, "unsubscribed"),
    ],
)
def test_who_left_or_was_cleaned_at_mailchimp_is_closed_whatever_is_declared(
    db: Database,
    bring_in: Importer,
    tmp_path: Path,
    name: str,
    header: tuple[str, ...],
    reason: str,
) -> None:
    row = {"Email Address": "a@example.org", "CONFIRM_TIME": "2024-02-03 04:06:00", "LEID": "1"}
    row |= {"UNSUB_TIME": "2025-01-01 10:00:00"} if "UNSUB_TIME" in header else {}
    report = bring(bring_in, export(tmp_path / name, header, [row]), declared=(EXPRESS,))

    assert (report.closed, report.created, report.consents) == (1, 0, {})
    assert closed(db) == [("email", reason)]


def test_who_never_subscribed_at_mailchimp_gets_no_declared_consent(
    bring_in: Importer, tmp_path: Path
) -> None:
    row = {"Email Address": "a@example.org", "OPTIN_TIME": "2024-02-03 04:06:00"}
    path = export(tmp_path / "nonsubscribed_members_export_1.csv", MAILCHIMP, [row])
    assert bring(bring_in, path, declared=(EXPRESS,)).consents == {}


def test_action_networks_status_decides_who_a_declared_consent_counts_for(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    statuses = (
        "subscribed", "unsubscribed", "bouncing", "previous bounce", "spam complaint",
        "previous spam complaint", "a word of tomorrow", "",
    )  # fmt: skip
    rows = [
        {
            "email": f"p{number}@example.org",
            "zip_code": "K1A 0A6" if number else "90210",
            "can2_user_tags": "Trained, Phone_Bank",
            "can2_subscription_status": status,
            "can2_subscription_date": "2024-05-06",
            "can2_sms_status": "unsubscribed",
            "can2_phone": "16135550101",
        }
        for number, status in enumerate(statuses)
    ]
    path = export(tmp_path / "a.csv", ACTION_NETWORK, rows)
    report = bring(bring_in, path, declared=(EXPRESS,))

    assert (report.created, report.closed, report.rejected) == (2, 6, 0)
    assert report.consents == {"email": 1}
    assert sorted(reason for channel, reason in closed(db) if channel == "email") == [
        "bounced", "bounced", "complaint", "complaint", "unsubscribed", "unsubscribed",
    ]  # fmt: skip
    contact, tags = found(db, "p0@example.org")
    assert contact.fsa is None, "a postal code from elsewhere is left out, the person is kept"
    assert tags == ["phone_bank", "trained"]


def test_nationbuilders_many_ways_to_say_no_all_count(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows: list[Mapping[str, str]] = [
        {
            "email": "a@example.org", "first_name": "Ana", "email_opt_in": "true",
            "phone_number": "613-555-0101", "mobile_number": "613-555-0102",
            "mobile_opt_in": "true", "primary_zip": "k1a0a6", "language": "French",
            "tag_list": "vip, rally", "employer": "Somebody",
        },
        {"email": "b@example.org", "email_opt_in": "false", "email1_is_bad": "true"},
        {"email": "c@example.org", "email_opt_in": "true", "unsubscribed_at": "10/29/2025 7:10 AM"},
        {"email": "d@example.org", "email_opt_in": "true", "do_not_contact": "true"},
        {"email": "e@example.org", "email_opt_in": "true", "email1_is_bad": "true"},
    ]  # fmt: skip
    path = export(tmp_path / "a.csv", NATIONBUILDER, rows)
    declared = (EXPRESS._replace(day="2025-01-01"),)
    report = bring(bring_in, path, declared=declared)

    assert (report.created, report.closed, report.consents) == (1, 4, {"email": 1})
    assert closed(db) == [("email", "bounced"), *[("email", "unsubscribed")] * 3]
    contact, tags = found(db, "a@example.org")
    assert (contact.phone, contact.language, tags) == ("+16135550102", "fr", ["rally", "vip"])
    assert "employer" in report.ignored_columns


def test_civicrms_people_alone_are_brought_in(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    someone = {"Contact Type": "Individual", "Preferred Language": "French (Canada)"}
    rows = [
        someone | {"Email": "a@example.org", "Tag(s)": "Choir, Rally", "Postal Code": "H2X 1Y4"},
        someone | {"Email": "b@example.org", "No Bulk Emails (User Opt Out)": "Yes"},
        someone | {"Email": "c@example.org", "Do Not Email": "1"},
        someone | {"Email": "d@example.org", "On Hold": "On Hold Bounce"},
        someone | {"Email": "e@example.org", "Phone": "613-555-0101", "Do Not Sms": "Yes",
                   "Do Not Phone": "Yes"},
        someone | {"Email": "f@example.org", "Deceased": "Yes"},
        {"Contact Type": "Organization", "Email": "g@example.org"},
    ]  # fmt: skip
    report = bring(bring_in, export(tmp_path / "a.csv", CIVICRM, rows))

    assert (report.created, report.closed, report.rejected) == (2, 3, 2)
    assert [line for line, _ in report.rejects] == [7, 8]
    assert "marked as deceased" in report.rejects[0][1]
    assert "an organization" in report.rejects[1][1]
    contact, tags = found(db, "a@example.org")
    assert (contact.language, contact.province, tags) == ("fr", "QC", ["choir", "rally"])
    assert closed(db) == [
        ("email", "bounced"),
        ("email", "unsubscribed"),
        ("email", "unsubscribed"),
        ("sms", "unsubscribed"),
        ("voice", "unsubscribed"),
    ]


def test_what_a_tool_does_not_know_of_is_refused_by_its_name_as_ever() -> None:
    with pytest.raises(InvalidInput, match="immigration status"):
        propose((*NATIONBUILDER, "immigration_status"), "a.csv")
    choices = Choices(("*",) * len(CIVICRM), dialect="civicrm")
    with pytest.raises(InvalidInput, match="cannot be read as"):
        lay_out(choices, CIVICRM, file_name="a.csv")

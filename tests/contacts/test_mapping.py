"""Columns mapped by hand, and what an organizer declares for a whole file."""

import json
import pickle
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.custom_fields import all_fields, create_field, values_of
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.mapping import Choices, lay_out, propose, remembered, with_targets
from mobilize.contacts.models import ImportRun
from mobilize.contacts.opening import open_table
from mobilize.contacts.queries import by_email, tags_of
from mobilize.contacts.rehearsing import rehearse
from mobilize.contacts.report import ImportReport
from mobilize.contacts.shaping import Declared
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from tests.contacts.exports import MAILCHIMP, export
from tests.contacts.files import HEADER, Importer, person, write

TITLES = ("Mail", "Prénom", "T-shirt", "Choir?", "Groups", "Remarks")
TARGETS = {
    "Mail": "email",
    "T-shirt": "field:shirt_size",
    "Choir?": "tag:Choir",
    "Groups": "tags",
    "Remarks": "",
}
ROW = {
    "Mail": "ana@example.org", "Prénom": "Ana", "T-shirt": "Large", "Choir?": "x", "Groups": "a;b",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _shirt_size(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        create_field(
            session,
            key="shirt_size",
            label_en="Shirt size",
            label_fr="Taille",
            kind="choice",
            choices=[
                {"key": "large", "en": "Large", "fr": "Grand"},
                {"key": "small", "en": "Small", "fr": "Petit"},
            ],
            actor="command",
            now=now,
        )


def bring(
    db: Database, bring_in: Importer, path: Path, targets: dict[str, str] = TARGETS, **more: Any
) -> ImportReport:
    table = open_table(path)
    with db.read() as session:
        choices = with_targets(propose(table.header, table.name), table.header, targets)
        choices = Choices.from_json(json.loads(json.dumps(replace(choices, **more).as_json())))
        layout = lay_out(choices, table.header, file_name=table.name, fields=all_fields(session))
    return bring_in(path, columns=pickle.loads(pickle.dumps(layout)))  # noqa: S301 - our own


def test_columns_become_fields_tags_and_ours(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    wrong = ROW | {"Mail": "b@example.org", "T-shirt": "enormous"}
    path = export(tmp_path / "a.csv", TITLES, [ROW, wrong])
    report = bring(db, bring_in, path, language="fr", source="Fall rally", tags=("rally",))

    assert (report.created, report.rejected) == (1, 1)
    assert report.ignored_columns == ("Remarks",)
    with db.read() as session:
        contact = by_email(session, "ana@example.org")
        assert contact is not None
        tags = tags_of(session, [contact.id])[contact.id]
        answers = values_of(session, [contact.id])[contact.id]
        kept = session.scalars(select(ImportAnswer)).one()
        run = session.scalars(select(ImportRun)).one()
    assert (contact.given_name, contact.language, contact.source) == ("Ana", "fr", "Fall rally")
    assert tags == ["a", "b", "choir", "rally"]
    assert answers == {"shirt_size": "large"}
    assert (kept.contact_id, kept.before) == (contact.id, "")
    assert run.mapping["targets"] == [
        "email", "given_name", "field:shirt_size", "tag:Choir", "tags", "",
    ]  # fmt: skip


def test_what_a_row_says_outweighs_what_holds_for_all(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [person(1, language="fr"), person(2, language="")]
    rows[1] |= dict.fromkeys(("consent_email_basis", "consent_email_evidence"), "")
    declared = Declared("email", "implied_volunteer", "2026-01-02", "list of the choir")
    report = bring(
        db, bring_in, write(tmp_path / "a.csv", rows), {}, language="en", declared=(declared,)
    )

    assert report.consents == {"email": 2}
    with db.read() as session:
        events = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
        languages = [
            contact.language
            for n in (1, 2)
            if (contact := by_email(session, f"person{n}@example.org"))
        ]
    assert [(e.basis, e.evidence) for e in events] == [
        ("express", "form of the fall rally, sheet 3"),
        ("implied_volunteer", "list of the choir"),
    ]
    assert languages == ["fr", "en"]


def test_the_same_bytes_read_another_way_are_another_import(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    path = export(tmp_path / "a.csv", TITLES, [ROW])
    bring(db, bring_in, path)
    report = bring(db, bring_in, path, tags=("rally",))

    assert (report.updated, report.repeated) == (1, 0)


def test_the_last_files_columns_are_remembered_for_the_same_header(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring(db, bring_in, export(tmp_path / "a.csv", TITLES, [ROW]), tags=("rally",))
    with db.read() as session:
        again = remembered(session, TITLES, "b.csv")
        other = remembered(session, TITLES[:-1], "b.csv")

    assert again.targets[2:4] == ("field:shirt_size", "tag:Choir")
    assert again.tags == (), "what held for every row is chosen anew"
    assert other == propose(TITLES[:-1], "b.csv")


def test_a_file_in_our_own_words_is_read_as_it_stands() -> None:
    layout = lay_out(propose(HEADER, "a.csv"), HEADER, file_name="a.csv")
    assert (layout.shape, layout.mapping) == (None, {})


OWN = ("email", "kind", "do_not_contact", "riding", "source", "field:shirt_size", "field:gone")


@pytest.mark.parametrize(
    ("chosen", "answers", "ignored"),
    [
        ({}, {"shirt_size": "large"}, ("field:gone",)),
        ({"language": "fr"}, {"shirt_size": "large"}, ("field:gone",)),
        ({"without": "field:shirt_size"}, {}, ("field:shirt_size", "field:gone")),
    ],
)
def test_of_our_own_export_all_is_taken_that_can_be_and_no_answer_that_is_not_wanted(
    db: Database,
    bring_in: Importer,
    tmp_path: Path,
    chosen: dict[str, str],
    answers: dict[str, str],
    ignored: tuple[str, ...],
) -> None:
    row = dict(
        zip(OWN, ("a@example.org", "partner", "yes", "24008", "fair", "large", "x"), strict=True)
    )
    path = write(tmp_path / "a.csv", [row], header=OWN)
    table = open_table(path)
    with db.read() as session:
        choices = remembered(session, table.header, table.name)
        left_out = {chosen["without"]: ""} if "without" in chosen else {}
        choices = with_targets(choices, table.header, left_out)
        choices = replace(choices, language=chosen.get("language", ""))
        layout = lay_out(choices, table.header, file_name=table.name, fields=all_fields(session))
    if not chosen:
        assert (layout.shape, layout.mapping) == (None, {}), "its names are ours"
    foreseen = rehearse(
        db, table=table, columns=layout, clock=bring_in.clock, keyring=bring_in.keyring
    ).report
    report = bring_in(path, columns=layout)

    assert (report.created, report.ignored_columns) == (1, ignored)
    assert foreseen.ignored_columns == ignored
    with db.read() as session:
        one = by_email(session, "a@example.org")
        assert one is not None
        assert (one.kind, one.do_not_contact, one.riding_id is not None) == ("partner", True, True)
        assert values_of(session, [one.id]).get(one.id, {}) == answers


@pytest.mark.parametrize(
    ("targets", "says"),
    [
        ({"Mail": ""}, "neither a column for the email"),
        ({"Remarks": "nonsense"}, "cannot be read as"),
        ({"Remarks": "field:unknown"}, "cannot be read as"),
        ({"Remarks": "email"}, "Two columns are the email"),
        ({"Remarks": "tag:survivor"}, "names whether somebody is a survivor"),
        ({"Remarks": "*"}, "cannot be read as"),
        ({"Remarks": "consent_email_basis"}, "lacks the columns"),
        ({"Nowhere": "email"}, "no column “Nowhere”"),
    ],
)
def test_choices_that_do_not_fit_are_refused(
    db: Database, bring_in: Importer, tmp_path: Path, targets: dict[str, str], says: str
) -> None:
    path = export(tmp_path / "a.csv", TITLES, [ROW])
    with pytest.raises(InvalidInput, match=says):
        bring(db, bring_in, path, TARGETS | targets)


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (Declared("email", "assumed", "2026-01-01", "form"), "no consent basis"),
        (Declared("email", "express", "", "form"), "needs the day"),
        (Declared("email", "express", "1 May", "form"), "is no date"),
        (Declared("email", "express", "2026-01-01", "  "), "needs its proof"),
        (Declared("sms", "express", "2026-01-01", "form"), "no address for it"),
        (Declared("voice", "express", "2026-01-01", "form"), "no address for it"),
    ],
)
def test_a_declared_consent_is_whole_or_refused(
    db: Database, bring_in: Importer, tmp_path: Path, declared: Declared, says: str
) -> None:
    path = export(tmp_path / "a.csv", TITLES, [ROW])
    with pytest.raises(InvalidInput, match=says):
        bring(db, bring_in, path, declared=(declared,))


def test_a_column_that_must_not_be_kept_cannot_be_mapped() -> None:
    titles = ("Email", "Visa")
    with pytest.raises(InvalidInput, match="immigration status"):
        propose(titles, "a.csv")
    for target in ("tags", "", "tag:x"):
        with pytest.raises(InvalidInput, match="immigration status"):
            lay_out(Choices(("email", target)), titles, file_name="a.csv")


def test_a_tools_own_column_may_be_read_otherwise(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    row = {"Email Address": "ana@example.org", "Phone Number": "not one", "LEID": "1"}
    path = export(tmp_path / "subscribed.csv", MAILCHIMP, [row])
    assert bring(db, bring_in, path, {}).rejected == 1
    assert bring(db, bring_in, path, {"Phone Number": ""}).created == 1

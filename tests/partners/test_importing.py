"""A file of partners: organizations, and who speaks for them."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput
from mobilize.partners import queries
from mobilize.partners.models import Partner, PartnerPerson
from tests.contacts.files import read, write
from tests.partners.conftest import Importer
from tests.partners.files import CLERK, DIRECTOR, HEADER, HOUSE


def test_a_partner_comes_with_the_people_who_speak_for_it(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.csv", [HOUSE | DIRECTOR, HOUSE | CLERK], header=HEADER)
    report = bring_in(path)

    assert report.partners == {"created": 1}
    assert (report.people.created, report.people.rejected) == (2, 0)
    with db.read() as session:
        (partner,) = queries.partners(session).items
        people = queries.people_of(session, partner.id)
        basis = session.scalar(select(ConsentEvent.basis))
    assert (partner.name_fr, partner.province, partner.website) == (
        "Maison Exemple",
        "QC",
        "https://house.example.org",
    )
    assert [(one.contact.email, one.contact.kind, one.person.may_sign) for one in people] == [
        ("director@example.org", "partner", True),
        ("clerk@example.org", "partner", False),
    ]
    assert basis == "published"


def test_the_same_file_twice_changes_nothing(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    rows = [HOUSE | DIRECTOR, HOUSE | CLERK, {"name_en": "Example Centre"}]
    path = write(tmp_path / "a.csv", rows, header=HEADER)
    bring_in(path)

    def snapshot() -> list[tuple[object, ...]]:
        with db.read() as session:
            return [
                tuple(row)
                for model in (Partner, PartnerPerson, Contact, ConsentEvent)
                for row in session.execute(
                    select(*model.__table__.columns).order_by(model.__table__.c.id)
                )
            ]

    before = snapshot()
    again = bring_in(path)
    assert again.partners == {"unchanged": 2}
    assert (again.people.created, again.people.unchanged) == (0, 2)
    assert snapshot() == before


def test_a_later_file_changes_what_it_says(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(write(tmp_path / "a.csv", [HOUSE | DIRECTOR], header=HEADER))
    changed = HOUSE | DIRECTOR | {"name_en": "EXAMPLE HOUSE", "kind": "ngo", "may_sign": "no"}
    report = bring_in(write(tmp_path / "b.csv", [changed], header=HEADER))

    assert report.partners == {"updated": 1}
    with db.read() as session:
        (partner,) = queries.partners(session).items
        (one,) = queries.people_of(session, partner.id)
    assert (partner.name_en, partner.kind, one.person.may_sign) == ("EXAMPLE HOUSE", "ngo", False)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name_en": "", "name_fr": ""}, "no name"),
        ({"province": "Texas"}, "no province"),
        ({"website": "javascript:alert(1)"}, "no web address"),
        ({"may_sign": "perhaps"}, "neither yes nor no"),
        ({"email": ""}, "may sign, but there is no email"),
        ({"email": "nobody"}, "no email address"),
    ],
)
def test_a_bad_row_is_put_aside_and_the_rest_is_kept(
    db: Database, bring_in: Importer, tmp_path: Path, wrong: dict[str, str], reason: str
) -> None:
    rows = [{"name_en": "Example Centre"}, HOUSE | DIRECTOR | wrong]
    report = bring_in(write(tmp_path / "a.csv", rows, header=HEADER))

    assert (report.partners["created"], report.people.rejected) == (1, 1)
    assert report.people.rejects_path is not None
    (reject,) = read(report.people.rejects_path)
    assert reject["line"] == "3"
    assert reason in reject["reason"]


def test_a_file_without_names_is_refused(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [], header=["email", "website"])
    with pytest.raises(InvalidInput, match="lacks the column name_en"):
        bring_in(path)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Partner)) == 0

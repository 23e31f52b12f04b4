"""A file of partners: organizations, and who speaks for them."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from mobilize.contacts.consent_models import ConsentEvent
from mobilize.contacts.models import Contact, ImportRun
from mobilize.core.db import Database
from mobilize.core.errors import InvalidInput, Stopped
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
    changed = HOUSE | DIRECTOR | {"name_en": "EXAMPLE HOUSE", "kind": "syndicat", "may_sign": "no"}
    report = bring_in(write(tmp_path / "b.csv", [changed], header=HEADER))

    assert report.partners == {"updated": 1}
    with db.read() as session:
        (partner,) = queries.partners(session).items
        (one,) = queries.people_of(session, partner.id)
    assert (partner.name_en, partner.kind, one.person.may_sign) == (
        "EXAMPLE HOUSE",
        "labour",
        False,
    )


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


def test_kinds_memberships_roles_and_ridings_are_read_in_both_languages(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "organisme,organization,type,adhésion,membre depuis,circonscriptions desservies,"
        "bureaux,email,fonction\n"
        "Maison Exemple,Example House,Maison d’hébergement ou de transition,membre,2019-05-01,"
        "Ottawa-Centre; 24008,24009,direction@example.org,Directrice générale\n"
        "Ligue Exemple,Example League,bowling,,,,,bo@example.org,Trésorière\n"
        "Autre,Other,,,,Nulle-Part,,,\n",
        "utf-8",
    )

    report = bring_in(path)

    assert report.partners == {"created": 2, "kind_unknown": 1}
    assert [line for line, _ in report.people.rejects] == [4]
    with db.read() as session:
        house, league = queries.partners(session).items
        served = queries.ridings_of(session, [house.id])[house.id]
        (director,) = queries.people_of(session, house.id)
        (bo,) = queries.people_of(session, league.id)
    assert (house.kind, house.membership, str(house.member_since)) == (
        "shelter",
        "member",
        "2019-05-01",
    )
    assert {(one.code, one.has_office) for one in served} == {
        ("35079", False),
        ("24008", False),
        ("24009", True),
    }
    assert (director.person.role, director.person.title) == ("director", "Directrice générale")
    assert (league.kind, league.membership, bo.person.role) == ("other", "ally", "contact")


def test_where_a_file_says_nothing_what_stands_there_stays(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    bring_in(
        write(
            tmp_path / "a.csv",
            [HOUSE | {"membership": "member"}],
            header=(*HEADER, "membership"),
        )
    )

    report = bring_in(write(tmp_path / "b.csv", [{"name_en": "Example House"}], header=["name_en"]))

    assert report.partners == {"unchanged": 1}
    with db.read() as session:
        (house,) = queries.partners(session).items
    assert (house.name_fr, house.kind, house.province, house.membership) == (
        "Maison Exemple",
        "shelter",
        "QC",
        "member",
    )


def test_a_file_that_was_stopped_goes_on_where_it_was(
    db: Database, bring_in: Importer, tmp_path: Path
) -> None:
    many = [{"name_en": f"Example {number}"} for number in range(500)]
    rows = [
        HOUSE,
        {"website": "nameless.example.org"},
        *many,
        HOUSE | DIRECTOR | {"website": "else.example.org"},
    ]
    path = write(tmp_path / "a.csv", rows, header=HEADER)

    def stop(_line: int, _lines: int) -> None:
        raise Stopped("Asked to stop.")

    with pytest.raises(Stopped):
        bring_in(path, on_progress=stop)
    with db.read() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.last_line, run.finished_at) == (501, None)
        assert session.scalar(select(func.count()).select_from(Partner)) == 499
    report = bring_in(path)

    assert report.partners == {"created": 501}
    assert (report.people.rows, report.people.created, report.people.rejected) == (503, 1, 1)
    assert report.people.rejects_path is not None
    assert [row["line"] for row in read(report.people.rejects_path)] == ["3"]
    with db.read() as session:
        website = session.scalar(select(Partner.website).where(Partner.name_en == "Example House"))
        run = session.scalars(select(ImportRun)).one()
    assert website == "https://house.example.org", "the first row says what an organization is"
    assert (run.counts["rows"], run.counts["partners"]) == (503, {"created": 501})


def test_columns_are_read_as_one_chooses(db: Database, bring_in: Importer, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Shelter,Mail,Web,Page\nExample House,a@example.org,x,example.org\n", "utf-8")
    chosen = {"Shelter": "name_en", "Mail": "email", "Web": "", "Page": "website"}
    report = bring_in(path, chosen=chosen)

    assert (report.partners, report.people.created) == ({"created": 1}, 1)
    assert report.people.ignored_columns == ("Web",)
    with db.read() as session:
        assert session.scalars(select(Partner.website)).one() == "https://example.org"
    for wrong, says in (({"Shelter": "shirt"}, "cannot be read as"), ({"House": ""}, "no column")):
        with pytest.raises(InvalidInput, match=says):
            bring_in(path, chosen=wrong)

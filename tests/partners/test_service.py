"""A partner signs on with authority, withdraws, signs again; each step leaves its trace."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts.queries import by_email
from mobilize.core import personal_data
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.messaging.models import Message
from mobilize.partners import personal, queries
from mobilize.partners.models import SignOn
from mobilize.partners.service import (
    SignOnRequest,
    confirm_sign_on,
    request_sign_on,
    withdraw_sign_on,
)
from mobilize.strategy.models import DemandVersion
from tests.contacts.files import write
from tests.partners.conftest import Importer
from tests.partners.files import CLERK, DIRECTOR, HEADER, HOUSE

DAY = timedelta(days=1)


@pytest.fixture
def form(version: DemandVersion, bring_in: Importer, tmp_path: Path) -> SignOnRequest:
    """What the director of the house fills in."""
    rows = [HOUSE | DIRECTOR, HOUSE | CLERK, {"name_en": "Example Centre"}]
    bring_in(write(tmp_path / "partners.csv", rows, header=HEADER))
    return SignOnRequest(
        demand_version_id=version.id,
        organization="maison exemple",
        email="Director@Example.org",
        signatory_name="Ana Lee",
        signatory_title="Director",
        language="fr",
    )


def ask(db: Database, form: SignOnRequest, now: datetime, **changes: object) -> SignOn | None:
    with db.transaction() as session:
        changed = replace(form, **changes)  # type: ignore[arg-type]
        return request_sign_on(session, request=changed, now=now)


def asked(db: Database, form: SignOnRequest, now: datetime) -> SignOn:
    sign_on = ask(db, form, now)
    assert sign_on is not None
    return sign_on


def confirm(db: Database, sign_on: SignOn, now: datetime) -> None:
    with db.transaction() as session:
        confirm_sign_on(session, sign_on_id=sign_on.id, now=now)


def withdraw(db: Database, sign_on: SignOn, now: datetime) -> None:
    with db.transaction() as session:
        withdraw_sign_on(session, sign_on_id=sign_on.id, now=now)


def public(db: Database, version: DemandVersion) -> list[str]:
    with db.read() as session:
        return [one.name("fr") for one in queries.public_sign_ons(session, version.id)]


def letters(db: Database) -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Message.dedupe_key).order_by(Message.id)))


def steps(db: Database, sign_on: SignOn) -> list[str]:
    with db.read() as session:
        return [step.kind for step in queries.trail(session, sign_on.id)]


def test_a_sign_on_counts_once_it_is_confirmed(
    db: Database, version: DemandVersion, form: SignOnRequest, now: datetime
) -> None:
    sign_on = asked(db, form, now)
    assert (sign_on.state, public(db, version)) == ("pending", [])

    confirm(db, sign_on, now + DAY)
    confirm(db, sign_on, now + 2 * DAY)
    assert public(db, version) == ["Maison Exemple"]
    assert steps(db, sign_on) == ["requested", "confirmed"]
    assert letters(db) == [f"sign-on-confirm:{sign_on.id}", f"sign-on-confirmed:{sign_on.id}"]
    with db.read() as session:
        assert queries.counts_by_version(session) == {version.id: 1}


@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        ({"email": "stranger@example.org"}, False),
        ({"email": "clerk@example.org"}, False),
        ({"organization": "Example Centre"}, True),
        ({"organization": "Nobody knows it"}, True),
    ],
)
def test_without_authority_nothing_goes_out_and_organizers_are_told(
    db: Database, form: SignOnRequest, now: datetime, changes: dict[str, str], noted: bool
) -> None:
    assert ask(db, form, now, **changes) is None

    assert letters(db) == []
    with db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "sign-on.unmatched")
        ).one()
    assert entry.facts["may_sign_for_another"] is noted
    assert "example.org" not in str(entry.facts)


def test_asking_again_sends_no_second_letter(
    db: Database, form: SignOnRequest, now: datetime
) -> None:
    first, second = asked(db, form, now), asked(db, form, now + DAY)
    assert first.id == second.id
    assert len(letters(db)) == 1


def test_what_is_not_confirmed_in_a_week_lapses(
    db: Database, form: SignOnRequest, now: datetime
) -> None:
    first = asked(db, form, now)
    with pytest.raises(Conflict):
        confirm(db, first, now + 7 * DAY)
    second = asked(db, form, now + 7 * DAY)
    assert first.id != second.id
    assert steps(db, first) == ["requested", "lapsed"]


def test_a_withdrawn_sign_on_keeps_its_trail_and_can_be_signed_again(
    db: Database, version: DemandVersion, form: SignOnRequest, now: datetime
) -> None:
    first = asked(db, form, now)
    confirm(db, first, now + DAY)
    withdraw(db, first, now + 2 * DAY)
    withdraw(db, first, now + 3 * DAY)
    assert public(db, version) == []
    assert steps(db, first) == ["requested", "confirmed", "withdrawn"]
    with pytest.raises(Conflict):
        confirm(db, first, now + 3 * DAY)

    second = asked(db, form, now + 4 * DAY)
    confirm(db, second, now + 5 * DAY)
    assert public(db, version) == ["Maison Exemple"]
    with db.read() as session:
        partner = queries.partner_named(session, "Example House")
        assert partner is not None
        history = queries.sign_ons_of(session, partner.id)
    assert [one.sign_on.state for one in history] == ["confirmed", "withdrawn"]


def test_who_signed_privately_is_counted_but_not_shown(
    db: Database, version: DemandVersion, form: SignOnRequest, now: datetime
) -> None:
    sign_on = ask(db, form, now, visibility="private")
    assert sign_on is not None
    confirm(db, sign_on, now)
    assert public(db, version) == []
    with db.read() as session:
        assert queries.counts_by_version(session) == {version.id: 1}


def test_only_adopted_words_are_signed(
    db: Database, version: DemandVersion, form: SignOnRequest, now: datetime
) -> None:
    sign_on = asked(db, form, now)
    with db.transaction() as session:
        session.get_one(DemandVersion, version.id).state = "superseded"
    with pytest.raises(Conflict, match="changed since"):
        confirm(db, sign_on, now + DAY)
    with pytest.raises(InvalidInput, match="adopted version"):
        ask(db, form, now + DAY)


def test_a_form_with_gaps_names_them(db: Database, form: SignOnRequest, now: datetime) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(db, form, now, signatory_name=" ", conditions="x" * 2001)
    assert refusal.value.fields == {"signatory_name": "missing", "conditions": "too_long"}


def test_a_sign_on_that_is_none_is_not_found(db: Database, now: datetime) -> None:
    with pytest.raises(NotFound), db.transaction() as session:
        confirm_sign_on(session, sign_on_id=1, now=now)


def test_erasing_the_signatory_leaves_the_organizations_word(
    db: Database, version: DemandVersion, form: SignOnRequest, now: datetime
) -> None:
    sign_on = asked(db, form, now)
    confirm(db, sign_on, now)
    with db.transaction() as session:
        contact = by_email(session, "director@example.org")
        assert contact is not None
        assert personal.show(session, contact.id)["sign_ons"][0]["name"] == "Ana Lee"
        personal_data.erase_person(session, contact.id, actor="supporter", now=now)
    with db.read() as session:
        stands = session.get_one(SignOn, sign_on.id)
    assert (stands.signatory_name, stands.email, stands.state) == ("", None, "confirmed")
    assert public(db, version) == ["Maison Exemple"]

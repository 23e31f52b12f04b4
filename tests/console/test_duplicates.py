"""Duplicates at the console: compared side by side, merged by a plain form, told apart, parted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from mobilize.contacts import joining
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.models import Contact
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk

pytestmark = ONE_DATABASE
LIST = "/console/people/duplicates"


@pytest.fixture
def people(runtime: Runtime, now: datetime) -> list[str]:
    """Three records of one name in one place, and a sister with the number of the first."""
    place: dict[str, Any] = {
        "postal_code": "K1A 0A9",
        "family_name": "Roy",
        "now": now,
    }
    with runtime.db.transaction() as session:
        made = [
            joining.create(session, given_name=name, email=email, phone=phone,
                           actor="supporter", language="fr" if name == "Bob" else "en", **place)
            for name, email, phone in (
                ("Robert", "robert.roy@example.org", "613 555 0123"),
                ("Bob", "bob@example.org", ""),
                ("Robert", "rr@example.org", "613 555 0144"),
                ("Nadia", "nadia@example.org", "613 555 0123"),
            )
        ]  # fmt: skip
        return [one.public_id for one in made]


def pair_of(runtime: Runtime, people: list[str], first: int, second: int) -> str:
    with runtime.db.read() as session:
        ids = [
            session.scalar(select(Contact.id).where(Contact.public_id == people[one]))
            for one in (first, second)
        ]
        pair = session.scalars(
            select(DuplicatePair).where(
                DuplicatePair.first_id == ids[0], DuplicatePair.second_id == ids[1]
            )
        ).one()
        return f"{LIST}/{pair.public_id}"


def test_a_pair_is_compared_merged_field_by_field_and_parted(
    at_desk: Callable[..., Desk], runtime: Runtime, people: list[str]
) -> None:
    desk = at_desk()
    assert LIST in desk.read("/console/people")
    listed = desk.read(LIST)
    assert "3 pairs wait." in listed
    assert "a similar name, the same postal area" in listed
    page = pair_of(runtime, people, 0, 1)
    shown = desk.read(page)
    assert "r•••@example.org" in shown
    assert "robert.roy@example.org" not in shown
    assert "Nadia Roy" in shown, "who shares the number is told"
    told = desk.follow(
        f"{page}/merge", keep="second", name="first", email="second", language="first"
    )
    assert "They are one record now." in told
    with runtime.db.read() as session:
        kept = session.scalars(select(Contact).where(Contact.public_id == people[1])).one()
        assert (kept.given_name, kept.email, kept.language) == ("Robert", "bob@example.org", "en")
        assert kept.phone == "+16135550123"
        merge = session.scalars(select(Merge.public_id)).one()
    assert "This was decided already." in desk.read(page)
    assert people[1] in desk.client.get(f"/console/people/{people[0]}").headers["Location"]
    shown = desk.read(f"/console/people/{people[1]}")
    assert "Records that were merged into this one" in shown
    assert "Shares the number with" in shown
    told = desk.follow(f"/console/people/merges/{merge}/undo")
    assert "They are two records again, each as it was." in told
    assert "3 pairs wait." in told


def test_two_people_stay_two_and_may_be_looked_at_again(
    at_desk: Callable[..., Desk], runtime: Runtime, people: list[str]
) -> None:
    desk, page = at_desk(language="fr"), pair_of(runtime, people, 0, 2)
    assert "le même nom, le même secteur postal" in desk.read(page)
    told = desk.follow(f"{page}/dismiss")
    assert "Ce sont deux personnes" in told
    listed = desk.read(LIST).replace("\u00a0", " ")
    assert "2 paires attendent." in listed
    assert "deux personnes : Robert Roy et Robert Roy" in listed
    assert "Deux personnes" in desk.follow(f"{page}/reopen")


def test_what_cannot_be_merged_any_more_is_said(
    at_desk: Callable[..., Desk], runtime: Runtime, people: list[str]
) -> None:
    desk = at_desk()
    first, second = pair_of(runtime, people, 0, 1), pair_of(runtime, people, 1, 2)
    desk.follow(f"{first}/merge", keep="first")
    assert "This record stands for nobody any more." in desk.follow(f"{second}/merge", keep="first")
    assert "one record by now" in desk.follow(f"{first}/dismiss")


def test_only_who_works_with_people_sees_them(
    at_desk: Callable[..., Desk], people: list[str]
) -> None:
    at_desk("viewer").read(LIST, status=403)

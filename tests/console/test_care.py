"""Texts that need care in the console: named people alone, whatever the role, each look noted."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from mobilize.accounts import grants
from mobilize.accounts.models import Account, AuditEntry
from mobilize.core.errors import Forbidden
from mobilize.messaging.care.models import CareCase, CareText
from mobilize.messaging.receiving import take_text
from mobilize.runtime import Runtime
from tests.console.conftest import ONE_DATABASE, Desk
from tests.console.test_inbox import NUMBER, texted
from tests.messaging.people import add_contact

pytestmark = ONE_DATABASE
TOLD = "He took my passport and I cannot leave the house"


@pytest.fixture
def case(runtime: Runtime) -> str:
    """The address of a case."""
    with runtime.db.transaction() as session:
        add_contact(session, 150, now=runtime.clock.now())
    texted(runtime, "A first question")
    with runtime.db.transaction() as session:
        take_text(
            session, sender=NUMBER, body=TOLD, provider_ref="SM9", settings=runtime.settings,
            now=runtime.clock.now(),
        )  # fmt: skip
    with runtime.db.read() as session:
        return f"/console/care/cases/{session.scalars(select(CareCase.public_id)).one()}"


def name(runtime: Runtime, desk: Desk) -> None:
    with runtime.db.transaction() as session:
        account = session.get_one(Account, desk.account_id)
        grants.grant(
            session, account=account, name=grants.CARE, actor="command", now=runtime.clock.now()
        )


def actions(runtime: Runtime) -> list[str]:
    with runtime.db.read() as session:
        rows = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        return [one for one in rows if one.startswith("care.") or "grant" in one]


@pytest.mark.parametrize("role", ["viewer", "organizer", "approver", "auditor"])
def test_no_role_sees_it(at_desk: Callable[..., Desk], case: str, role: str) -> None:
    desk = at_desk(role)
    desk.read("/console/care", status=403)
    assert desk.send(case).status_code == 403
    assert desk.send(f"{case}/give-back").status_code == 403
    assert desk.send(f"{case}/remove").status_code == 403
    front = desk.read("/console/")
    assert "care" not in front.lower()
    if role in {"organizer", "approver"}:
        assert "passport" not in desk.read("/console/inbox")
        assert "Given150" not in desk.send("/console/inbox", search="Family150").text


def test_an_admin_sees_who_is_named_and_not_what_was_texted(
    at_desk: Callable[..., Desk], case: str
) -> None:
    desk = at_desk("admin")
    page = desk.read("/console/care")
    assert "Who is named" in page
    assert "Texts that need care" not in page
    assert "A message needs care" not in desk.read("/console/")
    assert desk.send(case).status_code == 403


def test_an_admin_is_told_where_nobody_is_named_whether_or_not_a_text_came(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk, other = at_desk("admin"), at_desk("viewer")
    assert "Nobody is named to read texts that need care" in desk.read("/console/")
    name(runtime, other)
    assert "Nobody is named to read texts that need care" not in desk.read("/console/")


def test_the_page_of_what_goes_does_not_say_that_there_is_one(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    assert case
    with runtime.db.transaction() as session:
        session.execute(update(CareText).values(at=runtime.clock.now() - timedelta(days=40)))
    page = at_desk("viewer").read("/console/retention")
    [row] = [one for one in page.split("<tr>") if "Texts that need care" in one]
    assert "not told here" in row
    assert ">2<" not in row


def test_the_page_of_what_goes_says_that_no_worker_runs_and_not_of_what(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    desk = at_desk("viewer")
    assert case
    assert "no worker is running" not in desk.read("/console/retention")
    with runtime.db.transaction() as session:
        session.execute(update(CareText).values(at=runtime.clock.now() - timedelta(days=40)))
    assert "no worker is running" in desk.read("/console/retention")


def test_an_organizer_sets_a_conversation_apart_and_sees_it_no_more(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    page = texted(runtime, "Something that no phrase finds")
    desk = at_desk("organizer")
    assert "Set it apart" in desk.read(page)
    assert "no phrase finds" not in desk.follow(f"{page}/set-apart")
    desk.read(page, status=404)
    with runtime.db.read() as session:
        assert session.scalars(select(CareCase.outcome)).one() == "by_hand"
        case = f"/console/care/cases/{session.scalars(select(CareCase.public_id)).one()}"
    name(runtime, desk)
    assert "set them apart" in desk.send(case).text


def test_an_admin_names_others_never_themself(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    admin, organizer = at_desk("admin"), at_desk("organizer")
    with runtime.db.read() as session:
        own, other = (session.get_one(Account, one.account_id) for one in (admin, organizer))
    refused = admin.follow(f"/console/care/names/{own.public_id}", wanted="yes")
    assert "Nobody names themself." in refused
    admin.follow(f"/console/care/names/{other.public_id}", wanted="yes")
    assert "A message needs care" in organizer.read("/console/")
    admin.follow(f"/console/care/names/{other.public_id}", wanted="no")
    organizer.read("/console/care", status=403)
    assert actions(runtime) == ["account.grant", "account.revoke_grant"]


def test_those_named_read_it_by_an_act_that_is_noted(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    desk = at_desk("viewer")
    name(runtime, desk)
    front = desk.read("/console/")
    assert "A message needs care" in front
    listed = desk.read("/console/care")
    for page in (front, listed):
        assert "passport" not in page
        assert "Given150" not in page
    shown = desk.send(case).text
    assert TOLD in shown
    assert "A first question" in shown
    assert "papers held back" in shown
    assert "number went out" in shown
    assert NUMBER not in shown
    assert NUMBER in desk.send(case, number="yes").text
    assert "A message needs care" not in desk.read("/console/")
    assert actions(runtime) == ["account.grant", "care.open", "care.number"]
    with runtime.db.read() as session:
        facts = str(session.scalars(select(AuditEntry.facts)).all())
    assert "passport" not in facts


def test_what_is_no_disclosure_goes_to_the_inbox(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    desk = at_desk("organizer", language="fr")
    name(runtime, desk)
    assert "La conversation est dans la boîte de réception." in desk.follow(f"{case}/give-back")
    assert "passport" in desk.read("/console/inbox")
    assert desk.send(case).status_code == 404


def test_texts_that_a_word_for_stopping_held_back_may_go_again(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    desk = at_desk("organizer")
    name(runtime, desk)
    assert "Let our other texts go again" not in desk.send(case).text
    with runtime.db.transaction() as session:
        take_text(
            session, sender=NUMBER, body="please make it stop", provider_ref="SM10",
            settings=runtime.settings, now=runtime.clock.now(),
        )  # fmt: skip
    assert "Let our other texts go again" in desk.send(case).text
    assert "Texts go to this number again." in desk.follow(f"{case}/resume")
    assert "Let our other texts go again" not in desk.send(case).text


def test_it_can_be_removed_before_its_days_are_over(
    at_desk: Callable[..., Desk], runtime: Runtime, case: str
) -> None:
    desk = at_desk("organizer")
    name(runtime, desk)
    assert "The texts are gone." in desk.follow(f"{case}/remove")
    assert "No text needs care." in desk.read("/console/care")
    assert "passport" not in desk.read("/console/inbox")


def test_somebody_who_is_suspended_is_named_for_nothing(
    at_desk: Callable[..., Desk], runtime: Runtime
) -> None:
    desk = at_desk("organizer")
    name(runtime, desk)
    with runtime.db.transaction() as session:
        account = session.get_one(Account, desk.account_id)
        account.state = "suspended"
        session.flush()
        assert not grants.holds(session, account_id=account.id, name=grants.CARE)
        with pytest.raises(Forbidden):
            grants.grant(
                session, account=account, name=grants.CARE, now=runtime.clock.now(),
                actor=f"account:{account.public_id}",
            )  # fmt: skip

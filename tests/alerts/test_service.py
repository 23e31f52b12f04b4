"""The way of an alert: no self-approval, no change after approval, no second launch."""

from datetime import datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from mobilize.accounts.models import AuditEntry
from mobilize.actions.models import CampaignText
from mobilize.alerts import queries, service
from mobilize.alerts.content import StepDraft
from mobilize.alerts.jobs import finish_done
from mobilize.alerts.lifecycle import TRANSITIONS
from mobilize.core.db import Database
from mobilize.core.errors import Conflict, Forbidden, InvalidInput
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.queries import current_texts
from mobilize.messaging.service import pause_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.alerts.world import FRENCH, NO_LIMITS, TODAY, approve, launch, make_alert, make_world


def test_an_approved_alert_becomes_one_message_per_person(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        launch(session, world, alert, now)

        counts = queries.results(session, alert.id).messages
        assert [(c.language, c.state, c.people) for c in counts] == [
            ("en", "queued", 2),
            ("fr", "queued", 2),
        ]
        assert alert.state == "sending"


def test_nobody_approves_their_own_alert(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        service.submit(session, alert_id=alert.id, submitted_by=world.author, now=now, today=TODAY)

        with pytest.raises(Forbidden, match="cannot approve"):
            service.approve(session, alert_id=alert.id, approved_by=world.author, now=now)


def test_whoever_edits_last_is_the_author(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        service.edit_alert(
            session,
            alert_id=alert.id,
            name=alert.name,
            campaign_id=alert.campaign_id,
            rules=FRENCH,
            steps=[StepDraft("email", world.template_id)],
            edited_by=world.approver,
            now=now,
        )
        service.submit(session, alert_id=alert.id, submitted_by=world.author, now=now, today=TODAY)

        with pytest.raises(Forbidden):
            service.approve(session, alert_id=alert.id, approved_by=world.approver, now=now)


def test_an_edit_voids_the_approval(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        service.edit_alert(
            session,
            alert_id=alert.id,
            name=alert.name,
            campaign_id=alert.campaign_id,
            rules=FRENCH,
            steps=[StepDraft("email", world.template_id)],
            edited_by=world.author,
            now=now,
        )

        assert (alert.state, alert.approved_by) == ("draft", None)
        with pytest.raises(Conflict, match="draft"):
            launch(session, world, alert, now)


@pytest.mark.parametrize("what", ["message", "page"])
def test_a_changed_text_voids_the_approval(db: Database, now: datetime, what: str) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        if what == "message":
            french = next(
                text
                for text in current_texts(session, world.template_id)
                if (text.channel, text.language) == ("email", "fr")
            )
            draft = TextDraft(channel="email", language="fr", subject="Un geste", body=french.body)
            save_template(session, name="", template_id=world.template_id, texts=[draft], now=now)
        else:
            page = session.get_one(CampaignText, (world.campaign.id, "fr"))
            page.sha256 = "1" * 64
        session.flush()

        with pytest.raises(Conflict, match="changed since"):
            launch(session, world, alert, now)


def test_only_a_small_alert_goes_without_a_second_person(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        service.submit(session, alert_id=alert.id, submitted_by=world.author, now=now, today=TODAY)

    with pytest.raises(Conflict, match="4 people"), db.transaction() as session:
        launch(session, world, alert, now, two_person_over=3)
    with db.transaction() as session:
        assert launch(session, world, alert, now, two_person_over=4).state == "sending"


def test_of_two_who_launch_at_once_one_does(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
    barrier, outcomes = Barrier(2), []

    def try_it() -> None:
        barrier.wait()
        try:
            with db.transaction() as session:
                launch(session, world, alert, now)
            outcomes.append("launched")
        except Conflict:
            outcomes.append("refused")

    threads = [Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["launched", "refused"]
    with db.read() as session:
        assert session.scalar(select(func.count(Message.id))) == 4


def test_a_paused_alert_stops_its_mailings_and_goes_on(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        service.pause(
            session, alert_id=alert.id, paused_by=world.author, reason="a wrong date", now=now
        )
        assert session.scalars(select(Mailing.state).where(Mailing.kind == "alert")).all() == [
            "paused"
        ]

        service.resume(
            session, alert_id=alert.id, resumed_by=world.author, terms=NO_LIMITS, now=now
        )
        assert (alert.state, alert.pause_reason) == ("sending", None)

        service.cancel(session, alert_id=alert.id, cancelled_by=world.author, now=now)
        assert {row.state for row in queries.results(session, alert.id).messages} == {"cancelled"}


def test_an_alert_follows_its_mailings(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        mailing = session.scalars(select(Mailing).where(Mailing.kind == "alert")).one()
    assert finish_done(runtime) == 0

    with runtime.db.transaction() as session:
        pause_mailing(session, mailing_id=mailing.id, reason="too many bounced")
    finish_done(runtime)
    with runtime.db.transaction() as session:
        paused = queries.alert_by_public_id(session, alert.public_id)
        assert (paused.state, paused.pause_reason) == ("paused", "too many bounced")
        session.get_one(Mailing, mailing.id).state = "done"

    finish_done(runtime)
    with runtime.db.read() as session:
        assert queries.alert_by_public_id(session, alert.public_id).state == "done"


def test_every_step_of_the_way_is_in_the_audit_log(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        session.flush()

        actions = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.subject_kind == "alert")
            .order_by(AuditEntry.id)
        ).all()
    assert actions == ["alert.create", "alert.submit", "alert.approve", "alert.launch"]


def test_a_channel_stands_once_in_an_alert(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        twice = [StepDraft("email", world.template_id)] * 2

        with pytest.raises(InvalidInput, match="at most once"):
            service.create_alert(
                session,
                name="Twice",
                campaign_id=world.campaign.id,
                rules=FRENCH,
                steps=twice,
                created_by=world.author,
                now=now,
            )


def test_nothing_leaves_the_states_that_are_ends() -> None:
    left = {source for targets in TRANSITIONS.values() for source in targets}

    assert left.isdisjoint({"done", "cancelled"})

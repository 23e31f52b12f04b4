"""Preflight: everything that blocks is named, and everybody is counted with a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, CampaignText, MpContact, Participation
from mobilize.alerts import queries
from mobilize.alerts.audience import select_contacts
from mobilize.alerts.content import StepDraft, campaign_card, long_date
from mobilize.alerts.preflight import Preflight, find_problems, find_warnings, preflight
from mobilize.alerts.problems import WORDS, Problem
from mobilize.alerts.spending import terms_from
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.models import Message, TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.mps.models import Riding
from mobilize.runtime import Runtime
from mobilize.strategy.models import DemandVersion
from tests.alerts.world import EVERYBODY, TODAY, World, approve, launch, make_alert, make_world
from tests.messaging.people import add_contact


def _close(session: Session, world: World) -> None:
    session.get_one(Campaign, world.campaign.id).closes_on = date(2026, 11, 21)


def _open_later(session: Session, world: World) -> None:
    session.get_one(Campaign, world.campaign.id).opens_on = date(2026, 11, 23)


def _unpublish(session: Session, world: World) -> None:
    session.get_one(Campaign, world.campaign.id).state = "draft"


def _unadopt(session: Session, world: World) -> None:
    session.execute(update(DemandVersion).values(state="draft"))


def _drop_page(session: Session, world: World) -> None:
    session.execute(delete(CampaignText).where(CampaignText.language == "fr"))


def _unreview_page(session: Session, world: World) -> None:
    session.execute(update(CampaignText).values(reviewed_at=None))


def _drop_french(session: Session, world: World) -> None:
    session.execute(delete(TemplateText).where(TemplateText.language == "fr"))


def _unreview(session: Session, world: World) -> None:
    session.execute(update(TemplateText).values(reviewed_at=None))


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (_close, {"campaign_closed"}),
        (_open_later, {"campaign_not_open"}),
        (_unpublish, {"campaign_not_published"}),
        (_unadopt, {"demand_not_adopted"}),
        (_drop_page, {"page_missing"}),
        (_unreview_page, {"page_not_reviewed"}),
        (_drop_french, {"text_missing"}),
        (_unreview, {"text_not_reviewed"}),
    ],
)
def test_each_thing_that_blocks_is_named(
    db: Database, now: datetime, spoil: Callable[[Session, World], None], codes: set[str]
) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=1)
        steps = [StepDraft("email", world.template_id)]

        def found() -> set[str]:
            session.expire_all()
            card = campaign_card(session, world.campaign.id)
            problems = find_problems(session, card=card, people=1, steps=steps, today=TODAY)
            return {problem.code for problem in problems}

        assert found() == set()
        spoil(session, world)
        session.flush()
        assert found() == codes


def test_a_name_that_nothing_provides_blocks(db: Database, now: datetime) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=1)
        draft = TextDraft(channel="sms", language="en", body="Hello {{ nickname }}")
        template = save_template(session, name="Odd", texts=[draft], now=now)

        problems = find_problems(
            session,
            card=campaign_card(session, world.campaign.id),
            people=0,
            steps=[StepDraft("sms", template.id)],
            today=TODAY,
        )

    assert Problem("unknown_names", "sms", "en", ("nickname",)) in problems
    assert {"nobody", "text_missing"} <= {problem.code for problem in problems}


@pytest.mark.parametrize(
    ("channel", "body", "discreet", "problems", "warnings"),
    [
        ("sms", "Reply STOP. Envoyez ARRET", "", set(), set()),
        ("sms", "To leave: {{ leave_url }}", "", set(), set()),
        ("sms", "Nonstop, arret", "", {"stop_missing"}, set()),
        ("sms", "Reply STOP", "A word", {"stop_missing"}, set()),
        ("sms", "Ça compte. STOP", "", set(), set()),
        ("sms", "Même la fête. STOP", "", set(), {"sms_costly"}),
        ("email", "{% if mp %}" + "word " * 1100 + "{% endif %}", "", {"values_too_long"}, set()),
        ("email", ("word " * 3000 + "\n\n"), "", set(), set()),
        ("email", "[a](https://e.org)\n\n" * 1000, "", set(), {"mail_clipped"}),
    ],
)
@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_each_text_is_looked_at_by_itself(
    db: Database,
    now: datetime,
    channel: Channel,
    body: str,
    discreet: str,
    problems: set[str],
    warnings: set[str],
) -> None:
    with db.transaction() as session:
        world = make_world(session, now, people=1)
        drafts = [
            TextDraft(
                channel=channel, language=language, subject="A word", body=body, discreet=discreet
            )
            for language in LANGUAGES
        ]
        steps = [StepDraft(channel, save_template(session, name="Odd", texts=drafts, now=now).id)]
        card = campaign_card(session, world.campaign.id)
        found = find_problems(session, card=card, people=1, steps=steps, today=TODAY)
        warned = find_warnings(session, card=card, steps=steps)
    assert {one.code for one in found} - {"text_not_reviewed"} == problems
    assert {one.code for one in warned} == warnings


def test_what_differs_is_measured_with_the_audiences_own_longest_values(
    db: Database, now: datetime
) -> None:
    """Sixty times a first name: of a hundred bytes it would not fit, and nobody's is so long."""
    body = "".join(
        f"{{% if given_name %}}{number} {{{{ given_name }}}}{{% endif %}} " for number in range(60)
    )
    with db.transaction() as session:
        world = make_world(session, now)
        drafts = [
            TextDraft(channel="email", language=language, subject="A word", body=body)
            for language in LANGUAGES
        ]
        step = StepDraft("email", save_template(session, name="Odd", texts=drafts, now=now).id)
        card = campaign_card(session, world.campaign.id)

        def too_long() -> set[str | None]:
            found = find_problems(
                session,
                card=card,
                people=4,
                steps=[step],
                today=TODAY,
                recipients=select_contacts(session, EVERYBODY, now=now),
            )
            return {one.language for one in found if one.code == "values_too_long"}

        assert too_long() == set()
        session.execute(
            update(Contact).where(Contact.given_name == "Given1").values(given_name="É" * 100)
        )
        assert too_long() == {"fr"}, "the long name gets the French text alone"


def test_every_problem_has_words_in_both_languages() -> None:
    for code in WORDS:
        problem = Problem(code, "email", "fr", ("x",))
        assert "{" not in problem.text("en") + problem.text("fr")


def test_preflight_counts_who_gets_it_and_who_does_not(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        add_contact(session, 20, now=now, language="fr", consents=())
        add_contact(session, 21, now=now, language=None)
    with runtime.db.read() as session:
        found = _preflight(session, runtime, world, now)

    assert (found.people, found.needs_approval, found.problems) == (6, True, [])
    (step,) = found.steps
    assert {(g.language, g.reason): g.people for g in step.groups} == {
        ("en", None): 2,
        ("fr", None): 2,
        ("fr", "no_consent"): 1,
        (None, "no_language"): 1,
    }


def test_what_preflight_counts_is_what_the_launch_freezes(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        world = make_world(session, now)
        add_contact(session, 21, now=now, language=None)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        people = _preflight(session, runtime, world, now).people
        launch(session, world, alert, now)

        frozen = queries.results(session, alert.id).messages
        assert sum(count.people for count in frozen) == people
        assert [c.reason for c in frozen if c.state == "skipped"] == ["no_language"]


def test_small_numbers_are_hidden_from_those_who_see_no_records(
    db: Database, now: datetime
) -> None:
    with db.transaction() as session:
        world = make_world(session, now)
        alert = make_alert(session, world, now)
        approve(session, world, alert, now)
        launch(session, world, alert, now)
        message = session.scalars(select(Message).order_by(Message.id)).first()
        assert message is not None
        _act(session, world, message, now)

        full = queries.results(session, alert.id)
        cut = queries.results(session, alert.id, hide_small=True)

    assert (full.completed, full.campaign_completed) == (1, 1)
    assert [(c.channel, c.contacts) for c in full.mp_contacts] == [("call", 1)]
    assert [(c.channel, c.contacts) for c in cut.mp_contacts] == [("call", None)]


def test_nothing_goes_without_an_address_of_the_sender(runtime: Runtime, now: datetime) -> None:
    site = replace(runtime.settings.site, postal_address="")
    nameless = replace(runtime, settings=replace(runtime.settings, site=site))
    with runtime.db.transaction() as session:
        world = make_world(session, now, people=1)
        assert _preflight(session, runtime, world, now).problems == []
        [problem] = _preflight(session, nameless, world, now).problems
    assert problem.code == "postal_address_missing"
    assert "adresse postale" in problem.text("fr")


def test_days_are_written_as_each_language_does() -> None:
    assert long_date(date(2026, 12, 1), "en") == "December 1, 2026"
    assert long_date(date(2026, 12, 1), "fr") == "1er décembre 2026"
    assert long_date(date(2026, 12, 11), "fr") == "11 décembre 2026"


def _preflight(session: Session, runtime: Runtime, world: World, now: datetime) -> Preflight:
    return preflight(
        session,
        campaign_id=world.campaign.id,
        rules=EVERYBODY,
        steps=[StepDraft("email", world.template_id)],
        now=now,
        today=TODAY,
        terms=terms_from(runtime.settings),
        two_person_over=5,
    )


def _act(session: Session, world: World, message: Message, now: datetime) -> None:
    riding_id = session.scalars(select(Riding.id).limit(1)).one()
    session.add(
        Participation(
            campaign_id=world.campaign.id,
            contact_id=message.contact_id,
            message_id=message.id,
            mailing_id=message.mailing_id,
            language=message.language,
            completed_at=now,
        )
    )
    session.add(
        MpContact(
            campaign_id=world.campaign.id,
            demand_version_id=world.campaign.demand_version_id,
            contact_id=message.contact_id,
            riding_id=riding_id,
            channel="call",
            outcome="voicemail",
            form_key="one",
            language=message.language,
            happened_at=now,
            recorded_at=now,
        )
    )
    session.flush()

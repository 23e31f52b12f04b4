"""Text messages cost what was said before the launch, and never more than they may."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.alerts import service
from mobilize.alerts.audience import select_contacts
from mobilize.alerts.content import StepDraft, campaign_card
from mobilize.alerts.models import Alert
from mobilize.alerts.problems import Problem
from mobilize.alerts.spending import Spent, Terms, cents_of, spent, terms_from, text_bill
from mobilize.contacts.models import Contact
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.messaging.models import Message, TextBudget
from mobilize.messaging.providers.transports import open_transports
from mobilize.messaging.sending import drain
from mobilize.messaging.templates import TextDraft, mark_reviewed, save_template
from mobilize.runtime import Runtime
from tests.alerts.world import (
    EVERYBODY,
    NO_LIMITS,
    TODAY,
    World,
    approve,
    launch,
    make_alert,
    make_world,
)
from tests.messaging.people import add_contact
from tests.support.receiver import Receiver, running_receiver

PRICED = replace(NO_LIMITS, price=Decimal("0.01"))
BODY = {
    "en": "A call is open this week, and the words are ready for you, {{ given_name }}. Reply STOP",
    "fr": "Un appel est ouvert cette semaine, et les mots sont là pour vous, {{ given_name }}. "
    "Envoyez ARRET",
}
LONG = "y" * 100
"""As long as a name may be: with it either text takes two segments."""


@pytest.fixture
def recorder() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        receiver.answer = b'{"sid": "SM' + b"a" * 32 + b'"}'
        yield receiver


def world_of_texts(session: Session, now: datetime, *, people: int = 4) -> World:
    """A world whose template is a short text with the person's name in it."""
    world = make_world(session, now, people=people)
    drafts = [TextDraft(channel="sms", language=code, body=body) for code, body in BODY.items()]  # type: ignore[arg-type]
    template = save_template(session, name="Texts", texts=drafts, now=now)
    for language in ("en", "fr"):
        mark_reviewed(
            session,
            template_id=template.id,
            language=language,
            account_id=world.approver,
            now=now,
        )
    return replace(world, template_id=template.id)


def approved(session: Session, world: World, now: datetime) -> Alert:
    alert = make_alert(session, world, now, channel="sms")
    approve(session, world, alert, now)
    return alert


def rename(session: Session, number: int, name: str) -> None:
    session.execute(
        update(Contact).where(Contact.given_name == f"Given{number}").values(given_name=name)
    )


def test_each_persons_own_values_are_counted(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        world = world_of_texts(session, now)
        rename(session, 0, LONG)
        rename(session, 1, "Zoë")
        add_contact(session, 9, now=now, sms_confirmed=False)
        session.flush()
        bill = text_bill(
            session,
            card=campaign_card(session, world.campaign.id),
            recipients=select_contacts(session, EVERYBODY, now=now),
            steps=[StepDraft("sms", world.template_id)],
            own_cap_cents=None,
            terms=PRICED,
            now=now,
            today=TODAY,
        )
    assert bill is not None
    english, french = bill.spreads
    assert dict(english.people) == {1: 1, 2: 1}, "a long name takes a second segment"
    assert dict(french.people) == {1: 1, 2: 1}, "a letter outside the alphabet halves the room"
    assert (english.dear, french.dear, french.most, french.usual) == (0, 1, 2, french.usual)
    assert english.longest == len(BODY["en"]) - len("{{ given_name }}") + len(LONG)
    assert (bill.segments, bill.dollars) == (6, Decimal("0.06"))
    assert english.reached == 2, "whose number nobody confirmed gets none"


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        (replace(PRICED, cap=Decimal("0.03")), "over_cap"),
        (replace(NO_LIMITS, cap=Decimal(9)), "price_missing"),
        (replace(NO_LIMITS, postal_address=" "), "postal_address_missing"),
    ],
)
def test_an_alert_whose_terms_are_not_met_is_not_launched(
    runtime: Runtime, now: datetime, terms: Terms, problem: str
) -> None:
    with runtime.db.transaction() as session:
        world, alert = _restored(session, now)
    with pytest.raises(Conflict) as refused, runtime.db.transaction() as session:
        launch(session, world, alert, now, terms=terms)
    assert refused.value.fields["problems"] == [problem]
    with runtime.db.transaction() as session:
        launch(session, world, alert, now, terms=replace(PRICED, cap=Decimal("0.04")))


def _restored(session: Session, now: datetime) -> tuple[World, Alert]:
    world = world_of_texts(session, now)
    return world, approved(session, world, now)


def test_the_lower_of_both_caps_holds(runtime: Runtime, now: datetime) -> None:
    terms = replace(PRICED, cap=Decimal(1))
    with runtime.db.transaction() as session:
        world, alert = _restored(session, now)

        def set_cap(dollars: str | None, terms: Terms = terms) -> None:
            service.set_text_cap(
                session,
                alert_id=alert.id,
                cap=None if dollars is None else Decimal(dollars),
                set_by=world.author,
                terms=terms,
                now=now,
            )

        with pytest.raises(InvalidInput):
            set_cap("1.01")
        for wrong in ("-1", "0.001", "NaN", "1e99"):
            with pytest.raises(InvalidInput):
                set_cap(wrong, PRICED)
        set_cap("0.50")
        assert (alert.text_cap_cents, terms.cap_of(50)) == (50, Decimal("0.50"))
        launch(session, world, alert, now, terms=terms)
        budget = session.scalars(select(TextBudget)).one()
        assert (budget.most, budget.price_micros, budget.segments) == (50, 10_000, 0)
        set_cap(None)
        session.refresh(budget)
        assert budget.most == 100
        assert terms.cap_of(None) == Decimal(1)


def test_a_running_send_stops_at_the_cap_whatever_changed_since_the_launch(
    runtime: Runtime, now: datetime, recorder: Receiver
) -> None:
    """Four people at one segment fit; then their names grow, as by a merge, to two each."""
    settings = replace(runtime.settings, twilio=replace(runtime.settings.twilio, url=recorder.url))
    sending = replace(runtime, settings=settings)
    terms = replace(PRICED, cap=Decimal("0.04"))
    with sending.db.transaction() as session:
        world, alert = _restored(session, now)
        launch(session, world, alert, now, terms=terms)
        session.execute(update(Contact).values(given_name=LONG))
    drain(sending, open_transports(settings), worker="one")
    with sending.db.transaction() as session:
        service.settle(session, now=now)
        held = session.get_one(Alert, alert.id)
        # Two texts of two segments went in one language; those of the other would have passed it.
        assert len(recorder.received) == 2
        assert spent(session, alert.id) == Spent(4, Decimal("0.04"))
        assert (held.state, held.pause_reason) == ("paused", "cap_reached")
        states = sorted(session.scalars(select(Message.state)))
        assert states == ["accepted", "accepted", "queued", "queued"]
    with pytest.raises(Conflict, match="have cost"), sending.db.transaction() as session:
        service.resume(session, alert_id=alert.id, resumed_by=world.author, terms=terms, now=now)
    with sending.db.transaction() as session:
        dearer = replace(terms, cap=Decimal("0.08"))
        service.resume(session, alert_id=alert.id, resumed_by=world.author, terms=dearer, now=now)
    drain(sending, open_transports(settings), worker="one")
    with sending.db.read() as session:
        assert len(recorder.received) == 4, "nobody twice"
        assert spent(session, alert.id) == Spent(8, Decimal("0.08"))


def test_an_alert_on_its_way_takes_no_cap_that_nothing_holds(
    runtime: Runtime, now: datetime
) -> None:
    """Launched without a cap and without a price: there is nothing to hold a cap to."""
    with runtime.db.transaction() as session:
        world, alert = _restored(session, now)
        launch(session, world, alert, now)

    def set_cap(terms: Terms) -> None:
        with runtime.db.transaction() as session:
            service.set_text_cap(
                session,
                alert_id=alert.id,
                cap=Decimal(1),
                set_by=world.author,
                terms=terms,
                now=now,
            )

    with pytest.raises(Conflict, match="no price"):
        set_cap(NO_LIMITS)
    set_cap(PRICED)
    with runtime.db.read() as session:
        assert session.scalars(select(TextBudget.most)).one() == 100


def test_texts_that_all_went_hold_up_nothing_else(
    runtime: Runtime, now: datetime, recorder: Receiver
) -> None:
    """They cost to the cent what they may; the emails of the same alert were paused and go on."""
    settings = replace(runtime.settings, twilio=replace(runtime.settings.twilio, url=recorder.url))
    sending = replace(runtime, settings=settings)
    terms = replace(PRICED, cap=Decimal("0.04"))
    with sending.db.transaction() as session:
        world, alert = _restored(session, now)
        launch(session, world, alert, now, terms=terms)
    drain(sending, open_transports(settings), worker="one")
    with sending.db.transaction() as session:
        assert spent(session, alert.id) == Spent(4, Decimal("0.04"))
        service.pause(session, alert_id=alert.id, paused_by=world.author, reason="Wait", now=now)
        service.resume(session, alert_id=alert.id, resumed_by=world.author, terms=terms, now=now)


def test_what_the_provider_did_not_take_costs_nothing(
    runtime: Runtime, now: datetime, recorder: Receiver
) -> None:
    settings = replace(runtime.settings, twilio=replace(runtime.settings.twilio, url=recorder.url))
    sending = replace(runtime, settings=settings)
    recorder.answer = b'{"code": 21211, "message": "no", "status": 400}'
    recorder.statuses.extend([400] * 4)
    with sending.db.transaction() as session:
        world, alert = _restored(session, now)
        launch(session, world, alert, now, terms=PRICED)
    drain(sending, open_transports(settings), worker="one")
    with sending.db.read() as session:
        assert len(recorder.received) == 4
        assert spent(session, alert.id) == Spent(0, Decimal("0.00"))


def test_the_settings_say_the_terms(runtime: Runtime) -> None:
    priced = replace(
        runtime.settings,
        twilio=replace(
            runtime.settings.twilio, segment_price=Decimal("0.0125"), alert_cap=Decimal(250)
        ),
    )
    terms = terms_from(priced)
    assert (terms.price, terms.cap) == (Decimal("0.0125"), Decimal(250))
    assert cents_of(Decimal("12.5")) == 1250
    assert cents_of(None) is None
    problem = Problem("over_cap", "sms", names=("1.00", "0.50"))
    assert "1.00, 0.50" in problem.text("fr")

"""What an alert's text messages cost: told before the launch, held to a cap, counted as they go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from mobilize.alerts.content import CampaignCard, StepDraft, texts_of
from mobilize.alerts.models import Alert, AlertStep
from mobilize.alerts.problems import Problem
from mobilize.core.errors import Conflict, InvalidInput, MobilizeError
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.models import Mailing, TextBudget
from mobilize.messaging.policy import GatePolicy, policy_from
from mobilize.messaging.text_budgets import set_budget
from mobilize.messaging.text_costs import TextSpread, text_spread
from mobilize.settings import Settings

_CENT: Final = Decimal("0.01")
_MICROS: Final = 1_000_000
_ENDED: Final = frozenset({"done", "cancelled"})
"""Where a mailing stands that costs no more."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What the installation says about sending.

    Attributes:
        price: What a segment costs, in Canadian dollars; 0 where it is not set.
        cap: What an alert's texts may cost at most; 0 where there is no cap.
        public_url: Where links lead, for their length.
        policy: The gate's limits, for whom a text reaches.
        postal_address: Where whoever sends can be written to; empty where it is not set.
    """

    price: Decimal
    cap: Decimal
    public_url: str
    policy: GatePolicy
    postal_address: str

    def problems(self) -> list[Problem]:
        """Why nothing may go at all: a message says where its sender can be written to.

        CASL s. 6(2)(b), and the regulations of the CRTC, s. 2(1)(d).
        """
        return [] if self.postal_address.strip() else [Problem("postal_address_missing")]

    def cap_of(self, own_cents: int | None) -> Decimal | None:
        """The cap of an alert: the lower of the installation's and its own."""
        caps = [self.cap] if self.cap else []
        if own_cents is not None:
            caps.append(own_cents * _CENT)
        return min(caps, default=None)


def terms_from(settings: Settings) -> Terms:
    """The terms that the settings describe."""
    return Terms(
        price=settings.twilio.segment_price,
        cap=settings.twilio.alert_cap,
        public_url=settings.site.public_url,
        policy=policy_from(settings),
        postal_address=settings.site.postal_address,
    )


@dataclass(frozen=True)
class TextBill:
    """What the text messages of an alert would cost at this moment.

    Attributes:
        spreads: In how many segments they go to how many people, by language.
        price: What a segment costs; none where that is not set.
        cap: What all may cost; none where there is no cap.
    """

    spreads: Sequence[TextSpread]
    price: Decimal | None
    cap: Decimal | None

    @property
    def segments(self) -> int:
        """The segments of all texts together."""
        return sum(spread.segments for spread in self.spreads)

    @property
    def dollars(self) -> Decimal | None:
        """What all of it costs, in Canadian dollars; none where no price is set."""
        return dollars(self.segments, self.price)

    def problems(self) -> list[Problem]:
        """Why it may not be launched so."""
        if self.cap is None:
            return []
        if self.dollars is None:
            return [Problem("price_missing", "sms", names=(f"{self.cap:.2f}",))]
        if self.dollars > self.cap:
            return [Problem("over_cap", "sms", names=(f"{self.dollars:.2f}", f"{self.cap:.2f}"))]
        return []


@dataclass(frozen=True)
class Spent:
    """What an alert's text messages have cost: segments that went or may have gone."""

    segments: int
    dollars: Decimal | None


def dollars(segments: int, price: Decimal | None) -> Decimal | None:
    """What segments cost, to the next cent."""
    return None if price is None else (segments * price).quantize(_CENT, ROUND_CEILING)


def text_bill(
    session: Session,
    *,
    card: CampaignCard,
    recipients: Select[int, str | None],
    steps: Sequence[StepDraft],
    own_cap_cents: int | None,
    terms: Terms,
    now: datetime,
    today: date,
    kind: str = "alert",
) -> TextBill | None:
    """What the text messages of an alert or follow-up would cost; none where it sends no texts.

    Args:
        session: The session.
        card: The campaign that they are about.
        recipients: Contact ids and languages, as an audience compiles to.
        steps: The messages.
        own_cap_cents: A cap of its own, where it has one.
        terms: What the installation says about sending.
        now: The moment that the gate is asked about.
        today: Its day where the organization is.
        kind: The mailing's: `alert` or `followup`.
    """
    step = next((step for step in steps if step.channel == "sms"), None)
    if step is None:
        return None
    texts, facts = texts_of(session, [step]), card.facts()
    spreads = []
    for language in LANGUAGES:
        text = texts.get((step.template_id, "sms", language))
        if text is None:
            continue
        try:
            spread = text_spread(
                session,
                text=text,
                language=language,
                recipients=recipients,
                kind=kind,
                topic=card.demand.slug,
                facts=facts[language],
                public_url=terms.public_url,
                now=now,
                on=today,
                policy=terms.policy,
            )
        except MobilizeError:
            continue  # a text that cannot be read goes nowhere; preflight names it
        spreads.append(spread)
    return TextBill(spreads, terms.price or None, terms.cap_of(own_cap_cents))


def start_budget(
    session: Session, mailing_id: int, terms: Terms, *, own_cap_cents: int | None
) -> None:
    """Hold the text messages of a mailing to its cap, at the price of this moment."""
    micros = int((terms.price * _MICROS).to_integral_value(ROUND_CEILING))
    _hold(session, mailing_id, micros, terms, own_cap_cents)


def renew_budget(session: Session, alert: Alert, terms: Terms) -> None:
    """Hold an alert on its way to its cap as it is now, at the price that it was launched at.

    Raises:
        Conflict: That much is spent already, or there is a cap and no price to hold it to.
    """
    own = alert.text_cap_cents
    renew_budgets(session, _budgets(session, alert.id), terms, own_cap_cents=own)


def renew_budgets(
    session: Session, budgets: Sequence[TextBudget], terms: Terms, *, own_cap_cents: int | None
) -> None:
    """Hold mailings on their way to a cap as it is now, at the price that each was launched at.

    Raises:
        Conflict: That much is spent already, or there is a cap and no price to hold it to.
    """
    for budget in budgets:
        if budget.price_micros:
            _hold(session, budget.mailing_id, budget.price_micros, terms, own_cap_cents)
        else:
            start_budget(session, budget.mailing_id, terms, own_cap_cents=own_cap_cents)
        session.refresh(budget)
        if session.get_one(Mailing, budget.mailing_id).state in _ENDED:
            continue
        if not budget.price_micros and terms.cap_of(own_cap_cents) is not None:
            raise Conflict(
                "There is a cap on text messages and no price to hold them to it.",
                hint="Set twilio.segment_price in the settings.",
                french="Les textos ont un plafond, mais aucun prix n’est fixé pour s’y tenir.",
                french_hint="Réglez twilio.segment_price.",
            )
        if budget.most is not None and budget.segments >= budget.most:
            raise Conflict(
                "The text messages have cost what they may.",
                hint="Raise the cap of the alert, or twilio.alert_cap in the settings; or take "
                "back what has not gone.",
                french="Les textos ont coûté tout ce qui était permis.",
                french_hint="Relevez le plafond de l’alerte, ou twilio.alert_cap dans les "
                "réglages; ou retirez ce qui n’est pas parti.",
            )


def spent(session: Session, alert_id: int) -> Spent | None:
    """What an alert's text messages have cost so far; none where it sends none."""
    budgets = _budgets(session, alert_id)
    if not budgets:
        return None
    micros = sum(budget.segments * budget.price_micros for budget in budgets)
    priced = any(budget.price_micros for budget in budgets)
    whole = (Decimal(micros) / _MICROS).quantize(_CENT, ROUND_CEILING)
    return Spent(sum(budget.segments for budget in budgets), whole if priced else None)


def cents_of(sum_of_dollars: Decimal | None) -> int | None:
    """A cap in cents.

    Raises:
        InvalidInput: It is less than nothing, or not whole cents.
    """
    if sum_of_dollars is None:
        return None
    cents = sum_of_dollars / _CENT
    if not cents.is_finite() or cents < 0 or cents != cents.to_integral_value() or cents > _MOST:
        raise InvalidInput(
            "The cap is no sum of Canadian dollars.",
            hint="Write it like 125.50, or leave it empty.",
        )
    return int(cents)


_MOST: Final = 10**9


def _hold(
    session: Session, mailing_id: int, price_micros: int, terms: Terms, own_cap_cents: int | None
) -> None:
    cap = terms.cap_of(own_cap_cents)
    most = None
    if cap is not None and price_micros:
        most = int((cap * _MICROS / price_micros).to_integral_value(ROUND_FLOOR))
    set_budget(session, mailing_id=mailing_id, price_micros=price_micros, most=most)


def _budgets(session: Session, alert_id: int) -> Sequence[TextBudget]:
    return session.scalars(
        select(TextBudget)
        .join(AlertStep, AlertStep.mailing_id == TextBudget.mailing_id)
        .where(AlertStep.alert_id == alert_id)
        .order_by(TextBudget.mailing_id)
    ).all()

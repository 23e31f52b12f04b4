"""A test of an alert: its words as they stand, to the own address of the account that asks.

It goes the way of every message, through the outbox, the gate's last look and the provider; only
its links lead to a page that says that it was a test. It is filled in for the made-up person of the
preview, so that nothing of a supporter is in it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.models import Account
from mobilize.alerts.content import CampaignCard, StepDraft, TextKey, campaign_card, texts_of
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.models import Alert
from mobilize.core.errors import Conflict, MobilizeError, TooMany
from mobilize.core.i18n import LANGUAGES, Language
from mobilize.messaging.models import TEST, Mailing, Message, TemplateText
from mobilize.messaging.policy import Channel, policy_from
from mobilize.messaging.previewing import preview, sample_links, sample_person
from mobilize.messaging.queueing import queue_test
from mobilize.messaging.to_accounts import refusal_of
from mobilize.settings import Settings

_HOUR: Final = timedelta(hours=1)
_GOOD_FOR: Final = timedelta(days=1)
_NO_NUMBER: Final = "Text messages are not tested: an account has no confirmed number."
_REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "account_suspended": (
        "The account is suspended, so no test goes to it.",
        "Ask for a test with an account that is in use.",
    ),
    "suppressed": (
        "Your address is closed: it left the list, or mail to it came back.",
        "Nothing goes to a closed address, a test neither. Use an account with another address.",
    ),
    "not_allowlisted": (
        "Your address is not on the allow list of this installation, so no test goes to it.",
        "Whoever runs the installation can put it there: `delivery.allowlist` in the settings.",
    ),
}


@dataclass(frozen=True)
class Left:
    """What is not tested, and why, as a sentence."""

    channel: Channel
    language: Language | None
    why: str


@dataclass(frozen=True)
class Trial:
    """What goes to the account, and what does not."""

    going: Sequence[tuple[Channel, Language]]
    left: Sequence[Left]


def send_test(
    session: Session,
    *,
    alert: Alert,
    account_id: int,
    settings: Settings,
    now: datetime,
    today: date,
    actor: str,
) -> Trial:
    """Put a test of an alert into the outbox, in each language that is written.

    The same words asked for again within the same minute are the same test, as when a button is
    pressed twice.

    Args:
        session: The session of the transaction.
        alert: The alert; its templates' present words are sent.
        account_id: To whose address.
        settings: The installation's.
        now: The moment.
        today: Its day where the organization is, on which the sample's MP is named.
        actor: Who asks, for the audit log.

    Raises:
        Conflict: Nothing can go: by what is written, or by the account's address.
        TooMany: The account had as many tests within an hour as it may (`tests_per_hour`).
    """
    # Held, so that two requests at once are counted one after the other.
    account = session.get_one(Account, account_id, with_for_update=True, populate_existing=True)
    refusal = refusal_of(session, account, policy=policy_from(settings))
    if refusal is not None:
        message, hint = _REFUSALS[refusal]
        raise Conflict(message, hint=hint)
    steps, card = drafts_of(session, alert.id), campaign_card(session, alert.campaign_id)
    texts = texts_of(session, steps)
    trial, templates = _sorted(session, steps, card, settings, today)
    if not trial.going:
        raise Conflict(
            " ".join(dict.fromkeys(left.why for left in trial.left)) or "Nothing is written yet.",
            hint="A test takes an email that is written in English or French.",
        )
    test = f"{account.id}:{now:%Y%m%d%H%M}:{_digest(alert, card, texts)}"
    if _stands(session, account, now, test):
        return trial
    _need_patience(session, account, now, most=settings.sending.tests_per_hour)
    facts = card.facts()
    for channel, language in trial.going:
        queue_test(
            session,
            template_id=templates[channel],
            account=account,
            language=language,
            dedupe_key=f"{test}:{language}",
            variables={
                **facts[language],
                **sample_person(session, settings=settings, language=language, on=today),
                **_inert_links(settings.site.public_url, language),
            },
            until=now + _GOOD_FOR,
            now=now,
        )
    audit.record(
        session,
        now=now,
        actor=actor,
        action="alert.test_send",
        subject_kind="alert",
        subject_id=alert.public_id,
        facts={"to": account.public_id, "messages": len(trial.going)},
    )
    return trial


def _sorted(
    session: Session,
    steps: Sequence[StepDraft],
    card: CampaignCard,
    settings: Settings,
    today: date,
) -> tuple[Trial, dict[Channel, int]]:
    going: list[tuple[Channel, Language]] = []
    left: list[Left] = []
    for step in steps:
        if step.channel == "sms":
            left.append(Left("sms", None, _NO_NUMBER))
            continue
        for language in LANGUAGES:
            try:
                preview(
                    session,
                    settings=settings,
                    template_id=step.template_id,
                    channel=step.channel,
                    language=language,
                    facts=card.facts(),
                    on=today,
                )
            except MobilizeError as error:
                left.append(Left(step.channel, language, error.message))
            else:
                going.append((step.channel, language))
    return Trial(going, left), {step.channel: step.template_id for step in steps}


def _inert_links(public_url: str, language: Language) -> dict[str, str]:
    """Every link leads to the page that says that it was a test: nobody can leave by one."""
    page = f"{public_url.rstrip('/')}/{language}/test"
    return dict.fromkeys(sample_links(public_url, language), page)


def _digest(alert: Alert, card: CampaignCard, texts: Mapping[TextKey, TemplateText]) -> str:
    said = [alert.public_id, card.facts(), sorted(text.sha256 for text in texts.values())]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:20]


def _stands(session: Session, account: Account, now: datetime, test: str) -> bool:
    return bool(session.scalar(_tests_of(account, now).where(Message.dedupe_key.startswith(test))))


def _need_patience(session: Session, account: Account, now: datetime, *, most: int) -> None:
    if (session.scalar(_tests_of(account, now)) or 0) >= most:
        raise TooMany(
            "You sent yourself as many tests as may go within an hour.",
            hint="The preview shows the words as often as you like; a test can go again later.",
        )


def _tests_of(account: Account, now: datetime) -> Select[int]:
    """How many tests of an account were asked for in the last hour; a test's messages are one."""
    one_test = func.substr(Message.dedupe_key, 1, func.length(Message.dedupe_key) - 3)
    return (
        select(func.count(func.distinct(one_test)))
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            Mailing.kind == TEST,
            Message.account_id == account.id,
            Message.created_at > now - _HOUR,
        )
    )

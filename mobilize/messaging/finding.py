"""Texts without an answer: what the provider lists for a number, and what of it is proof.

Proof is a text from our number to that number, from the time of our request, that nothing else of
ours accounts for, and whose words say which message it is: by the sealed link in it that opens to
this very message, or, where it has no such link, by being the only one that fits the words which we
sent, with only one message of ours in question. That a number was texted at about that time proves
nothing: it may have been another message, another tool, or a person at the provider's console. Not
to be listed proves nothing either; the message stays in doubt until somebody decides.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Table, func, or_, select, update
from sqlalchemy.orm import Session

from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.core.bulk import update_rows
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import MobilizeError
from mobilize.core.i18n import Language
from mobilize.core.tokens import Links
from mobilize.messaging import events, outbox
from mobilize.messaging.claims import Claimed, on_record
from mobilize.messaging.compiling import facts_of
from mobilize.messaging.deciding import close_requests, is_open_still
from mobilize.messaging.lettering import ACT, LEAVE, PREFERENCES, PROVIDER
from mobilize.messaging.models import Mailing, Message, Submission, TemplateText
from mobilize.messaging.providers.outcomes import Listed
from mobilize.messaging.rendering import compile_sms

MOST: Final = 100
"""Numbers that are asked about at a time; each is a request of its own."""
_FIRST_AFTER: Final = timedelta(minutes=1)
"""A callback mostly comes sooner and proves it for nothing."""
_BEFORE: Final = timedelta(minutes=5)
"""How far the provider's clock may be from ours."""
_AFTER: Final = timedelta(minutes=15)
_MOST_REQUESTS: Final = 1000
_TOKEN: Final = re.compile(r"/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_MARK: Final = re.compile(r"-[a-z]\d+-")


_MESSAGES: Final = cast("Table", Message.__table__)


@dataclass(frozen=True)
class Doubt:
    """A text of which nobody knows whether it went.

    Attributes:
        message_id: Our row.
        mailing_id: Its mailing.
        submission_id: The request that had no answer.
        number: Where it was to go.
        since: The earliest moment at which it can have gone.
        until: The latest.
        words: What its text can look like.
        is_alone: Whether no other text to the same person is in doubt.
    """

    message_id: int
    mailing_id: int
    submission_id: int
    number: str
    since: datetime
    until: datetime
    words: tuple[re.Pattern[str], ...]
    is_alone: bool


@dataclass(frozen=True)
class Questions:
    """What is to be asked now.

    Attributes:
        requests: The requests that it is about, also those of which nobody can be asked about.
        doubts: Their texts that can.
    """

    requests: Sequence[int]
    doubts: Sequence[Doubt]


def questions(session: Session, *, now: datetime, at_most: int = MOST) -> Questions:
    """The texts to ask about now, those of requests that were not asked about for the longest.

    The older a request is, the more rarely it is asked about: half its age passes between.
    """
    latest = func.coalesce(Submission.asked_at, Submission.started_at)
    asked = select(
        Submission.id, Submission.started_at, Submission.asked_at, Submission.size
    ).where(
        Submission.state == "unknown",
        Submission.provider == "twilio",
        Submission.started_at <= now - _FIRST_AFTER,
        is_open_still(),
    )
    rows = session.execute(asked.order_by(latest, Submission.id).limit(_MOST_REQUESTS)).all()
    due = (row for row in rows if _is_due(row.started_at, row.asked_at, now))
    chosen: list[int] = []
    count = 0
    for row in due:
        if chosen and count + row.size > at_most:
            break
        chosen.append(row.id)
        count += row.size
    return Questions(chosen, _of_requests(session, chosen))


def _is_due(started_at: datetime, asked_at: datetime | None, now: datetime) -> bool:
    return asked_at is None or now - asked_at >= max(_FIRST_AFTER, (asked_at - started_at) / 2)


def _of_requests(session: Session, submission_ids: Sequence[int]) -> list[Doubt]:
    rows = session.execute(
        select(
            Message.id,
            Message.address,
            Contact.phone,
            Contact.id,
            Submission,
            Mailing,
            TemplateText,
        )
        .select_from(Submission)
        .join(
            Message,
            (Message.mailing_id == Submission.mailing_id)
            & (Message.language == Submission.language)
            & (Message.chunk_no == Submission.chunk_no)
            & (Message.submission_id == Submission.id),
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(TemplateText, TemplateText.id == Message.template_text_id)
        .outerjoin(Contact, Contact.id == Message.contact_id)
        .where(Submission.id.in_(submission_ids), Message.state == "unknown")
        .order_by(Message.id)
    ).all()
    went_to = on_record(session, [row[0] for row in rows])
    keyring = keyring_of_session(session)
    patterns: dict[tuple[int, int], tuple[re.Pattern[str], ...]] = {}
    found = []
    questions = _questions(session, [row[3] for row in rows], list(went_to.values()))
    for message_id, address, phone, contact_id, request, mailing, text in rows:
        number = address or phone
        on = went_to.get(message_id)
        # Somebody who has another number by now was not sent it there.
        if number is None or on is None or phone_hash(keyring, number) != on.address_hash:
            continue
        key = mailing.id, text.id
        if key not in patterns:
            patterns[key] = _patterns(mailing, text)
        found.append(
            Doubt(
                message_id=message_id,
                mailing_id=mailing.id,
                submission_id=request.id,
                number=number,
                since=request.started_at - _BEFORE,
                until=(request.finished_at or request.started_at) + _AFTER,
                words=patterns[key],
                is_alone=questions[contact_id or on.address_hash] == 1,
            )
        )
    return found


def _questions(
    session: Session, contact_ids: Sequence[int | None], went_to: Sequence[Claimed]
) -> Counter[int | bytes]:
    """How many texts to somebody have no answer, by their record or their bare number."""
    people = {one for one in contact_ids if one is not None}
    hashes = {one.address_hash for one in went_to}
    who = session.execute(
        select(Message.contact_id, Message.address_hash)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(
            Message.state == "unknown",
            Mailing.channel == "sms",
            or_(Message.contact_id.in_(people), Message.address_hash.in_(hashes)),
        )
    )
    return Counter(row.contact_id or row.address_hash for row in who)


def _patterns(mailing: Mailing, text: TemplateText) -> tuple[re.Pattern[str], ...]:
    """What a text made of these words looks like, whatever stands in for a person's values."""
    language: Language = "en" if text.language == "en" else "fr"
    found = []
    for words in filter(None, (text.body, text.discreet)):
        try:
            compiled = compile_sms(body=words, facts=dict(facts_of(mailing, language)))
        except MobilizeError:
            continue
        pieces = map(re.escape, _MARK.split(compiled.text))
        found.append(re.compile(".*?".join(pieces), re.DOTALL))
    return tuple(found)


def match(
    asked: Sequence[Doubt],
    listed: Mapping[str, Sequence[Listed]],
    known: frozenset[str],
    *,
    links: Links,
    now: datetime,
) -> dict[int, Listed]:
    """Which texts prove which messages.

    Args:
        asked: The messages in question.
        listed: What the provider lists for each number.
        known: The provider's names of texts that other messages of ours account for.
        links: To open the sealed links in the texts.
        now: The moment.
    """
    proven: dict[int, Listed] = {}
    for doubt in asked:
        near = [
            text
            for text in listed.get(doubt.number, ())
            if doubt.since <= text.created_at <= doubt.until and text.sid not in known
        ]
        named = {text.sid: _named_by(text, links, now) for text in near}
        own = [text for text in near if doubt.message_id in named[text.sid]]
        silent = [
            text
            for text in near
            if not named[text.sid] and any(one.fullmatch(text.body) for one in doubt.words)
        ]
        if own:
            proven[doubt.message_id] = own[0]
        elif len(silent) == 1 and doubt.is_alone:
            proven[doubt.message_id] = silent[0]
    return proven


def _named_by(text: Listed, links: Links, now: datetime) -> set[int]:
    """The messages that the sealed links in a text open to."""
    opened = (
        links.open(purpose, token, now=now)
        for token in _TOKEN.findall(text.body)
        for purpose in (ACT, LEAVE, PREFERENCES)
    )
    return {message_id for message_id in opened if message_id is not None}


def accounted_for(session: Session, asked: Sequence[Doubt]) -> frozenset[str]:
    """The provider's names of all texts that went to the people in question, as far as we know."""
    people = select(Message.contact_id).where(Message.id.in_([one.message_id for one in asked]))
    bare = select(Message.address_hash).where(Message.id.in_([one.message_id for one in asked]))
    names = session.scalars(
        select(Message.provider_ref).where(
            Message.contact_id.in_(people) | Message.address_hash.in_(bare),
            Message.provider_ref.is_not(None),
        )
    )
    return frozenset(name for name in names if name)


def settle(
    session: Session,
    requests: Collection[int],
    asked: Sequence[Doubt],
    proven: Mapping[int, Listed],
    *,
    links: Links,
    now: datetime,
) -> None:
    """Write down what was asked about, and what was found: it counts as if the provider called.

    Args:
        session: The transaction.
        requests: Those that need not be asked about again for a while.
        asked: The messages in question.
        proven: What `match` found.
        links: To name the messages.
        now: The moment.
    """
    session.execute(
        update(Submission)
        .where(Submission.id.in_(requests))
        .values(asked_at=now)
        .execution_options(synchronize_session=False)
    )
    if not proven:
        return
    names = [(message_id, text.sid) for message_id, text in proven.items()]
    update_rows(session, _MESSAGES, ("id", "provider_ref"), names, same={})
    session.execute(
        update(Message)
        .where(Message.id.in_(list(proven)), Message.state == "unknown")
        .values(state="accepted", reason=None, state_at=now, accepted_at=now)
        .execution_options(synchronize_session=False)
    )
    told = [
        event
        for message_id, text in proven.items()
        for event in events.from_twilio(
            {
                "MessageSid": text.sid,
                "MessageStatus": text.status,
                "ErrorCode": text.error_code,
            },
            token=links.seal(PROVIDER, message_id),
            links=links,
            now=now,
        )
    ]
    events.apply(session, told, now=now)
    mailings = {doubt.mailing_id for doubt in asked if doubt.message_id in proven}
    close_requests(session, Submission.mailing_id.in_(mailings))
    outbox.end_later(session, mailings, now=now)

"""From a leased chunk to a batch: the gate is asked now, the texts are filled in per person.

A chunk costs a handful of statements, however many people are in it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import (
    LargeBinary,
    Select,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.columns import constant, keyring_of_session
from mobilize.core.errors import MobilizeError
from mobilize.core.i18n import Language
from mobilize.core.tokens import Links
from mobilize.messaging.abroad import told_apart
from mobilize.messaging.bare import sort_out
from mobilize.messaging.claims import pack
from mobilize.messaging.compiling import compile_text, facts_of, footer_of
from mobilize.messaging.discretion import discreet_line, telling_words
from mobilize.messaging.gate import at, gate, recent_mailings
from mobilize.messaging.hours import next_opening, next_quarter
from mobilize.messaging.inbox.words import worded
from mobilize.messaging.known import Known
from mobilize.messaging.lettering import Person, letters
from mobilize.messaging.models import (
    TEST,
    TRANSACTIONAL_LANE,
    Chunk,
    Mailing,
    Message,
    Submission,
    TemplateText,
)
from mobilize.messaging.moments import Moment
from mobilize.messaging.outbox import PROVIDER_OF
from mobilize.messaging.pacing import for_one_request
from mobilize.messaging.policy import Channel, GatePolicy
from mobilize.messaging.providers.outcomes import Batch
from mobilize.messaging.to_accounts import marked, sort_tests
from mobilize.settings import Settings

_MAILING: Final = "mailing"
_LANGUAGE: Final = "language"
_NUMBER: Final = "number"
_UNSAFE_HOUR: Final = "+unsafe_hour"
_WRONG_HOUR: Final = "+wrong_hour"
"""What the gate says of a message that waits; no reason for a refusal begins with a plus."""
_TO_CLAIM: Final = attrgetter("message_id", "consent_event_id", "address_hash")
_NEW_SUBMISSION: Final = insert(Submission.__table__).returning(Submission.id)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Prepared:
    """What is to be sent of a chunk, committed as `submitting`, and who holds the chunk."""

    worker: str | None
    submission_id: int
    chunk: tuple[int, str, int]
    attempts: int
    channel: Channel
    size: int
    at: datetime
    """When it was claimed; nothing of it was accepted before."""
    write: Callable[[], Batch]
    is_part: bool = False
    """Whether others of the chunk wait for another request."""
    is_troubled: bool = False
    """Whether the provider failed the last time."""
    is_counted: bool = False
    """Whether what its texts cost is held to a budget."""

    @cached_property
    def batch(self) -> Batch:
        """The letters, made when they are first asked for.

        To be asked for after the commit: it needs no database and takes as long as all that did,
        while the one writer of SQLite keeps the others waiting.
        """
        return self.write()


def prepare(
    session: Session,
    chunk: Chunk,
    *,
    settings: Settings,
    links: Links,
    known: Known,
    policy: GatePolicy,
    now: datetime,
    at_most: int | None = None,
) -> Prepared | None:
    """Ask the gate about a chunk, and claim those who may be written to.

    Everybody else is `skipped` with the reason, or put off to a better hour. The rest is claimed by
    the request's row, which the caller commits before any network call; whoever is more than
    `at_most`, or has the address of somebody before them, waits for the next request.
    """
    mailing = session.get_one(Mailing, chunk.mailing_id)
    channel: Channel = "email" if mailing.channel == "email" else "sms"
    language: Language = "en" if chunk.language == "en" else "fr"
    text = known.text_of(session, mailing, chunk, language)
    confirm_for = timedelta(days=settings.sign_ups.confirm_days)
    people = _let_through(session, mailing, chunk, channel, policy, confirm_for, now)
    if channel == "sms":
        people, abroad = told_apart(people, kind=mailing.kind, settings=settings)
        _skip(session, abroad, now)
    if not people:
        return None
    if text is None:
        _skip(session, [(person.message_id, "no_text") for person in people], now)
        return None
    facts = facts_of(mailing, language)
    try:
        line = None
        if any(person.discreet for person in people):
            line = discreet_line(
                text, language=language, facts=dict(facts), telling=telling_words(session)
            )
            if line is None:
                people = _leave_out_discreet(session, people, now)
        footer = footer_of(
            settings, language, preferences=not any(person.is_bare for person in people)
        )
        compiled = compile_text(text, facts, footer, language, discreet=line is not None)
    except MobilizeError:
        _skip(session, [(person.message_id, "render_failed") for person in people], now)
        return None
    if not people:
        return None
    people, left = for_one_request(people, channel=channel, at_most=at_most)
    submission_id = _claim(session, chunk, channel, people, now)
    if mailing.lane == TRANSACTIONAL_LANE:
        _note_text(session, text, people)
    places = known.places(session, language, now.date())
    is_test = mailing.kind == TEST
    subject = marked(compiled.subject, language) if is_test else compiled.subject

    def write() -> Batch:
        sender = settings.sendgrid if channel == "email" else settings.twilio
        return Batch(
            sender=getattr(sender, "from_email", "") or getattr(sender, "from_number", ""),
            sender_name=getattr(settings.sendgrid, f"from_name_{language}"),
            discreet_name=getattr(settings.sendgrid, f"discreet_name_{language}"),
            subject=subject,
            html=compiled.html,
            text=compiled.text,
            letters=letters(
                people,
                compiled,
                settings=settings,
                links=links,
                places=places,
                language=language,
                channel=channel,
                discreet=line,
            ),
        )

    return Prepared(
        worker=chunk.leased_by,
        submission_id=submission_id,
        chunk=(chunk.mailing_id, chunk.language, chunk.number),
        attempts=chunk.attempts,
        channel=channel,
        size=len(people),
        at=now,
        write=write,
        is_part=bool(left),
    )


def _leave_out_discreet(session: Session, people: Sequence[Person], now: datetime) -> list[Person]:
    """A text message that tells does not go to those whom it would give away."""
    refused = [(person.message_id, "not_discreet") for person in people if person.discreet]
    _skip(session, refused, now)
    return [person for person in people if not person.discreet]


def _let_through(
    session: Session,
    mailing: Mailing,
    chunk: Chunk,
    channel: Channel,
    policy: GatePolicy,
    confirm_for: timedelta,
    now: datetime,
) -> list[Person]:
    of_chunk = (
        Message.mailing_id == chunk.mailing_id,
        Message.language == chunk.language,
        Message.chunk_no == chunk.number,
        Message.state == "queued",
    )
    recent = recent_mailings(
        session, channel=channel, policy=policy, now=now, besides=chunk.mailing_id
    )
    statement = _contacts_statement(
        channel,
        mailing.kind,
        mailing.topic,
        mailing.lane,
        policy,
        Moment(channel, now, policy),
        counts=bool(recent),
    )
    chosen = {_MAILING: chunk.mailing_id, _LANGUAGE: chunk.language, _NUMBER: chunk.number}
    asked = at(now, recent) | chosen
    passed: list[Sequence[Any]] = []
    refused: list[tuple[int, str]] = []
    waiting: list[int] = []
    for_safety: list[int] = []
    # Rows and not entities: past the session's own loading, which takes a quarter of the time.
    for row in session.connection().execute(statement, asked).all():
        verdict = row[-1]
        if verdict is None:
            passed.append(row)
        elif verdict == _UNSAFE_HOUR:
            for_safety.append(row[0])
        elif verdict == _WRONG_HOUR:
            waiting.append(row[0])
        else:
            refused.append((row[0], verdict))
    people = _opened(session, channel, passed)
    if mailing.kind == TEST:
        tests = sort_tests(session, of_chunk=of_chunk, channel=channel, policy=policy)
        people += tests.people
        refused += tests.refused
    elif mailing.lane == TRANSACTIONAL_LANE:
        bare = sort_out(
            session,
            of_chunk=of_chunk,
            channel=channel,
            kind=mailing.kind,
            policy=policy,
            confirm_for=confirm_for,
            now=now,
        )
        spoken, unsaid = worded(session, mailing, bare.people)
        people += spoken
        refused += [*bare.refused, *((one, "too_late") for one in unsaid)]
        waiting += bare.for_day
        for_safety += bare.for_safety
    if mailing.lane == TRANSACTIONAL_LANE:
        late = [person.message_id for person in people if _is_too_late(person, now)]
        refused += [(message_id, "too_late") for message_id in late]
        people = [person for person in people if person.message_id not in late]
    _skip(session, refused, now)
    for ids, until in (
        (waiting, next_opening(now, policy)),
        (for_safety, next_quarter(now)),
    ):
        if ids:
            session.execute(
                update(Message).where(Message.id.in_(ids)).values(chunk_no=None, not_before=until)
            )
    return people


def _opened(session: Session, channel: Channel, rows: Sequence[Sequence[Any]]) -> list[Person]:
    """Those who are written to, their addresses opened all at once."""
    if not rows:
        return []
    context = _address_of(channel).type.context
    ids, sealed, *others, _verdicts = zip(*rows, strict=True)
    addresses = keyring_of_session(session).open_all(sealed, context=context)
    return list(map(Person, ids, [address or "" for address in addresses], *others))


def _address_of(channel: Channel) -> Any:
    return (Contact.email if channel == "email" else Contact.phone).property.columns[0]


@lru_cache(maxsize=64)
def _contacts_statement(
    channel: Channel,
    kind: str,
    topic: str,
    lane: int,
    policy: GatePolicy,
    moment: Moment,
    *,
    counts: bool,
) -> Select[Any]:
    """The people of a chunk, in the order of `Person`, and last what the gate says of them.

    Put together once for many chunks: that takes longer than to ask it. Whether there are mailings
    to count for the frequency cap is part of it, and which they are is not.
    """
    rules = gate(
        channel=channel,
        kind=kind,
        topic=topic,
        now=moment.now,
        policy=policy,
        recent=(0,) if counts else (),
    )
    named_hours = case(
        (Contact.safe_from.is_not(None), constant(_UNSAFE_HOUR)), else_=constant(_WRONG_HOUR)
    )
    wrong_hour = case((rules.put_off, named_hours), else_=null())
    statement = select(
        Message.id,
        type_coerce(_address_of(channel), LargeBinary),
        Contact.email_hash if channel == "email" else Contact.phone_hash,
        Contact.given_name,
        Contact.riding_id,
        rules.consent_event_id,
        Contact.discreet,
        # Only what goes out by itself says something of its own.
        *((Message.variables,) if lane == TRANSACTIONAL_LANE else ()),
        func.coalesce(rules.refusal, wrong_hour),
    ).join(Contact, Contact.id == Message.contact_id)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    return statement.where(
        Message.mailing_id == bindparam(_MAILING),
        Message.language == bindparam(_LANGUAGE),
        Message.chunk_no == bindparam(_NUMBER),
        Message.state == constant("queued"),
    )


def _is_too_late(person: Person, now: datetime) -> bool:
    until = (person.variables or {}).get("until")
    return until is not None and datetime.fromisoformat(until) < now


def _skip(session: Session, refused: Iterable[tuple[int, str]], now: datetime) -> None:
    by_reason: defaultdict[str, list[int]] = defaultdict(list)
    for message_id, reason in refused:
        by_reason[reason].append(message_id)
    for reason, ids in by_reason.items():
        session.execute(
            update(Message)
            .where(Message.id.in_(ids), Message.state == "queued")
            .values(state="skipped", reason=reason, state_at=now)
        )


def _claim(
    session: Session, chunk: Chunk, channel: Channel, people: Sequence[Person], now: datetime
) -> int:
    made: int = session.execute(
        _NEW_SUBMISSION,
        {
            "mailing_id": chunk.mailing_id,
            "language": chunk.language,
            "chunk_no": chunk.number,
            "claim": pack(list(map(_TO_CLAIM, people))),
            "provider": PROVIDER_OF[channel],
            "size": len(people),
            "state": "submitting",
            "started_at": now,
        },
    ).scalar_one()
    return made


def _note_text(session: Session, text: TemplateText, people: Sequence[Person]) -> None:
    """What goes out by itself says the newest words; which those were is on record from here on."""
    session.execute(
        update(Message)
        .where(Message.id.in_([person.message_id for person in people]))
        .values(template_text_id=text.id)
        .execution_options(synchronize_session=False)
    )

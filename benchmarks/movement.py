"""A made-up movement for counting audiences: filled by the database itself, statement by statement.

Nobody's record is made in Python: numbers become people, and people become what they agreed to,
did and were sent. For each contact there are five messages, and for every second a participation.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    String,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    text,
)
from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, Participation
from mobilize.alerts.jobs import keep_sets
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.models import Contact, ContactTag, Tag
from mobilize.core.db import Base
from mobilize.messaging.models import Mailing, Message, Template
from mobilize.mps.models import STANCES, Mandate, Riding, Stance
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.runtime import Runtime
from mobilize.strategy.content import read_content
from mobilize.strategy.models import Demand, DemandVersion
from mobilize.strategy.service import load_content

CAMPAIGNS: Final = 10
MAILINGS: Final = 25
DEMAND: Final = "permanent-status"
TAG: Final = "youth"
_TAGS: Final = (TAG, "clergy", "students", "nurses", "unions")
_BATCHES: Final = 20
_SEALED: Final = b"s" * 60


def fill(runtime: Runtime, people: int) -> None:
    """Put the movement into an installation that has its ridings, and let the database settle.

    Args:
        runtime: The installation.
        people: How many contacts.
    """
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        load_content(session, content=read_content(), now=now)
        _observe_mps(session, now)
        session.add_all(Tag(name=name) for name in _TAGS)
        session.flush()
        for batch in range(_BATCHES):
            _add_contacts(session, people, batch, now)
        _add_what_they_agreed_to(session, now)
        _add_tags(session)
        _add_participations(session, now)
        _add_messages(session, now)
    _settle(runtime)


def campaign_id(number: int) -> str:
    """The public id of a campaign; one in twenty people acted in each."""
    return f"campaign-{number}"


def mailing_id(number: int) -> str:
    """The public id of a mailing; one in five people was written to with each, last the last."""
    return f"mailing-{number}"


def _observe_mps(session: Session, now: datetime) -> None:
    observed = (
        select(
            Mandate.mp_id,
            Demand.id,
            DemandVersion.id,
            literal("o") + cast(Mandate.id * 10 + Demand.id, String),
            _one_of(STANCES, (Mandate.mp_id * 5 + Demand.id) % len(STANCES)),
            literal(now.date()),
            literal_column("'" + _SEALED.decode() + "'", Contact.email_hash.type),
            literal("command"),
            literal(now, Stance.recorded_at.type),
        )
        .select_from(Mandate)
        .join(Demand, literal(True))
        .join(DemandVersion, DemandVersion.demand_id == Demand.id)
    )
    _insert(session, Stance, observed, (
        "mp_id", "demand_id", "demand_version_id", "public_id", "stance", "observed_on",
        "evidence", "actor", "recorded_at",
    ))  # fmt: skip


def _add_contacts(session: Session, people: int, batch: int, now: datetime) -> None:
    first, last = people * batch // _BATCHES, people * (batch + 1) // _BATCHES
    steps = select(literal(first + 1, BigInteger).label("i")).cte("numbers", recursive=True)
    steps = steps.union_all(select(steps.c.i + 1).where(steps.c.i < last))
    number = steps.c.i
    ridings = sorted(riding_ids(session, CURRENT_ORDER).values())
    draw = number * 7919 % 999_983
    lives = ridings[0] + draw % (ridings[-1] - ridings[0] + 1)
    joined = literal(now - timedelta(days=30 * (_BATCHES - batch)), Contact.created_at.type)
    columns: Mapping[str, Any] = {
        "id": number,
        "public_id": literal("p") + cast(number, String),
        "kind": case((draw % 97 == 0, "partner"), else_="supporter"),
        "state": case((draw % 89 == 0, "tombstoned"), else_="active"),
        "given_name": literal("Rowan"),
        "family_name": literal("Rivière"),
        "email": literal_column("'" + _SEALED.decode() + "'", Contact.email_hash.type),
        "phone": literal_column("'" + _SEALED.decode() + "'", Contact.email_hash.type),
        "email_hash": cast(literal("e" * 25) + cast(number, String), LargeBinary),
        "phone_hash": cast(literal("t" * 25) + cast(number, String), LargeBinary),
        "row_hash": cast(literal("r" * 9) + cast(number, String), LargeBinary),
        "fsa": literal("K1A"),
        "time_zone": literal("America/Toronto"),
        "language": case((draw % 83 == 0, None), (draw % 4 == 1, "fr"), else_="en"),
        "province": Riding.province,
        "riding_id": Riding.id,
        "riding_certainty": case((draw % 3 == 0, "likely"), else_="confirmed"),
        "source": _one_of(("website", "fair", "petition"), draw % 3),
        "created_at": joined,
        "updated_at": joined,
    }
    statement = (
        select(*columns.values())
        .select_from(steps)
        .outerjoin(Riding, (Riding.id == lives) & (draw % 20 > 0))
    )
    _insert(session, Contact, statement, tuple(columns))


def _add_what_they_agreed_to(session: Session, now: datetime) -> None:
    """Nine in ten to emails, a third to texts; one consent in twelve has ended, as many will."""
    draw = Contact.id * 6007 % 999_979
    ends = case(
        (draw % 12 == 0, literal(now - timedelta(days=9), Consent.expires_at.type)),
        (draw % 12 == 1, literal(now + timedelta(days=90), Consent.expires_at.type)),
        else_=null(),
    )
    for channel, topic, those, granted in (
        ("email", "", draw % 10 > 0, draw % 25 > 0),
        ("sms", "", draw % 3 == 0, draw % 25 > 0),
        ("email", DEMAND, draw % 50 == 7, literal(False)),  # noqa: PLR2004 - made up
    ):
        statement = select(
            Contact.id, literal(channel), literal("us"), literal(topic), granted, ends, literal(1)
        ).where(those)
        _insert(session, Consent, statement, (
            "contact_id", "channel", "organization", "topic", "granted", "expires_at", "event_id",
        ))  # fmt: skip


def _add_tags(session: Session) -> None:
    statement = select(Contact.id, Tag.id).join(Tag, Contact.id * 13 % 10 == Tag.id)
    _insert(session, ContactTag, statement, ("contact_id", "tag_id"))


def _add_participations(session: Session, now: datetime) -> None:
    versions = session.scalars(
        select(DemandVersion.id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .order_by(Demand.slug != DEMAND, Demand.id)
    ).all()
    for number in range(CAMPAIGNS):
        campaign = Campaign(
            public_id=campaign_id(number),
            slug=f"bench-{number}",
            demand_version_id=versions[number % len(versions)],
            state="published",
            created_at=now,
        )
        session.add(campaign)
        session.flush()
        statement = select(
            literal(campaign.id),
            Contact.id,
            literal(f"{number}-") + cast(Contact.id, String),
            literal("en"),
            literal(now - timedelta(days=20 * number + 3), Participation.completed_at.type),
        ).where(Contact.id * 31 % 1009 % 20 == number)
        _insert(session, Participation, statement, (
            "campaign_id", "contact_id", "public_id", "language", "completed_at",
        ))  # fmt: skip


def _add_messages(session: Session, now: datetime) -> None:
    template = Template(name="bench", created_at=now)
    session.add(template)
    session.flush()
    for number in range(MAILINGS):
        sent = now - timedelta(days=5 * (MAILINGS - number) - 2)
        mailing = Mailing(
            public_id=mailing_id(number),
            kind="alert",
            channel="email",
            template_id=template.id,
            lane=1,
            topic=DEMAND,
            state="done",
            created_at=sent,
            finished_at=sent + timedelta(hours=1),
        )
        session.add(mailing)
        session.flush()
        position = func.row_number().over(order_by=Contact.id)
        accepted = Contact.id % 31 > 0
        at = literal(sent, Message.accepted_at.type)
        statement = select(
            literal(mailing.id),
            literal("en"),
            position / 1000 + 1,
            Contact.id,
            case((accepted, "delivered"), else_="skipped"),
            at,
            at,
            case((accepted, at), else_=null()),
        ).where((Contact.id * 17 + number * 3) % 1013 % 5 == 0)
        _insert(session, Message, statement, (
            "mailing_id", "language", "chunk_no", "contact_id", "state",
            "created_at", "state_at", "accepted_at",
        ))  # fmt: skip


def _settle(runtime: Runtime) -> None:
    """What happens by itself in quiet hours.

    The worker keeps its sets of people; the database gathers statistics, and learns of which pages
    every row is visible.
    """
    while keep_sets(runtime):
        pass
    with runtime.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if runtime.db.is_sqlite else "VACUUM (ANALYZE)"))


def _one_of(values: tuple[str, ...], index: ColumnElement[Any]) -> ColumnElement[str]:
    return case(*((index == place, value) for place, value in enumerate(values)), else_=values[0])


def _insert(session: Session, model: type[Base], rows: Any, columns: tuple[str, ...]) -> None:
    session.execute(insert(model).from_select(list(columns), rows))

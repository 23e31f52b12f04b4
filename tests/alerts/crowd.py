"""A made-up crowd, once as rows and once as plain facts, to compare SQL with Python."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.actions.models import Participation
from mobilize.alerts.rules import Group, Leaf, Rule
from mobilize.contacts.consent_models import Consent
from mobilize.contacts.models import Contact, ContactTag, ImportRun, Tag
from mobilize.contacts.record_models import CustomField, CustomValue
from mobilize.messaging.models import Mailing, Message
from mobilize.mps.models import STANCES, Stance
from mobilize.mps.queries import CURRENT_ORDER, mps_for_ridings, riding_ids
from mobilize.partners.models import Partner, PartnerPerson, PartnerRiding
from mobilize.strategy.models import Demand, Milestone, MilestoneOccurrence
from tests.alerts.world import World
from tests.support.campaigns import adopted_demand

RIDINGS = ("24001", "35001", "59001", "48001")
TAGS = ("youth", "clergy")
SOURCES = ("fair", "website")
FIELD = "drives"
DEMAND = "permanent-status"
MOMENTS = {
    datetime(2026, 10, 1, 3, 59, 59, tzinfo=UTC): date(2026, 9, 30),
    datetime(2026, 10, 1, 4, tzinfo=UTC): date(2026, 10, 1),
    datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC): date(2026, 11, 1),
    datetime(2026, 11, 2, 5, tzinfo=UTC): date(2026, 11, 2),
}
"""Instants around midnight in Ottawa, in summer and in winter, and their days there."""
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
MILESTONE = "vigil"
CONFIRMED = {
    "autumn": (date(2026, 10, 3), date(2026, 10, 3)),
    "fair": (date(2026, 10, 28), date(2026, 10, 30)),
}
"""Two dates of a milestone of which one lasts; it has an estimated one as well."""


@dataclass
class Person:
    """What is true of one contact: for each rule's name the values that hold."""

    id: int
    language: str | None
    active: bool
    facts: dict[str, set[str]] = field(default_factory=dict)
    days: dict[str, date | None] = field(default_factory=dict)
    """For each rule since a day, when it last happened."""
    moments: dict[str, datetime | None] = field(default_factory=dict)
    """For each rule of the last so many days, when it last happened."""
    ends: list[datetime] = field(default_factory=list)
    """When the consents that were given end."""

    def fits(self, rule: Rule) -> bool:
        """Whether a rule holds for this person, one person at a time."""
        if isinstance(rule, Group):
            answers = [self.fits(part) for part in rule.rules]
            return all(answers) if rule.every else any(answers)
        if rule.name == "acted_around":
            return self._acted_around(rule) is not rule.negated
        if rule.name == "consent_ends_within":
            until = NOW + timedelta(days=int(rule.values[0]))
            return any(NOW < end <= until for end in self.ends) is not rule.negated
        if rule.name in self.moments:
            last = self.moments[rule.name]
            holds = last is not None and last >= NOW - timedelta(days=int(rule.values[0]))
            return holds is not rule.negated
        if rule.name in self.days:
            day = self.days[rule.name]
            holds = day is not None and day >= date.fromisoformat(rule.values[0])
            return holds is not rule.negated
        known = self.facts.get(rule.name, set())
        wanted = {f"{rule.about}: {value}" if rule.about else value for value in rule.values}
        holds = bool(known & wanted) if rule.values else bool(known)
        return holds is not rule.negated

    def _acted_around(self, rule: Leaf) -> bool:
        before, after, key = rule.values
        day = self.days["active_since"]
        return rule.about == MILESTONE and any(
            day is not None
            and first - timedelta(days=int(before)) <= day <= last + timedelta(days=int(after))
            for name, (first, last) in CONFIRMED.items()
            if key in {"", name}
        )


@dataclass(frozen=True)
class Crowd:
    """The people, and the ids that rules may name."""

    people: list[Person]
    mailings: list[str]
    mps: list[str]
    partners: list[str]
    imports: list[str]


def make_crowd(session: Session, world: World, now: datetime, *, size: int = 60) -> Crowd:
    """Random people, the same on every run."""
    random = Random(11)  # noqa: S311 - a crowd that can be had again, not a secret
    ridings = riding_ids(session, CURRENT_ORDER)
    seats = mps_for_ridings(session, [ridings[code] for code in RIDINGS], now.date())
    tags = {name: Tag(name=name) for name in TAGS}
    mailings = _mailings(world)
    partners = [
        Partner(
            name_en=name,
            name_fr=name,
            name_norm=name,
            membership=membership,
            created_at=now,
            updated_at=now,
        )
        for name, membership in (("p", "member"), ("q", "former"))
    ]
    runs = [
        ImportRun(kind="supporters", file_name=name, file_hash=name, actor="test", started_at=now)
        for name in ("a.csv", "b.csv")
    ]
    question = CustomField(
        key=FIELD, label_en="Drives", label_fr="Conduit", kind="yes_no", created_at=now
    )
    session.add_all([*tags.values(), *mailings, *partners, *runs, question])
    session.flush()
    for partner, served in zip(partners, RIDINGS, strict=False):
        session.add(PartnerRiding(partner_id=partner.id, riding_id=ridings[served]))
    _add_milestone(session, now)
    stances = _stances(session, world, [seat.mp_id for seat in seats.values()], now)
    people = []
    for _ in range(size):
        code = random.choice([*RIDINGS, None])
        contact = Contact(
            kind=random.choice(["supporter", "partner"]),
            state=random.choice(["active", "active", "active", "tombstoned"]),
            language=random.choice(["en", "fr", None]),
            province=random.choice(["QC", "ON", None]),
            riding_id=ridings[code] if code else None,
            riding_certainty=random.choice(["confirmed", "likely"]) if code else None,
            source=random.choice(SOURCES),
            first_import_id=first.id if (first := random.choice([*runs, None])) else None,
            import_id=last.id if (last := random.choice([*runs, None])) else None,
            created_at=random.choice(list(MOMENTS)),
            updated_at=now,
        )
        session.add(contact)
        session.flush()
        person = Person(contact.id, contact.language, contact.state == "active")
        facts = person.facts
        person.days = {"joined_since": MOMENTS[contact.created_at], "active_since": None}
        person.moments = {"joined_within": contact.created_at, "acted_within": None}
        for name in ("kind", "language", "province", "riding_certainty", "source"):
            facts[name] = {value} if (value := getattr(contact, name)) else set()
        seat = seats.get(contact.riding_id or 0)
        facts["riding"] = {code} if code else set()
        facts["party"] = {seat.party} if seat else set()
        facts["mp"] = {seat.public_id} if seat else set()
        facts["stance"] = {f"{DEMAND}: {stances[seat.mp_id]}"} if seat else set()
        facts["custom"] = set()
        if answer := random.choice(["yes", "no", None]):
            facts["custom"] = {f"{FIELD}: {answer}"}
            session.add(
                CustomValue(
                    contact_id=contact.id, field_id=question.id, value=answer, updated_at=now
                )
            )
        facts["imported"] = {run.public_id for run in (first, last) if run}
        facts["tag"] = {name for name in TAGS if random.random() < 0.5}
        facts["consent"] = _consents(session, person, random, now)
        facts["topic"] = _topics(session, contact, random)
        if random.random() < 0.4:
            facts["completed"] = {world.campaign.public_id}
            facts["acted_on"] = {DEMAND}
            completed_at = random.choice(list(MOMENTS))
            person.days["active_since"] = MOMENTS[completed_at]
            person.moments["acted_within"] = completed_at
            session.add(
                Participation(
                    campaign_id=world.campaign.id,
                    contact_id=contact.id,
                    language="en",
                    completed_at=completed_at,
                )
            )
        _add_messages(session, person, mailings, random)
        if random.random() < 0.3:
            partner = random.choice(partners)
            facts["partner_person"] = {"yes"}
            facts["partner"] = {partner.public_id}
            facts["membership"] = {partner.membership}
            facts["partner_riding"] = {RIDINGS[partners.index(partner)]}
            session.add(PartnerPerson(partner_id=partner.id, contact_id=contact.id))
        session.add_all(
            ContactTag(contact_id=contact.id, tag_id=tags[name].id) for name in facts["tag"]
        )
        people.append(person)
    session.flush()
    return Crowd(
        people,
        [mailing.public_id for mailing in mailings],
        mps=sorted(seat.public_id for seat in seats.values()),
        partners=[one.public_id for one in partners],
        imports=[run.public_id for run in runs],
    )


def _stances(session: Session, world: World, mps: list[int], now: datetime) -> dict[int, str]:
    """Each changed their mind, the first on the same day; old news and another demand mislead."""
    versions = {
        DEMAND: world.campaign.demand_version_id,
        "another": adopted_demand(session, now, "another").id,
    }
    demands = dict(session.execute(select(Demand.slug, Demand.id)).all())
    latest = {}
    for number, mp_id in enumerate(mps):
        latest[mp_id] = STANCES[number % 2]
        for demand, stance, days in [
            (DEMAND, "opposed", 3),
            (DEMAND, latest[mp_id], 3 - number),
            (DEMAND, "silent", 9),
            ("another", "champion", 0),
        ]:
            session.add(
                Stance(
                    mp_id=mp_id,
                    demand_id=demands[demand],
                    demand_version_id=versions[demand],
                    stance=stance,
                    observed_on=now.date() - timedelta(days),
                    evidence="a speech",
                    actor="test",
                    recorded_at=now,
                )
            )
            session.flush()
    return latest


def _consents(session: Session, person: Person, random: Random, now: datetime) -> set[str]:
    holding = set()
    contact = session.get_one(Contact, person.id)
    ends = [None, now, now + timedelta(seconds=1), now + timedelta(days=7), now + timedelta(days=8)]
    for channel in ("email", "sms"):
        granted = random.random() < 0.7
        expires = random.choice(ends)
        if granted and (expires is None or expires > now):
            holding.add(channel)
        if granted and expires is not None:
            person.ends.append(expires)
        session.add(_consent(contact, channel, "", granted=granted, expires=expires))
    return holding


def _topics(session: Session, contact: Contact, random: Random) -> set[str]:
    if random.random() < 0.5:
        return {DEMAND}
    session.add(_consent(contact, "email", DEMAND, granted=False, expires=None))
    return set()


def _consent(
    contact: Contact, channel: str, topic: str, *, granted: bool, expires: datetime | None
) -> Consent:
    return Consent(
        contact_id=contact.id,
        channel=channel,
        organization="us",
        topic=topic,
        granted=granted,
        expires_at=expires,
        event_id=1,
    )


def _mailings(world: World) -> list[Mailing]:
    """One under way, one that ended, a follow-up of a milestone, and thank-yous."""
    kinds: list[tuple[str, str | None, int]] = [
        ("alert", None, 0),
        ("alert", None, 7),
        ("followup", MILESTONE, 30),
        ("transactional", None, 0),
    ]
    return [
        Mailing(
            kind=kind,
            channel="email",
            template_id=world.template_id,
            lane=1,
            milestone=milestone,
            created_at=NOW - timedelta(days=60),
            finished_at=NOW - timedelta(days=ended) if ended else None,
        )
        for kind, milestone, ended in kinds
    ]


def _add_messages(
    session: Session, person: Person, mailings: list[Mailing], random: Random
) -> None:
    """At most one of each mailing, some of them accepted: at the instant it ended, or before."""
    person.facts["received"], person.facts["followed_up"] = set(), set()
    person.moments["messaged_within"] = None
    for mailing in mailings:
        if random.random() < 0.5:
            continue
        accepted = random.random() < 0.5
        ended = mailing.finished_at or NOW
        at = random.choice([ended, ended - timedelta(days=7, seconds=1)])
        session.add(
            Message(
                mailing_id=mailing.id,
                language="en",
                contact_id=person.id,
                state="accepted" if accepted else "skipped",
                created_at=at,
                state_at=at,
                accepted_at=at if accepted else None,
            )
        )
        if not accepted:
            continue
        person.facts["received"].add(mailing.public_id)
        if mailing.milestone:
            person.facts["followed_up"].add(mailing.milestone)
        if mailing.kind != "transactional":
            last = person.moments["messaged_within"]
            person.moments["messaged_within"] = max(last, at) if last else at


def _add_milestone(session: Session, now: datetime) -> None:
    milestone = Milestone(
        slug=MILESTONE,
        kind="one_off",
        title_en="Vigil",
        title_fr="Veillée",
        rule={},
        time_zone="America/Toronto",
        local_time=time(9),
        source="test",
        content_hash="0" * 64,
        updated_at=now,
    )
    session.add(milestone)
    session.flush()
    days = {**CONFIRMED, "some day": (date(2026, 11, 1), date(2026, 11, 1))}
    session.add_all(
        MilestoneOccurrence(
            milestone_id=milestone.id,
            key=key,
            on_date=first,
            until_on=last if last > first else None,
            state="confirmed" if key in CONFIRMED else "estimated",
        )
        for key, (first, last) in days.items()
    )

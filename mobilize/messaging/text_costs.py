"""What text messages would cost: counted for every recipient, with their own values filled in.

People whose text is the same are counted together: by their riding where the text names it or its
MP, by their given name where it does, and by whether they asked for discretion. It is one statement
for each language, whatever the size of the audience.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.i18n import Language
from mobilize.messaging.discretion import discreet_line, telling_words
from mobilize.messaging.gate import gate, recent_mailings
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import GatePolicy
from mobilize.messaging.previewing import sample_links
from mobilize.messaging.rendering import compile_sms
from mobilize.messaging.sms import cost_of
from mobilize.mps.models import Riding
from mobilize.mps.queries import mp_names, riding_names

_AT_A_TIME = 5000


@dataclass
class TextSpread:
    """In how many segments a text goes to how many people.

    Attributes:
        language: The text's.
        people: How many people by the number of segments.
        dear: How many of them get the dearer alphabet by their own values alone.
        longest: The characters of the longest text.
    """

    language: Language
    people: Counter[int] = field(default_factory=Counter)
    dear: int = 0
    longest: int = 0

    @property
    def reached(self) -> int:
        """How many people would get it."""
        return self.people.total()

    @property
    def segments(self) -> int:
        """The segments of all of them together."""
        return sum(segments * people for segments, people in self.people.items())

    @property
    def usual(self) -> int:
        """In how many segments it goes to most of them."""
        return self.people.most_common(1)[0][0] if self.people else 0

    @property
    def most(self) -> int:
        """In how many segments it goes to those with the longest values."""
        return max(self.people, default=0)


def text_spread(
    session: Session,
    *,
    text: TemplateText,
    language: Language,
    recipients: Select[int, str | None],
    kind: str,
    topic: str,
    facts: Mapping[str, str],
    public_url: str,
    now: datetime,
    on: date,
    policy: GatePolicy,
) -> TextSpread:
    """Count one text for all who would get it at a moment; nothing is sent.

    Args:
        session: The session.
        text: What goes.
        language: Its language.
        recipients: Contact ids and languages, as an audience compiles to.
        kind: The mailing's.
        topic: The demand's slug.
        facts: What it says to everybody alike.
        public_url: Where its links lead, for their length.
        now: The moment that the gate is asked about.
        on: The day for which ridings and MPs are named.
        policy: The gate's limits.

    Raises:
        InvalidInput: The text does not parse.
    """
    compiled = compile_sms(body=text.body, facts=facts)
    line = discreet_line(text, language=language, facts=facts, telling=telling_words(session))
    named = {name for part in compiled.parts.values() for name in part.names}
    if line is not None:
        named |= {name for part in line.compiled.parts.values() for name in part.names}
    by_place, by_name = bool(named & {"riding", "mp"}), "given_name" in named
    people = recipients.subquery("people")
    recent = recent_mailings(session, channel="sms", policy=policy, now=now)
    rules = gate(channel="sms", kind=kind, topic=topic, now=now, policy=policy, recent=recent)
    shown = select(
        Contact.discreet.label("discreet"),
        (Contact.riding_id if by_place else literal(0)).label("riding_id"),
        (Contact.given_name if by_name else literal("")).label("given_name"),
    ).join(people, people.c[0] == Contact.id)
    for consent, condition in rules.joins:
        shown = shown.outerjoin(consent, condition)
    alike = shown.where(rules.refusal.is_(None), Contact.language == language).subquery("alike")
    same = alike.c.discreet, alike.c.riding_id, alike.c.given_name
    counted = select(*same, func.count()).group_by(*same)
    ridings: Mapping[int, str] = {}
    mps: Mapping[int, str] = {}
    if by_place:
        every = session.scalars(select(Riding.id)).all()
        ridings = riding_names(session, every, language, on)
        mps = mp_names(session, every, language, on)
    spread = TextSpread(language)
    links = sample_links(public_url, language)
    is_dear = bool(cost_of(compiled.render(links).text).costly)
    for discreet, riding_id, given_name, count in session.execute(
        counted.execution_options(yield_per=_AT_A_TIME)
    ):
        values = {
            **links,
            "given_name": given_name or "",
            "riding": ridings.get(riding_id, ""),
            "mp": mps.get(riding_id, ""),
        }
        if discreet and line is None:
            continue
        whole = line.for_person(values) if discreet and line else compiled.render(values).text
        cost = cost_of(whole)
        spread.people[cost.segments] += count
        spread.longest = max(spread.longest, cost.length)
        spread.dear += count if cost.costly and not is_dear else 0
    return spread

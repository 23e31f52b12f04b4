"""An audience: rules in JSON, compiled to one SELECT of the contacts that they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from mobilize.alerts.conditions import condition_of, in_part
from mobilize.alerts.planning import parts_of, planned_for_counting
from mobilize.alerts.resolving import Part, Resolved, resolve
from mobilize.alerts.rules import Leaf, Rule, leaves_of, parse_rules
from mobilize.alerts.rules_schema import rules_schema
from mobilize.alerts.sentence import sentence
from mobilize.alerts.set_counting import counted_from_sets
from mobilize.alerts.tidying import tidied
from mobilize.contacts.models import Contact

__all__ = ["Rules", "audience_schema", "count", "meant_by", "select_contacts", "sentence"]

audience_schema = rules_schema
Rules = Mapping[str, Any]
"""Rules as they are stored and exchanged: a JSON document of `rules_schema.rules_schema`."""


def select_contacts(session: Session, rules: Rules, *, now: datetime) -> Select[int, str | None]:
    """The active contacts that rules mean, as (contact id, language).

    A contact whose language is not known is among them, so that a mailing can record why nothing
    was sent to them.

    Args:
        session: Where what the rules name is looked up.
        rules: The rules.
        now: The instant at which consent and seats are looked at.

    Raises:
        UnreadableRules: The rules cannot be read; the place is named.
    """
    return select(Contact.id, Contact.language).where(meant_by(session, rules, now=now))


def count(
    session: Session, rules: Rules, *, now: datetime, parts: Sequence[Part] | None = None
) -> int:
    """How many people rules mean at this instant.

    Args:
        session: The session.
        rules: The rules.
        now: The instant.
        parts: The parts to count in, all in one statement. Where none are given, sets that
            are kept are asked instead, and where there are none, as many parts as are worth it.

    Raises:
        UnreadableRules: The rules cannot be read; the place is named.
    """
    tree = tidied(parse_rules(rules))
    known = resolve(session, leaves_of(tree), now=now)
    if parts is None:
        people = counted_from_sets(session, tree, known)
        if people is not None:
            return people
    parts = parts or parts_of(session)
    counts = union_all(
        *(
            select(func.count().label("people"))
            .select_from(Contact)
            .where(_meant(tree, replace(known, part=part if len(parts) > 1 else None)))
            for part in parts
        )
    ).subquery("counts")
    with planned_for_counting(session, large=len(parts) > 1):
        return int(session.scalar(select(func.sum(counts.c.people))) or 0)


def meant_by(session: Session, rules: Rules, *, now: datetime) -> ColumnElement[bool]:
    """The condition over `contacts` that rules mean at an instant."""
    tree = tidied(parse_rules(rules))
    return _meant(tree, resolve(session, leaves_of(tree), now=now))


def _meant(tree: Rule, known: Resolved) -> ColumnElement[bool]:
    return and_(
        Contact.state == "active",
        in_part(Contact.id, known),
        _condition(tree, known, together=True),
    )


def _condition(rule: Rule, known: Resolved, *, together: bool) -> ColumnElement[bool]:
    if isinstance(rule, Leaf):
        return condition_of(rule, known, together=together)
    together = together and (rule.every or len(rule.rules) == 1)
    parts = [_condition(part, known, together=together) for part in rule.rules]
    return and_(true(), *parts) if rule.every else or_(false(), *parts)

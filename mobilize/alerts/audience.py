"""An audience: rules in JSON, compiled to one SELECT of the contacts that they mean."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from mobilize.alerts.conditions import condition_of
from mobilize.alerts.rules import Leaf, Rule, parse_rules, rules_schema
from mobilize.alerts.sentence import sentence
from mobilize.contacts.models import Contact

__all__ = ["Rules", "audience_schema", "count", "select_contacts", "sentence"]

audience_schema = rules_schema
Rules = Mapping[str, Any]
"""Rules as they are stored and exchanged: a JSON document of `rules.rules_schema`."""


def select_contacts(rules: Rules, *, now: datetime) -> Select[int, str | None]:
    """The active contacts that rules mean, as (contact id, language).

    A contact whose language is not known is among them, so that a mailing can record why nothing
    was sent to them.

    Args:
        rules: The rules.
        now: The instant at which consent and seats are looked at.

    Raises:
        InvalidInput: The rules cannot be read; the place is named.
    """
    return select(Contact.id, Contact.language).where(_meant(rules, now=now))


def count(session: Session, rules: Rules, *, now: datetime) -> int:
    """How many people rules mean at this instant."""
    statement = select(func.count()).select_from(Contact).where(_meant(rules, now=now))
    return session.scalar(statement) or 0


def _meant(rules: Rules, *, now: datetime) -> ColumnElement[bool]:
    return and_(Contact.state == "active", _condition(parse_rules(rules), now=now))


def _condition(rule: Rule, *, now: datetime) -> ColumnElement[bool]:
    if isinstance(rule, Leaf):
        return condition_of(rule, now=now)
    parts = [_condition(part, now=now) for part in rule.rules]
    return and_(true(), *parts) if rule.every else or_(false(), *parts)

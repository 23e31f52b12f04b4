"""An audience: rules in JSON, compiled to one SELECT of the contacts that they mean."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from mobilize.alerts.conditions import condition_of
from mobilize.alerts.resolving import Resolved, resolve
from mobilize.alerts.rules import Leaf, Rule, leaves_of, parse_rules
from mobilize.alerts.rules_schema import rules_schema
from mobilize.alerts.sentence import sentence
from mobilize.alerts.tidying import tidied
from mobilize.contacts.models import Contact

__all__ = ["Rules", "audience_schema", "count", "meant_by", "select_contacts", "sentence"]

audience_schema = rules_schema
Rules = Mapping[str, Any]
"""Rules as they are stored and exchanged: a JSON document of `rules_schema.rules_schema`."""

_PLANNING: Mapping[str, str] = {
    # Compiling the statement to machine code takes longer than a whole count.
    "jit": "off",
    # A million keys fit into memory at once; the usual 4 MB would send them through files.
    "work_mem": "64MB",
    # Which index serves depends on the values, and the statement differs each time anyway.
    "plan_cache_mode": "force_custom_plan",
}


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


def count(session: Session, rules: Rules, *, now: datetime) -> int:
    """How many people rules mean at this instant."""
    statement = select(func.count()).select_from(Contact).where(meant_by(session, rules, now=now))
    plan_for_counting(session)
    return session.scalar(statement) or 0


def meant_by(session: Session, rules: Rules, *, now: datetime) -> ColumnElement[bool]:
    """The condition over `contacts` that rules mean at an instant."""
    tree = tidied(parse_rules(rules))
    known = resolve(session, leaves_of(tree), now=now)
    return and_(Contact.state == "active", _condition(tree, known, together=True))


def plan_for_counting(session: Session) -> None:
    """Have PostgreSQL plan the rest of this transaction for few, large questions."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            select(*(func.set_config(name, value, True) for name, value in _PLANNING.items()))
        )


def _condition(rule: Rule, known: Resolved, *, together: bool) -> ColumnElement[bool]:
    if isinstance(rule, Leaf):
        return condition_of(rule, known, together=together)
    together = together and (rule.every or len(rule.rules) == 1)
    parts = [_condition(part, known, together=together) for part in rule.rules]
    return and_(true(), *parts) if rule.every else or_(false(), *parts)

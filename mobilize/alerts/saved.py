"""Saved audiences: rules under a name, to begin alerts and plans from.

An alert and a step of a plan keep the rules as they were chosen: a change here changes nobody's
approved alert behind their back. Each remembers which audience it took them from, so that a change
shows whom it does not reach (`uses`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.alerts.models import Audience
from mobilize.alerts.queries import audience_by_public_id
from mobilize.alerts.rules import parse_rules
from mobilize.alerts.tidying import same_rules
from mobilize.core.errors import Conflict, InvalidInput

LONGEST_NAME = 200


def create_audience(
    session: Session, *, name: str, rules: Mapping[str, Any], created_by: int, now: datetime
) -> Audience:
    """Keep rules under a name.

    Raises:
        InvalidInput: The rules cannot be read, or there is no name.
        Conflict: Another audience has that name.
    """
    parse_rules(rules)
    saved = Audience(
        name=_free_name(session, name, None),
        rules=dict(rules),
        created_by=created_by,
        created_at=now,
    )
    session.add(saved)
    session.flush()
    _note(session, saved, "create", created_by, now)
    return saved


def change_audience(
    session: Session,
    *,
    saved: Audience,
    name: str,
    rules: Mapping[str, Any],
    changed_by: int,
    now: datetime,
) -> Audience:
    """Give an audience another name, other rules, or both.

    Raises:
        InvalidInput: The rules cannot be read, or there is no name.
        Conflict: Another audience has that name, or this one is archived.
    """
    parse_rules(rules)
    _need_standing(saved)
    renamed, changed = name.strip() != saved.name, not same_rules(rules, saved.rules)
    if not renamed and not changed:
        return saved
    saved.name = _free_name(session, name, saved)
    saved.rules, saved.updated_at = dict(rules), now
    session.flush()
    _note(session, saved, "change", changed_by, now, {"renamed": renamed, "rules": changed})
    return saved


def archive_audience(
    session: Session, *, saved: Audience, archived_by: int, now: datetime
) -> Audience:
    """Offer an audience no more; what was taken from it stays as it is."""
    if saved.archived_at is None:
        saved.archived_at = now
        session.flush()
        _note(session, saved, "archive", archived_by, now)
    return saved


def restore_audience(
    session: Session, *, saved: Audience, restored_by: int, now: datetime
) -> Audience:
    """Offer an archived audience again."""
    if saved.archived_at is not None:
        saved.archived_at = None
        session.flush()
        _note(session, saved, "restore", restored_by, now)
    return saved


def taken_from(
    session: Session, *, rules: Mapping[str, Any] | None, ref: str | None
) -> tuple[dict[str, Any], int | None]:
    """The rules for an alert or a step, and the saved audience that they are those of.

    Args:
        session: The session.
        rules: The rules as they are given; None to take the audience's.
        ref: The public id of a saved audience, if one was chosen.

    Returns:
        The rules, and the audience's key where they are its own, not a variation of them.

    Raises:
        InvalidInput: Neither is given.
        Conflict: The audience is archived.
        NotFound: There is no such audience.
    """
    if not ref:
        if rules is None:
            raise InvalidInput(
                "Nobody is meant yet.",
                hint="Give rules, or the id of a saved audience.",
                fields={"rules": "missing"},
            )
        return dict(rules), None
    saved = audience_by_public_id(session, ref)
    if rules is None:
        _need_standing(saved)
        return dict(saved.rules), saved.id
    return dict(rules), saved.id if same_rules(rules, saved.rules) else None


def _need_standing(saved: Audience) -> None:
    if saved.archived_at is not None:
        raise Conflict("The audience is archived.", hint="Restore it first, or choose another.")


def _free_name(session: Session, name: str, own: Audience | None) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(
            "The audience has no name.",
            hint=f"Give it one of at most {LONGEST_NAME} characters.",
            fields={"name": "missing"},
        )
    other = session.scalar(select(Audience).where(Audience.name == name))
    if other is not None and other is not own:
        raise Conflict(
            "Another audience has this name.",
            hint="Choose another name; archived audiences keep theirs.",
            fields={"name": "taken"},
        )
    return name


def _note(
    session: Session,
    saved: Audience,
    action: str,
    account_id: int,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        actor=audit.actor_of(session, account_id),
        action=f"audience.{action}",
        subject_kind="audience",
        subject_id=saved.public_id,
        facts=dict(facts or {}),
    )

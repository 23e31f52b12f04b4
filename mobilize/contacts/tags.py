"""The words that contacts are sorted by: made when they are first used."""

from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Tag
from mobilize.core.db import upsert


def ensure_tags(session: Session, names: set[str]) -> dict[str, int]:
    """The ids of tags by name; those that are missing are made."""
    known = _tag_ids(session, names)
    missing = sorted(names - known.keys())
    if missing:
        table = cast("Table", Tag.__table__)
        upsert(session, table, [{"name": name} for name in missing], key=("name",))
        known = _tag_ids(session, names)
    return known


def _tag_ids(session: Session, names: set[str]) -> dict[str, int]:
    rows = session.execute(select(Tag.name, Tag.id).where(Tag.name.in_(sorted(names))))
    return dict(rows.all())

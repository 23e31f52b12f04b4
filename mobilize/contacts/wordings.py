"""The exact words that people agreed to, each kept once for ever."""

import hashlib
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import ConsentWording
from mobilize.core.db import upsert


def wording_id(session: Session, *, name: str, language: str, text: str, now: datetime) -> int:
    """The id of the exact words that a person agreed to, kept once."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    row = {"name": name, "language": language, "text": text, "sha256": sha256, "created_at": now}
    key = ("name", "language", "sha256")
    upsert(session, cast("Table", ConsentWording.__table__), [row], key=key)
    return session.scalars(
        select(ConsentWording.id).where(
            ConsentWording.name == name,
            ConsentWording.language == language,
            ConsentWording.sha256 == sha256,
        )
    ).one()

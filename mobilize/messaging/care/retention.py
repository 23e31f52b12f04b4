"""What care lets go of in time: every text thirty days after it came, at the latest."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, deleting, register
from mobilize.messaging.care import cases
from mobilize.messaging.care.models import CareCase, CareText

_OLD_TEXT = (lambda before: CareText.at < before,)
_delete_texts = deleting(CareText.id, *_OLD_TEXT)


def remove(session: Session, before: datetime, now: datetime, limit: int) -> int:
    """Remove the oldest texts, and cases of which none is left."""
    gone = _delete_texts(session, before, now, limit)
    left = exists().where(CareText.case_id == CareCase.id)
    empty = session.scalars(select(CareCase).where(~left).limit(limit)).all()
    cases.let_go(session, gone=empty, now=now)
    return gone


register(
    Rule(
        name="care_texts",
        setting="care_days",
        what=Label("Texts that need care", "Textos qui demandent du soin"),
        stays=Label(
            "a keyed mark that the number was answered once",
            "une marque chiffrée : ce numéro a reçu sa réponse",
        ),
        count=counting(CareText.id, *_OLD_TEXT),
        remove=remove,
        is_private=True,
    )
)

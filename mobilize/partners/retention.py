"""What partners let go of in time: who asked for a sign-on that nobody confirmed."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.core.i18n import Label
from mobilize.core.retention import Rule, counting, register, removed
from mobilize.partners.models import SignOn

_UNCONFIRMED = (
    lambda before: SignOn.created_at < before,
    lambda _: SignOn.state.in_(("pending", "lapsed")),
    lambda _: SignOn.email.is_not(None),
)


def forget_unconfirmed(session: Session, before: datetime, _now: datetime, limit: int) -> int:
    """Take name and address off sign-ons that were never confirmed, which lapse with it."""
    past = select(SignOn.id).where(*(one(before) for one in _UNCONFIRMED)).limit(limit)
    statement = (
        update(SignOn)
        .where(SignOn.id.in_(past.scalar_subquery()))
        .values(state="lapsed", signatory_name="", signatory_title="", email=None, email_hash=b"")
    )
    return removed(session, statement)


register(
    Rule(
        name="unconfirmed_sign_ons",
        setting="unconfirmed_days",
        what=Label(
            "Who asked for a sign-on that nobody confirmed",
            "Qui a demandé un appui que personne n’a confirmé",
        ),
        stays=Label("that it lapsed", "le fait qu’elle est devenue caduque"),
        count=counting(SignOn.id, *_UNCONFIRMED),
        remove=forget_unconfirmed,
    )
)

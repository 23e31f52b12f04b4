"""What partners show on a person's timeline: the sign-ons that they signed."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.contacts.models import Contact
from mobilize.core.timeline import Entry, Part, Window, register
from mobilize.partners.models import Partner, SignOn, SignOnEvent
from mobilize.strategy.models import Demand, DemandVersion


def sign_ons(session: Session, records: Sequence[int], window: Window) -> Iterable[Entry]:
    """Each step of the sign-ons whose signatory is reached at the person's address."""
    addresses = select(Contact.email_hash).where(
        Contact.id.in_(records), Contact.email_hash.is_not(None)
    )
    rows = session.execute(
        select(
            SignOnEvent.at, SignOnEvent.id, SignOnEvent.kind, Partner.name_en, Partner.name_fr,
            Demand.slug, DemandVersion.number,
        )
        .join(SignOn, SignOn.id == SignOnEvent.sign_on_id)
        .join(Partner, Partner.id == SignOn.partner_id)
        .join(DemandVersion, DemandVersion.id == SignOn.demand_version_id)
        .join(Demand, Demand.id == DemandVersion.demand_id)
        .where(SignOn.email_hash.in_(addresses), *window.older(SignOnEvent.at, SignOnEvent.id))
        .order_by(SignOnEvent.at.desc(), SignOnEvent.id.desc())
        .limit(window.limit)
    )  # fmt: skip
    return [
        Entry(
            at=at,
            id=row_id,
            kind=f"sign_on.{kind}",
            facts={
                "partner_en": name_en, "partner_fr": name_fr, "demand": demand, "version": version
            },
        )
        for at, row_id, kind, name_en, name_fr, demand, version in rows
    ]  # fmt: skip


register(
    Part(
        name="sign_ons",
        kinds=frozenset(
            f"sign_on.{kind}" for kind in ("requested", "confirmed", "withdrawn", "lapsed")
        ),
        read=sign_ons,
    )
)

"""The proof of one person's consents: what was agreed to, what holds, on what each message went.

It answers somebody who asks on what ground a message was sent: the person, or a regulator.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts import proving
from mobilize.contacts.erasing import whole_person
from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.contacts.proving import instant, which_address
from mobilize.contacts.queries import by_id
from mobilize.core.i18n import LANGUAGES
from mobilize.messaging.claims import on_record
from mobilize.messaging.gate import gate
from mobilize.messaging.models import Mailing, Message, Submission, Template, TemplateText
from mobilize.messaging.policy import Channel, policy_from
from mobilize.messaging.reasons import explain
from mobilize.settings import Settings

GATED: tuple[Channel, ...] = ("email", "sms")


def proof_of(
    session: Session,
    *,
    contact: Contact,
    settings: Settings,
    now: datetime,
    opened: bool = False,
) -> dict[str, Any]:
    """All that proves on what ground a person was written to, and whether they may be today.

    Args:
        session: The session.
        contact: Any of the person's records.
        settings: The installation's, for who it is and what its gate says.
        now: The moment that "today" means.
        opened: Whether addresses are shown whole.
    """
    standing = by_id(session, whole_person(session, contact)[-1])
    known = proving.events(session, standing)
    sent, texts = _messages(session, standing)
    site = settings.site
    return {
        "made_at": instant(now),
        "organization": {
            "en": site.organization_en,
            "fr": site.organization_fr,
            "postal_address": site.postal_address,
            "contact_email": site.contact_email,
        },
        "person": proving.person(session, standing, opened=opened),
        "today": proving.today(session, standing, known, now=now),
        "gate": [_verdict(session, standing, channel, settings, now) for channel in GATED],
        "events": known,
        "sign_ups": proving.sign_ups(session, standing),
        "closed_addresses": proving.closed_addresses(session, standing),
        "messages": sent,
        "texts": texts,
    }


def take_proof(
    session: Session, *, contact: Contact, settings: Settings, actor: str, now: datetime
) -> dict[str, Any]:
    """The proof with its addresses open, to be handed on; the audit log says who took it."""
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.prove",
        subject_kind="contact",
        subject_id=contact.public_id,
    )
    return proof_of(session, contact=contact, settings=settings, now=now, opened=True)


def _verdict(
    session: Session, contact: Contact, channel: Channel, settings: Settings, now: datetime
) -> dict[str, Any]:
    """Whether a message about no topic would go now, as the gate says at every sending."""
    rules = gate(
        channel=channel,
        kind="transactional",
        topic="",
        now=now,
        policy=policy_from(settings),
        recent=(),
    )
    statement = select(rules.refusal).select_from(Contact).where(Contact.id == contact.id)
    for consent, condition in rules.joins:
        statement = statement.outerjoin(consent, condition)
    reason = session.scalar(statement)
    return {
        "channel": channel,
        "would_go": reason is None,
        "reason": reason,
        "reason_words": _why(reason),
    }


def _why(reason: str | None) -> dict[str, str] | None:
    return {one: explain(reason, one) for one in LANGUAGES} if reason else None


def _messages(
    session: Session, contact: Contact
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every message to the person with the consent that it went on, and the words they say."""
    rows = session.execute(
        select(Message, Mailing, Template.name, Submission.started_at, Submission.provider_ref)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(Template, Template.id == Mailing.template_id)
        .outerjoin(Submission, Submission.id == Message.submission_id)
        .where(Message.contact_id.in_(records_of(session, contact.id)))
        .order_by(Message.id)
    ).all()
    claims = on_record(session, [message.id for message, *_ in rows])
    sent = []
    for message, mailing, template, started_at, ref in rows:
        claim = claims.get(message.id)
        sent.append(
            {
                "mailing": mailing.public_id,
                "kind": mailing.kind,
                "channel": mailing.channel,
                "topic": mailing.topic,
                "template": template,
                "language": message.language,
                "text": message.template_text_id,
                "state": message.state,
                "reason": message.reason,
                "reason_words": _why(message.reason),
                "queued_at": instant(message.created_at),
                "submitted_at": instant(started_at),
                "accepted_at": instant(message.accepted_at),
                "delivered_at": instant(message.delivered_at),
                "provider_ref": message.provider_ref or ref,
                "consent_event": claim.consent_event_id if claim else None,
                "address": (
                    which_address(contact, mailing.channel, claim.address_hash) if claim else None
                ),
            }
        )
    return sent, _texts(session, [message.template_text_id for message, *_ in rows])


def _texts(session: Session, text_ids: Sequence[int | None]) -> list[dict[str, Any]]:
    wanted = {one for one in text_ids if one is not None}
    rows = session.scalars(
        select(TemplateText).where(TemplateText.id.in_(wanted)).order_by(TemplateText.id)
    )
    return [
        {
            "id": one.id,
            "language": one.language,
            "channel": one.channel,
            "version": one.version,
            "subject": one.subject,
            "body": one.body,
            "sha256": one.sha256,
            "since": instant(one.created_at),
        }
        for one in rows
    ]

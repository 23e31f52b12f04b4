"""The outbox's door: a message is queued by inserting a row, in the transaction of its cause."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.models import Contact
from mobilize.core.columns import keyring_of_session
from mobilize.core.db import alone, insert_once
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.core.i18n import Language, is_language
from mobilize.messaging.hours import TIME_ZONE
from mobilize.messaging.models import CODE, TEST, TRANSACTIONAL_LANE, Mailing, Message
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.to_accounts import own_address_hash
from mobilize.waking import wake_after_commit


def queue_to_contact(
    session: Session,
    *,
    template_key: str,
    contact_id: int,
    language: Language,
    dedupe_key: str,
    now: datetime,
    channel: Channel = "email",
    variables: Mapping[str, str] | None = None,
    links: Mapping[str, Mapping[str, Any]] | None = None,
    campaign_ref: str | None = None,
) -> None:
    """Put a transactional message to a contact into the outbox, once per dedupe key.

    Args:
        session: The transaction of its cause: the message exists exactly if the cause does.
        template_key: The template, such as `thank-you`.
        contact_id: To whom.
        language: In which language.
        dedupe_key: What makes it one and the same: asking again changes nothing.
        now: The moment.
        channel: How it goes.
        variables: Values of this message, never personal data.
        links: Names of links to seal at sending: `{"purpose", "id", "path"}`, the path with
            `{language}` and `{token}` in it.
        campaign_ref: The campaign that its personal link leads to.
    """
    _queue(
        session,
        template_key,
        channel,
        dedupe_key,
        now,
        language,
        variables,
        links,
        campaign_ref=campaign_ref,
        contact_id=contact_id,
    )


def queue_to_address(
    session: Session,
    *,
    template_key: str,
    address: str,
    language: Language,
    dedupe_key: str,
    now: datetime,
    channel: Channel = "email",
    time_zone: str | None = None,
    variables: Mapping[str, str] | None = None,
    links: Mapping[str, Mapping[str, Any]] | None = None,
    kind: str = "transactional",
) -> None:
    """Put a message to an address that is only being confirmed into the outbox.

    Args:
        session: The transaction of its cause.
        template_key: The template.
        address: An email address, or a number in E.164.
        language: In which language.
        dedupe_key: What makes it one and the same.
        now: The moment.
        channel: How it goes.
        time_zone: Where the number is, so that no text comes at night.
        variables: Values of this message, never personal data.
        links: Names of links to seal at sending, as for a contact.
        kind: `opt_in` for what confirms a sign-up: its link has the sign-up's id.
    """
    hashed = email_hash if channel == "email" else phone_hash
    _queue(
        session,
        template_key,
        channel,
        dedupe_key,
        now,
        language,
        {**(variables or {}), **({TIME_ZONE: time_zone} if time_zone else {})},
        links,
        kind=kind,
        address=address,
        address_hash=hashed(keyring_of_session(session), address),
    )


def queue_code(
    session: Session,
    *,
    template_key: str,
    channel: Channel,
    language: Language,
    dedupe_key: str,
    until: datetime,
    now: datetime,
    contact_id: int | None = None,
    address: str = "",
    code_ref: str = "",
    digits: int = 0,
) -> None:
    """Put what a person asked for a moment ago into the outbox: a code, or word of a change.

    Args:
        session: The transaction of its cause.
        template_key: The template.
        channel: How it goes.
        language: In which language.
        dedupe_key: What makes it one and the same.
        until: When it is of no use any more; after that it does not go.
        now: The moment.
        contact_id: To whom, where it goes to an address on file.
        address: Where to, where it is not on file.
        code_ref: The name that the code of digits belongs to; the code itself stands nowhere.
        digits: How many digits the code has.
    """
    recipient: dict[str, Any] = {"contact_id": contact_id}
    if contact_id is None:
        by_hash = email_hash if channel == "email" else phone_hash
        address_hash = by_hash(keyring_of_session(session), address)
        recipient = {"address": address, "address_hash": address_hash}
    codes = {"codes": {"code": [code_ref, digits]}} if code_ref else {}
    _queue(
        session,
        template_key,
        channel,
        dedupe_key,
        now,
        language,
        {**codes, "until": until.isoformat()},
        None,
        kind=CODE,
        **recipient,
    )


def queue_test(
    session: Session,
    *,
    template_id: int,
    account: Account,
    language: Language,
    dedupe_key: str,
    variables: Mapping[str, str],
    until: datetime,
    now: datetime,
) -> None:
    """Put a test of a message into the outbox, to the address of the account that asked for it.

    Args:
        session: The transaction of its cause.
        template_id: Whose present words.
        account: To whom; where that is, is read at the sending.
        language: In which language.
        dedupe_key: What makes it one and the same.
        variables: All that its words ask for, its links too: it has none of its own.
        until: When it is of no use any more; after that it does not go.
        now: The moment.
    """
    _queue(
        session,
        template_id,
        "email",
        dedupe_key,
        now,
        language,
        {**variables, "until": until.isoformat()},
        None,
        kind=TEST,
        account_id=account.id,
        address_hash=own_address_hash(session, account),
    )


def _queue(
    session: Session,
    template: str | int,
    channel: Channel,
    dedupe_key: str,
    now: datetime,
    language: Language,
    variables: Mapping[str, Any] | None,
    links: Mapping[str, Mapping[str, Any]] | None,
    *,
    campaign_ref: str | None = None,
    kind: str = "transactional",
    **recipient: Any,
) -> None:
    if not is_language(language):
        raise InvalidInput("A message needs English or French.")
    mailing = _standing_mailing(
        session,
        _id_of(session, template) if isinstance(template, str) else template,
        channel,
        campaign_ref,
        now,
        kind=kind,
    )
    if recipient.get("contact_id") is not None:
        # A merge of this person waits until the message stands, and hands it over.
        held = select(Contact.id).where(Contact.id == recipient["contact_id"])
        session.execute(held.with_for_update(read=True, key_share=True))
    row = {
        "mailing_id": mailing.id,
        "dedupe_key": dedupe_key,
        "language": language,
        "variables": {**(variables or {}), **({"links": dict(links)} if links else {})},
        "state": "queued",
        "created_at": now,
        "state_at": now,
        **recipient,
    }
    table = Message.__table__
    assert isinstance(table, Table)
    insert_once(session, table, [row])
    wake_after_commit(session, "first")


def _standing_mailing(
    session: Session,
    template_id: int,
    channel: Channel,
    campaign_ref: str | None,
    now: datetime,
    *,
    kind: str,
) -> Mailing:
    wanted = select(Mailing).where(
        Mailing.kind == kind,
        Mailing.template_id == template_id,
        Mailing.channel == channel,
        Mailing.campaign_ref.is_(None)
        if campaign_ref is None
        else Mailing.campaign_ref == campaign_ref,
    )
    mailing = session.scalar(wanted)
    if mailing is None:
        alone(session, "standing-mailing")
        mailing = session.scalar(wanted)
    if mailing is None:
        mailing = Mailing(
            kind=kind,
            channel=channel,
            template_id=template_id,
            lane=TRANSACTIONAL_LANE,
            campaign_ref=campaign_ref,
            state="sending",
            created_at=now,
        )
        session.add(mailing)
        session.flush()
    return mailing


def _id_of(session: Session, template_key: str) -> int:
    template = template_by_key(session, template_key)
    if template is None:
        raise NotFound(
            f"There is no template `{template_key}`.", hint="Run `mobilize init` to load it."
        )
    return template.id

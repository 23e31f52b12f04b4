"""Correcting what is kept of a person, at an organizer's hand, with the reason.

Whoever is on file may have it corrected (PIPEDA, Principle 4.9.5; Quebec's Act respecting the
protection of personal information in the private sector, s. 28 and 30). The old value is gone from
the record; where an import or a merge can still be undone it stays there, sealed, for that time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.carrying import renew_for, take_back
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.identity import (
    clean_name,
    email_hash,
    normalise_email,
    normalise_phone,
    phone_hash,
)
from mobilize.contacts.models import Contact
from mobilize.contacts.suppression import ERASED, REPLACED, Closing, barred_by, suppress_all
from mobilize.contacts.whereabouts import whereabouts
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import LANGUAGES
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_by_code
from mobilize.mps.timezones import zone_of

Reason = Literal["asked", "mistake", "moved", "other"]
REASONS: Final[tuple[Reason, ...]] = ("asked", "mistake", "moved", "other")
"""The person asked for it; we had written it down wrong; we learned that they moved; another."""
FIELDS: Final = (
    "given_name", "family_name", "email", "phone", "language", "postal_code", "riding",
)  # fmt: skip
SOURCE: Final = "correction"


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What is to stand on file, as typed; None leaves a thing as it is, an empty text removes it.

    Attributes:
        postal_code: Only riding and area are kept of it.
        riding: Elections Canada's code of the riding that the person says they live in.
    """

    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    postal_code: str | None = None
    riding: str | None = None


def rectify(
    session: Session,
    *,
    contact: Contact,
    correction: Correction,
    reason: str,
    actor: str,
    now: datetime,
    evidence: str = "the person asked for the change",
) -> list[str]:
    """Correct a record; the audit log says which fields and why, never what stands in them.

    Nothing goes to a new number before somebody has answered from it, whatever the reason. What
    was agreed to goes along to a new address only where the person asked for the change; else it
    is asked for anew (`carrying`), with `evidence` in the ledger. An address that left the list
    stays closed.

    Returns:
        The fields that changed.

    Raises:
        InvalidInput: A value cannot be used, or the reason is none; `fields` says which.
        Conflict: The record stands for nobody any more; the address is somebody else's, or of
            somebody who asked not to be kept.
    """
    if contact.state != "active":
        raise Conflict("This record stands for nobody any more.", hint="Go back to the list.")
    if reason not in REASONS:
        raise InvalidInput("The reason is missing.", hint="Choose one.", fields={"reason": "none"})
    work = _Work(session, contact, reason == "asked", actor, now, evidence)
    steps: dict[str, Callable[[str], bool]] = {
        "given_name": work.name("given_name"),
        "family_name": work.name("family_name"),
        "email": work.email,
        "phone": work.phone,
        "language": work.language,
        "postal_code": work.postal_code,
        "riding": work.riding,
    }
    changed, wrong = list[str](), dict[str, Any]()
    for name, step in steps.items():
        wanted: str | None = getattr(correction, name)
        if wanted is None:
            continue
        try:
            if step(wanted.strip()):
                changed.append(name)
        except InvalidInput as error:
            wrong[name] = error.message
    if contact.email is None and contact.phone is None and {"email", "phone"} & {*changed}:
        wrong["email"] = "A supporter needs an email address or a phone number."
    if wrong:
        raise InvalidInput(
            "Some of it cannot be used.", hint="Correct it and send it again.", fields=wrong
        )
    if changed:
        contact.updated_at = now
        session.flush()
        audit.record(
            session,
            now=now,
            actor=actor,
            action="contact.rectify",
            subject_kind="contact",
            subject_id=contact.public_id,
            facts={"fields": changed, "reason": reason},
        )
    return changed


@dataclass(frozen=True)
class _Work:
    """The steps of one correction; each says whether it changed anything."""

    session: Session
    contact: Contact
    asked: bool
    actor: str
    now: datetime
    evidence: str

    def name(self, which: str) -> Callable[[str], bool]:
        return lambda text: self._set(which, clean_name(text))

    def email(self, text: str) -> bool:
        new = normalise_email(text) if text else None
        address = email_hash(keyring_of_session(self.session), new) if new else None
        if address == self.contact.email_hash:
            return False
        self._check_free(address)
        old = self.contact.email_hash
        self.contact.email, self.contact.email_hash = new, address
        self.session.flush()
        self._move("email", old, address)
        return True

    def phone(self, text: str) -> bool:
        new = normalise_phone(text) if text else None
        number = phone_hash(keyring_of_session(self.session), new) if new else None
        if number == self.contact.phone_hash:
            return False
        old = self.contact.phone_hash
        self.contact.phone, self.contact.phone_hash = new, number
        # A text to a wrong number may be read aloud in a wrong home.
        self.contact.sms_confirmed_at = None
        self.session.flush()
        in_use = select(Contact.id).where(Contact.phone_hash == old, Contact.state == "active")
        if old is not None and self.session.scalar(in_use.limit(1)) is not None:
            # Somebody else of the home still has the number.
            old = None
        for channel in ("sms", "voice"):
            self._move(channel, old, number)
        return True

    def language(self, text: str) -> bool:
        if text and text not in LANGUAGES:
            raise InvalidInput("It is English or French.")
        return self._set("language", text or None)

    def postal_code(self, text: str) -> bool:
        place = whereabouts(text)
        riding = None
        if place.riding_code:
            riding = riding_by_code(self.session, ORDER, place.riding_code)
        return self._set_all(
            fsa=place.fsa,
            province=place.province,
            time_zone=place.time_zone,
            riding_id=riding.id if riding else None,
            riding_certainty=place.certainty if riding else None,
            riding_source="postal" if riding else None,
        )

    def riding(self, text: str) -> bool:
        if not text:
            return self._set_all(riding_id=None, riding_certainty=None, riding_source=None)
        riding = riding_by_code(self.session, ORDER, text)
        if riding is None:
            raise InvalidInput("There is no such riding.", hint="Pick one from the list.")
        if riding.id == self.contact.riding_id:
            return False
        return self._set_all(
            riding_id=riding.id,
            riding_certainty="confirmed",
            riding_source="chosen",
            province=riding.province,
            time_zone=zone_of(province=riding.province, riding=riding.code, fsa=self.contact.fsa),
        )

    def _set(self, name: str, value: object) -> bool:
        return self._set_all(**{name: value})

    def _set_all(self, **values: object) -> bool:
        before = {name: getattr(self.contact, name) for name in values}
        for name, value in values.items():
            setattr(self.contact, name, value)
        return before != values

    def _check_free(self, address: bytes | None) -> None:
        taken = select(Contact.id).where(Contact.email_hash == address)
        if address is not None and self.session.scalar(taken) is not None:
            raise Conflict(
                "Somebody with this email address is on file.",
                hint="If it is the same person, merge the two records.",
            )

    def _move(self, channel: str, old: bytes | None, new: bytes | None) -> None:
        closed = None
        if new is not None:
            closed = barred_by(self.session, channel=channel, address_hash=new)
        if closed == ERASED:
            raise Conflict(
                "The person behind this address asked not to be kept.",
                hint="Leave the record as it is.",
            )
        if old is not None:
            # No later file brings it back; a mistyped one was never theirs.
            closing = [Closing(channel, old, REPLACED)]
            suppress_all(self.session, closings=closing, now=self.now)
        if new is not None and self.asked and closed in {None, REPLACED}:
            renew_for(
                self.session,
                contact=self.contact,
                channel=channel,
                address_hash=new,
                source=SOURCE,
                evidence=self.evidence,
                actor=self.actor,
                now=self.now,
            )
        else:
            take_back(
                self.session,
                contact=self.contact,
                channel=channel,
                source=SOURCE,
                actor=self.actor,
                now=self.now,
            )
        if new is not None and closed == REPLACED:
            # It had been given up for another by a correction, and comes back by one; where STOP
            # came from it before, that is what bars it.
            self.session.execute(
                update(Suppression)
                .where(Suppression.channel == channel, Suppression.address_hash == new)
                .values(lifted_at=self.now)
            )

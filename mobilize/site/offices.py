"""Who sits for a riding and how to reach their offices, as an action page shows it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from sqlalchemy.orm import Session

from mobilize.actions.models import CampaignText
from mobilize.actions.scripts import fill, values_for
from mobilize.core.errors import NotFound
from mobilize.core.i18n import Language
from mobilize.mps.queries import (
    NamedRiding,
    OfficeOnRecord,
    SittingMp,
    mp_for_riding,
    named_ridings,
    offices_for,
)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A riding, who holds it now, and where that person can be reached."""

    riding: NamedRiding
    mp: SittingMp | None
    offices: tuple[OfficeOnRecord, ...]
    language: Language

    @property
    def mp_name(self) -> str | None:
        """The MP's name as it is shown; None where the seat is vacant."""
        return None if self.mp is None else self.mp.name(self.language)

    @property
    def email(self) -> str | None:
        """The MP's public address."""
        return None if self.mp is None else self.mp.email

    @property
    def numbered(self) -> list[OfficeOnRecord]:
        """The offices that have a phone number, those of the riding first."""
        with_number = [office for office in self.offices if office.tel]
        return sorted(with_number, key=lambda office: office.kind != "constituency")

    def filled(self, text: str) -> str:
        """A script with this seat's names in it."""
        return fill(
            text, values_for(mp=self.mp_name, riding=self.riding.name, language=self.language)
        )

    def mail_link(self, text: CampaignText) -> str | None:
        """A link that opens the letter in the supporter's own mail program (RFC 6068)."""
        if self.email is None:
            return None
        body = self.filled(text.letter_body).replace("\n", "\r\n")
        subject = self.filled(text.letter_subject)
        return f"mailto:{quote(self.email, safe='@')}?subject={quote(subject)}&body={quote(body)}"


def seat(session: Session, riding_id: int, *, language: Language, on: date) -> Seat:
    """The seat of a riding on a day.

    Raises:
        NotFound: There is no such riding.
    """
    riding = named_ridings(session, [riding_id], lang=language, on=on).get(riding_id)
    if riding is None:
        raise NotFound("There is no such riding.")
    mp = mp_for_riding(session, riding_id, on)
    offices = (
        ()
        if mp is None
        else tuple(offices_for(session, [mp.mandate_id], on).get(mp.mandate_id, ()))
    )
    return Seat(riding=riding, mp=mp, offices=offices, language=language)


def phone_as_read(number: str) -> str:
    """A North American number as people read it: `613-555-0100`; others as they are."""
    digits = number.removeprefix("+1")
    if len(digits) != 10 or not digits.isdigit():  # noqa: PLR2004 - the North American plan
        return number
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"

"""The form that asks for an export: who, which parts of their records, in which file, what for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from flask_babel import LazyString, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mobilize.alerts.exports import rules_of_audience
from mobilize.console.audience_form import AudienceForm
from mobilize.contacts.exporting import WISHES, checked_columns
from mobilize.contacts.own_export import FIELD
from mobilize.core.errors import InvalidInput

PARTS: Final[Mapping[str, tuple[LazyString, tuple[str, ...]]]] = {
    "name": (lazy_gettext("Name"), ("given_name", "family_name")),
    "email": (lazy_gettext("Email"), ("email",)),
    "phone": (lazy_gettext("Phone"), ("phone", "sms_confirmed_at")),
    "language": (lazy_gettext("Language"), ("language",)),
    "place": (
        lazy_gettext("Riding, province and postal area"),
        ("postal_area", "province", "riding", "riding_certainty", "riding_source", "time_zone"),
    ),
    "tags": (lazy_gettext("Tags"), ("tags",)),
    "source": (lazy_gettext("Came from"), ("kind", "source")),
    "consent_email": (
        lazy_gettext("Consent by email, with its proof"),
        tuple(f"consent_email_{part}" for part in ("basis", "date", "evidence", "withdrawn")),
    ),
    "consent_sms": (
        lazy_gettext("Consent by text message, with its proof"),
        tuple(f"consent_sms_{part}" for part in ("basis", "date", "evidence", "withdrawn")),
    ),
    "topics": (
        lazy_gettext("Topics left, other consents, closed addresses"),
        ("topics_left", "other_consents", "suppressed"),
    ),
    "wishes": (lazy_gettext("Wishes: discreet, safe hours, pause"), WISHES),
    "answers": (lazy_gettext("Answers in custom fields"), ()),
}
"""What can be ticked, in words, and the columns that it stands for."""


@dataclass(frozen=True, kw_only=True)
class ExportForm:
    """What an organizer chose.

    Attributes:
        saved: A saved audience's public id; without one the builder's choice counts.
        parts: The parts ticked.
    """

    saved: str = ""
    audience: AudienceForm = field(default_factory=AudienceForm)
    parts: tuple[str, ...] = tuple(PARTS)
    form: str = "csv"
    purpose: str = ""

    @classmethod
    def of_form(cls, form: MultiDict[str, str]) -> Self:
        """The choice as a sent form holds it."""
        return cls(
            saved=form.get("saved", ""),
            audience=AudienceForm.of_form(form),
            parts=tuple(part for part in form.getlist("part") if part in PARTS),
            form=form.get("form", "csv"),
            purpose=form.get("purpose", "").strip(),
        )

    def rules(self, session: Session) -> dict[str, Any]:
        """Who is meant.

        Raises:
            InvalidInput: Written rules cannot be read.
            NotFound: The saved audience is gone.
        """
        return rules_of_audience(session, self.saved) if self.saved else self.audience.rules()

    def columns(self, session: Session) -> Sequence[str]:
        """The columns that the parts stand for.

        Raises:
            InvalidInput: Nothing is ticked.
        """
        if not self.parts:
            raise InvalidInput(
                "No part of the records is chosen.",
                hint="Tick what the file should hold.",
                fields={"part": "missing"},
            )
        found = [name for part in self.parts for name in PARTS[part][1]]
        if "answers" in self.parts:
            known = checked_columns(session, ())
            found += [name for name in known if name.startswith(FIELD)]
        return found or ["kind"]

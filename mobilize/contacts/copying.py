"""A person's copy of all that is kept of them, for a program and for a reader.

PIPEDA, Principle 4.9, and Quebec's Act respecting the protection of personal information in the
private sector, s. 27 (which since 2024 includes a technological format that is in common use).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.erasing import whole_person
from mobilize.contacts.models import Contact
from mobilize.core.i18n import Label, Language
from mobilize.core.personal_data import registered, show_person

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LOCALES: Final[Mapping[Language, str]] = {"en": "en_CA", "fr": "fr_CA"}
_PAGES: Final = Environment(
    loader=PackageLoader("mobilize.contacts"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_FIXED: Final[Mapping[str, Label]] = {
    "title": Label("What we keep about you", "Ce que nous conservons à votre sujet"),
    "by": Label("Made by %s on %s.", "Établi par %s le %s."),
    "all": Label(
        "This is all that is on file. You may have it corrected or erased.",
        "C’est tout ce qui figure au dossier. Vous pouvez le faire corriger ou effacer.",
    ),
    "careful": Label(
        "It holds your addresses. On a device that others use, remove the file afterwards.",
        "Ce document contient vos adresses. Sur un appareil que d’autres utilisent, supprimez "
        "ensuite le fichier.",
    ),
    "nothing": Label("nothing", "rien"),
    "yes": Label("yes", "oui"),
    "no": Label("no", "non"),
}


def copy_of(session: Session, *, contact: Contact, actor: str, now: datetime) -> dict[str, Any]:
    """Everything that is kept of a person, by feature; the audit log says that it was taken out.

    Args:
        session: The session of the transaction.
        contact: Any of the person's records.
        actor: Who takes it; `supporter` for the person themself.
        now: When.
    """
    standing = whole_person(session, contact)[-1]
    audit.record(
        session,
        now=now,
        actor=actor,
        action="contact.copy",
        subject_kind="contact",
        subject_id=contact.public_id,
    )
    return show_person(session, standing)


def readable(
    copy: Mapping[str, Any],
    *,
    language: Language,
    organization: str,
    contact_email: str,
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """The copy as one HTML page that stands for itself, to be read, printed or kept.

    Args:
        copy: What `copy_of` gave.
        language: In which language.
        organization: Who keeps it.
        contact_email: Where to write about it.
        zone: Whose clock the moments are shown by.
        now: When it was made.
    """
    words, codes = words_of_copy()

    def word(key: str) -> str:
        return words[key].text(language) if key in words else key.replace("_", " ")

    def shown(value: Any) -> str:
        if isinstance(value, str) and value in codes:
            return codes[value].text(language)
        return _shown(value, language, zone)

    fixed = {name: label.text(language) for name, label in _FIXED.items()}
    day = format_date(now.astimezone(zone), "long", locale=_LOCALES[language])
    return _PAGES.get_template("copy.html").render(
        language=language,
        fixed=fixed | {"by": fixed["by"] % (organization, day)},
        contact_email=contact_email,
        sections=[(word(name), held) for name, held in copy.items()],
        word=word,
        shown=shown,
        is_list=lambda value: isinstance(value, list),
        is_group=lambda value: isinstance(value, dict),
    )


def words_of_copy() -> tuple[dict[str, Label], dict[str, Label]]:
    """What the keys of a copy are called, and what the codes among its values mean."""
    words, codes = dict[str, Label](), dict[str, Label]()
    for holding in reversed(registered()):
        words |= holding.words
        codes |= holding.codes
    return words, codes


def _shown(value: Any, language: Language, zone: ZoneInfo) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _FIXED["yes" if value else "no"].text(language)
    text = str(value)
    if _INSTANT.fullmatch(text):
        moment = datetime.fromisoformat(text).astimezone(zone)
        return str(format_datetime(moment, "medium", tzinfo=zone, locale=_LOCALES[language]))
    if _DAY.fullmatch(text):
        return str(format_date(date.fromisoformat(text), "long", locale=_LOCALES[language]))
    return text

"""The longest values that the people of an audience put into a text, one statement for each."""

from datetime import date

from sqlalchemy import ColumnElement, LargeBinary, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from mobilize.contacts.models import Contact
from mobilize.core.i18n import Language
from mobilize.mps.queries import mp_names, riding_names


def longest_values(
    session: Session, recipients: Select[int, str | None], language: Language, *, on: date
) -> dict[str, str]:
    """The longest first name, riding and MP among those who get a text in a language, in bytes.

    Args:
        session: The session.
        recipients: Contact ids and languages, as an audience compiles to.
        language: The text's.
        on: The day for which ridings and MPs are named.
    """
    people = recipients.subquery("people")
    theirs = (people.c[0] == Contact.id) & (Contact.language == language)
    name = session.scalar(
        select(Contact.given_name)
        .join(people, theirs)
        .order_by(_bytes(session, Contact.given_name).desc())
        .limit(1)
    )
    ridings = session.scalars(
        select(Contact.riding_id)
        .join(people, theirs)
        .where(Contact.riding_id.is_not(None))
        .distinct()
    )
    ids = [one for one in ridings if one is not None]
    called = {
        "riding": riding_names(session, ids, language, on).values(),
        "mp": mp_names(session, ids, language, on).values(),
    }
    longest = {what: max(names, key=_size, default="") for what, names in called.items()}
    return {"given_name": name or "", **longest}


def _size(text: str) -> int:
    return len(text.encode())


def _bytes(session: Session, text: InstrumentedAttribute[str]) -> ColumnElement[int]:
    if session.get_bind().dialect.name == "postgresql":
        return func.octet_length(text)
    return func.length(cast(text, LargeBinary))

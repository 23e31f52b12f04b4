"""Texts stay in the countries that the settings name, and go to no number that bills for them."""

from collections.abc import Sequence

from mobilize.contacts.textable import is_textable
from mobilize.messaging.lettering import Person
from mobilize.messaging.models import REPLY
from mobilize.settings import Settings


def told_apart(
    people: Sequence[Person], *, kind: str, settings: Settings
) -> tuple[list[Person], list[tuple[int, str]]]:
    """Those of a chunk whom a text may go to, and the messages of the others with the reason.

    An answer goes back to where the question came from, wherever that is.

    Args:
        people: Who may be written to otherwise.
        kind: The mailing's.
        settings: The installation's.
    """
    if kind == REPLY:
        return list(people), []
    countries = settings.sign_ups.sms_countries
    near = [is_textable(person.address, countries) for person in people]
    return (
        [person for person, fine in zip(people, near, strict=True) if fine],
        [
            (person.message_id, "not_textable")
            for person, fine in zip(people, near, strict=True)
            if not fine
        ],
    )

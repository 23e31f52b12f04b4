"""Why a row was put aside, in the page's language.

Reasons are written down in English, as logs and scripts have them. Each is one of these sentences,
with what stands in the row in its gaps; what is none of them is shown as it is.
"""

import re
from functools import lru_cache
from typing import Final

from flask_babel import gettext

# Named so that the texts are found for the catalogue; they are translated when they are shown.
_ = str

_SENTENCES: Final = (
    _("There is neither an email address nor a phone number."),
    _("This is no email address: %(why)s"),
    _("This is no phone number. Write it like 613-555-0123."),
    _("There is no such phone number. Write it like 613-555-0123."),
    _("This is no Canadian postal code (%(why)s). Write it like K1A 0A6."),
    _("The language “%(text)s” is neither English nor French. Write en or fr."),
    _("“%(text)s” is no date. Write dates like 2026-11-22."),
    _("The date %(text)s has not come yet."),
    _("There is no consent basis called '%(text)s'. Use one of: %(names)s."),
    _("Consent is claimed for %(channel)s, but there is no address for it."),
    _("A number is said to be confirmed, but there is none."),
    _("“%(text)s” does not say whether somebody left. Write yes, no, or one of: %(names)s."),
    _("A name has %(length)s characters; %(most)s is the most. Check that the columns are in the "
      "right order."),
    _("The %(what)s has %(length)s characters; %(most)s is the most."),
    _("The tag “%(text)s” names %(what)s. Mobilize does not keep this about anybody. Remove the "
      "tag. What is not kept cannot be stolen, ordered out or misused."),
    _("This is no answer to the field “%(field)s”. %(hint)s"),
    _("This contact is an organization or a household. Bring organizations in with a file of "
      "partners."),
    _("This contact is in CiviCRM's trash."),
    _("This person is marked as deceased."),
    _("an earlier row of the file is the same person, and counts"),
    _("the person behind this address asked not to be kept"),
    _("somebody else on file has the same phone number"),
    _("the row has %(cells)s cells, the header %(width)s"),
    _("the line cannot be read: %(why)s"),
)  # fmt: skip
_GAP: Final = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")


def worded(reason: str) -> str:
    """A reason in the page's language."""
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(reason)
        if found:
            translated: str = gettext(sentence)
            return translated % found.groupdict() if found.groupdict() else translated
    return reason


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (sentence, re.compile(_GAP.sub(r"(?P<\1\2>.+)", re.escape(sentence)), re.DOTALL))
        for sentence in _SENTENCES
    ]

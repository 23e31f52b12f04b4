"""Why a row was put aside, or a file refused, in the page's language.

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
    _("This is no email address: %(why)s."),
    _("This is no phone number. Write it like 613-555-0123."),
    _("There is no such phone number. Write it like 613-555-0123."),
    _(
        "This number costs whoever calls it; nobody is reached at it. "
        "Write the person's own number."
    ),
    _("This is no Canadian postal code (%(why)s). Write it like K1A 0A6."),
    _("The language “%(text)s” is neither English nor French. Write en or fr."),
    _("“%(text)s” is no date. Write dates like 2026-11-22."),
    _("The date %(text)s has not come yet."),
    _("There is no consent basis called “%(text)s”. Use one of: %(names)s."),
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
    _("Two columns are the %(name)s: “%(first)s” and “%(second)s”."),
    _("The %(kind)s “%(text)s” names %(what)s. Mobilize does not keep this about anybody."),
    _("Remove the %(kind)s. What is not kept cannot be stolen, ordered out or misused."),
    _("The column “%(text)s” cannot be read as “%(target)s”."),
    _("The sheet “%(sheet)s” of %(name)s does not begin with the names of its columns."),
    _("%(name)s does not begin with the names of its columns."),
    _("%(name)s has no sheet that can be seen."),
    _("%(name)s is no Excel workbook that we can read."),
    _("%(name)s unpacks into more than we can take."),
    _("%(name)s is a workbook with a password, or one from before 2007."),
    _("%(name)s is empty."),
    _("%(name)s is in UTF-16."),
    _("%(name)s is no text that we can read."),
    _("The file lacks the columns %(names)s."),
    _("The file lacks the column %(names)s."),
    _("The file is larger than %(most)s MiB."),
    _("Consent is declared for %(channel)s, but there is no address for it."),
    _("Write at most %(most)s characters, such as “%(sample)s”."),
    _("An import can be undone for %(days)s days."),
    _("Excel workbook, sheet “%(sheet)s”, the first of %(sheets)s"),
    _("Excel workbook, sheet “%(sheet)s”"),
    _("UTF-8 with a byte order mark"),
    _("the row has %(cells)s cells, the header %(width)s"),
    _("the line cannot be read: a cell is too long, or a quotation mark is not closed"),
    _("“%(text)s” cannot be read as %(name)s. Leave this column as the export wrote it."),
    _("The basis %(basis)s ends by itself and needs the date from which it counts."),
    _("The first line of %(name)s cannot be read as names of columns."),
    _("The file has no column “%(text)s”."),
    _("Write at most %(most)s characters."),
    _("It names %(what)s. Mobilize does not keep this about anybody."),
    _("Choose one of: %(names)s."),
    _("The %(what)s is longer than %(most)s characters."),
    _("The organization has no name."),
    _("Somebody may sign, but there is no email address of theirs."),
    _("There is no riding “%(text)s”. Write names or codes of 2023 ridings, between semicolons."),
    _("“%(text)s” is neither yes nor no. Write yes or no."),
    _("“%(text)s” is no membership. Write member, ally or former."),
    _("There is no province “%(text)s”. Write ON, QC, BC, …."),
    _("The website is no web address. Write https://example.org."),
)  # fmt: skip
_NAMED: Final = frozenset(
    (
        _("immigration status"),
        _("whether somebody is a survivor"),
        _("the employer"),
        _("the facts of a case"),
        _("tag"),
        _("column"),
        _("source"),
        _("evidence"),
        # Why an email address is none (`email_faults`) …
        _("there is no @ in it"),
        _("there is more than one @ in it"),
        _("there is a blank in it"),
        _("nothing stands before the @"),
        _("nothing stands after the @"),
        _("it is too long"),
        _("there is no period after the @"),
        _("what stands before the @ cannot stand there"),
        _("what stands after the @ is no place that gets mail"),
        # … why a postal code is none (`whereabouts`) …
        _("nothing is written"),
        _("it has other than six characters"),
        _("a letter is missing in it"),
        _("a digit is missing in it"),
        _("it has a letter that no postal code has there"),
        # … and what helps to answer a custom field (`answers`).
        _("An email address or a phone has a place of its own."),
        _("Write 1234, or 1.234 for a fraction."),
        _("Write a number like 12 or 1234.5."),
        _("Write a date like 2026-11-12 or 12 November 2026."),
        _("Write yes or no."),
    )
)
"""What a sentence may name in a gap, in our own words."""
_WHOLE: Final = "hint"
"""A gap in which a sentence stands that may have gaps itself."""
_GAP: Final = re.compile(r"%\\\((\w+)\\\)s|%\((\w+)\)s")


def worded(reason: str) -> str:
    """A reason in the page's language."""
    for sentence, pattern in _patterns():
        found = pattern.fullmatch(reason)
        if found:
            translated: str = gettext(sentence)
            gaps = {
                name: worded(text) if name == _WHOLE and text not in _NAMED else _named(text)
                for name, text in found.groupdict().items()
            }
            return translated % gaps if gaps else translated
    return reason


def _named(text: str) -> str:
    return gettext(text) if text in _NAMED else text


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (sentence, re.compile(_GAP.sub(r"(?P<\1\2>.+)", re.escape(sentence)), re.DOTALL))
        for sentence in _SENTENCES
    ]

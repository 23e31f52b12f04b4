"""Which column of a file is which, by its name in English or French."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mobilize.contacts.questions import Question
from mobilize.contacts.sensitive import refuse_sensitive
from mobilize.core.errors import InvalidInput
from mobilize.mps.names import normalise

SUPPORTER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("e mail", "email address", "courriel", "adresse courriel", "adresse de courriel"),
    "phone": (
        "telephone", "phone number", "mobile", "mobile phone", "cell", "cell phone", "cellulaire",
        "numero de telephone",
    ),
    "given_name": ("first name", "firstname", "prenom"),
    "family_name": ("last name", "lastname", "surname", "nom", "nom de famille"),
    "postal_code": ("postcode", "zip", "zip code", "code postal"),
    "language": ("preferred language", "lang", "langue", "langue preferee"),
    "tags": ("tag", "labels", "etiquettes", "mots cles"),
    "source": ("origin", "provenance", "origine"),
    "consent_email_basis": ("consentement courriel fondement",),
    "consent_email_date": ("consentement courriel date",),
    "consent_email_evidence": ("consentement courriel preuve",),
    "consent_sms_basis": ("consentement texto fondement",),
    "consent_sms_date": ("consentement texto date",),
    "consent_sms_evidence": ("consentement texto preuve",),
    "sms_confirmed_at": ("numero confirme le",),
    "opt_out_email": ("email opt out", "desabonne courriel"),
    "opt_out_email_date": ("email opt out date", "desabonne courriel date"),
    "opt_out_sms": ("sms opt out", "desabonne texto"),
    "opt_out_sms_date": ("sms opt out date", "desabonne texto date"),
    "opt_out_voice": ("do not call", "ne pas appeler"),
}  # fmt: skip

CLAIMS: Final = ("consent_email_basis", "consent_sms_basis")
"""The columns of which each can make a consent out of every row."""

Shape = Callable[[list[str]], list[str]]
"""Makes a row of a file into one whose cells stand as `Layout.places` says; it can be pickled.

Raises:
    InvalidInput: The row cannot be used; the message says why.
"""


@dataclass(frozen=True)
class Layout:
    """Where each known column stands.

    Attributes:
        places: Our name of a column to its place in the row, from 0.
        ignored: The file's columns that nothing is taken from, in the file's words.
        shape: What makes a row of the file into one of those places; None where it is one already.
        dialect: The tool whose export it is, where that is known.
        answers: The places, after `shape`, that answer a custom field, and the field.
        mapping: Which column is read as which, as it is kept with the import; empty for files in
            our own words.
    """

    places: Mapping[str, int]
    ignored: tuple[str, ...]
    shape: Shape | None = None
    answers: tuple[tuple[int, Question], ...] = ()
    dialect: str = ""
    mapping: Mapping[str, Any] = field(default_factory=dict)

    def digest(self, sha256: str) -> str:
        """What tells a file, so read, from all others: the same bytes read otherwise are another.

        Args:
            sha256: The digest of the file's bytes.
        """
        if not self.mapping:
            return sha256
        said = json.dumps(self.mapping, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{sha256} {said}".encode()).hexdigest()


def recognise(
    header: Sequence[str],
    known: Mapping[str, tuple[str, ...]],
    chosen: Mapping[str, str] | None = None,
) -> Layout:
    """Tell which column is which.

    Args:
        header: The names in the file.
        known: Our names, each with the others it goes by (`names.normalise`d).
        chosen: What some columns, by their titles, are read as instead; empty for nothing.

    Raises:
        InvalidInput: A name stands for what must not be kept, one column comes twice, or one is
            chosen that is not there, or as what there is not.
    """
    chosen = chosen or {}
    refuse_unknown(header, chosen)
    words = _words(known)
    places: dict[str, int] = {}
    ignored: list[str] = []
    for place, title in enumerate(header):
        name = chosen.get(title, words.get(normalise(title), ""))
        if not name or title in chosen:
            refuse_sensitive(title, kind="column")
        if not name:
            ignored.append(title)
        elif name not in known:
            raise no_such_column(title, name)
        elif name in places:
            raise InvalidInput(
                f"Two columns are the {name}: “{header[places[name]]}” and “{title}”.",
                hint="Keep one of them, or rename the other.",
                fields={name: "twice"},
            )
        else:
            places[name] = place
    return Layout(
        places,
        tuple(title for title in ignored if title),
        mapping={"targets": dict(chosen)} if chosen else {},
    )


def refuse_unknown(header: Sequence[str], titles: Iterable[str]) -> None:
    """Refuse titles that no column of a file has.

    Raises:
        InvalidInput: There is one.
    """
    unknown = sorted(set(titles) - set(header))
    if unknown:
        raise InvalidInput(
            f"The file has no column “{unknown[0][:60]}”.",
            hint="Write its name as it stands in the file.",
            fields=dict.fromkeys(unknown, "unknown"),
        )


def no_such_column(title: str, target: str) -> InvalidInput:
    """What is said where a column is to be read as what there is not."""
    return InvalidInput(
        f"The column “{title[:60]}” cannot be read as “{target[:60]}”.",
        hint="Choose one of our columns, a custom field, a tag, or nothing.",
        fields={"targets": "unknown"},
    )


def supporter_columns(header: Sequence[str]) -> Layout:
    """The columns of a file of supporters in our own words.

    Raises:
        InvalidInput: There is neither email nor phone, or a consent lacks a part of itself.
    """
    columns = recognise(header, SUPPORTER_COLUMNS)
    check_supporters(columns)
    return columns


def name_of(title: str) -> str | None:
    """Our name of a column of supporters, by the title that it has; none where we know it not."""
    return _words(SUPPORTER_COLUMNS).get(normalise(title))


def check_supporters(columns: Layout) -> None:
    """Refuse columns that make no file of supporters.

    Raises:
        InvalidInput: There is neither email nor phone, or a consent lacks a part of itself.
    """
    if not {"email", "phone"} & columns.places.keys():
        raise InvalidInput(
            "The file has neither a column for the email address nor one for the phone.",
            hint="Name one of them `email` or `phone`; docs/how-to/import.md lists all names.",
            fields={"email": "missing", "phone": "missing"},
        )
    for channel in ("email", "sms"):
        parts = [f"consent_{channel}_{part}" for part in ("basis", "date", "evidence")]
        _require_together(columns, parts)


def require(columns: Layout, names: Sequence[str]) -> None:
    """Refuse a file that lacks columns.

    Raises:
        InvalidInput: It does; each missing one is named.
    """
    missing = [name for name in names if name not in columns.places]
    if missing:
        raise InvalidInput(
            f"The file lacks {'the column' if len(missing) == 1 else 'the columns'}"
            f" {', '.join(missing)}.",
            hint="Add them, or rename the columns that hold them.",
            fields=dict.fromkeys(missing, "missing"),
        )


def _words(known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    words = {normalise(name): name for name in known}
    return words | {other: name for name, others in known.items() for other in others}


def _require_together(columns: Layout, parts: Sequence[str]) -> None:
    if any(part in columns.places for part in parts):
        require(columns, parts)

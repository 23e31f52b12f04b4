"""Taking people out: the columns that an import reads again, page by page, in flat memory.

Who may export, how it is approved and written down is `alerts.exports`; which file it becomes is
`core.spreadsheet` and `core.workbook`. Only people who are on file as themselves are taken out:
never who was erased, nor a record that became part of another. What somebody wrote or said to us
(notes, replies, outcomes of calls) is no column.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, LargeBinary, Select, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from mobilize.contacts.custom_fields import all_fields
from mobilize.contacts.export_parts import NOTHING, agreed, answers_of, suppressed
from mobilize.contacts.models import Contact
from mobilize.contacts.own_export import FIELD
from mobilize.contacts.queries import among, tags_of
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import InvalidInput
from mobilize.core.spreadsheet import guarded_row
from mobilize.mps.lookup import ORDER
from mobilize.mps.queries import riding_ids

Page = Sequence[Sequence[str]]
"""Rows of cells."""
_SIZE: Final = 4000
"""People per page: enough that statements cost little, few enough that memory stays flat."""
_IDS_AT_ONCE: Final = 50_000

PERSON: Final = (
    "email", "phone", "given_name", "family_name", "language", "kind", "tags", "source",
)  # fmt: skip
PLACE: Final = (
    "postal_area", "province", "riding", "riding_certainty", "riding_source", "time_zone",
)  # fmt: skip
CONSENT: Final = (
    "consent_email_basis", "consent_email_date", "consent_email_evidence",
    "consent_email_withdrawn", "consent_sms_basis", "consent_sms_date", "consent_sms_evidence",
    "consent_sms_withdrawn", "sms_confirmed_at", "topics_left", "other_consents", "suppressed",
)  # fmt: skip
WISHES: Final = (
    "do_not_contact", "discreet", "safe_channel", "safe_from", "safe_until", "paused_until",
    "no_voicemail",
)  # fmt: skip
COLUMNS: Final = (*PERSON, *PLACE, *CONSENT, *WISHES)
_ADDRESSES: Final = frozenset({"email", "phone"})


def people_meant(session: Session, meant: Select[*tuple[Any, ...]]) -> Sequence[int]:
    """The ids of the people on file whom a SELECT of contacts means: eight bytes each, in order."""
    rows = session.connection().execute(
        meant.with_only_columns(Contact.id).where(Contact.state == "active").order_by(Contact.id),
        execution_options={"stream_results": True, "yield_per": _IDS_AT_ONCE},
    )
    found = array("q")
    for part in rows.scalars().partitions():
        found.extend(part)
    return found


def checked_columns(session: Session, wanted: Collection[str]) -> tuple[str, ...]:
    """The columns asked for, in the order of a file; all of them where none is named.

    Whoever has an address in the file must also have the word that it is not to be used.

    Raises:
        InvalidInput: There is no such column.
    """
    answers = [f"{FIELD}{field.key}" for field in all_fields(session)]
    known = (*COLUMNS, *answers)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise InvalidInput(
            f"There is no column {unknown[0][:60]} to take out.",
            hint=f"Choose from: {', '.join(known)}.",
            fields={"columns": "unknown"},
        )
    chosen = set(wanted) or set(known)
    if chosen & _ADDRESSES:
        chosen.add("do_not_contact")
    return tuple(name for name in known if name in chosen)


def pages(
    session: Session, ids: Sequence[int], columns: Sequence[str], *, now: datetime
) -> Iterator[Page]:
    """The file's rows, its header first; some statements for each four thousand people.

    Args:
        session: The session; it must stay open until the last page is read.
        ids: Who is taken out, as `people_meant` found them.
        columns: What is taken out, as `checked_columns` put them in order.
        now: The instant at which consent is looked at: what is over is left out.
    """
    yield [list(columns)]
    reader = _Reader(session, columns, now)
    for start in range(0, len(ids), _SIZE):
        yield from reader.page(ids[start : start + _SIZE])


class _Reader:
    """Reads people column by column: a list of four thousand cells is made in one go."""

    def __init__(self, session: Session, columns: Sequence[str], now: datetime) -> None:
        self._session = session
        self._columns = columns
        self._now = now
        self._keyring = keyring_of_session(session)
        self._fields = [name for name in columns if name in _OF_CONTACT]
        codes = riding_ids(session, ORDER) if "riding" in columns else {}
        self._ridings = {riding_id: code for code, riding_id in codes.items()}

    def page(self, ids: Sequence[int]) -> Iterator[Page]:
        """One page; none where everybody of it is gone meanwhile."""
        # Plain rows of the connection: building what the session would make of them costs more
        # time than opening the addresses does.
        people = (
            self._session.connection()
            .execute(
                select(Contact.id, *(_OF_CONTACT[name][0] for name in self._fields))
                .where(among(Contact.id, ids), Contact.state == "active")
                .order_by(Contact.id)
            )
            .all()
        )
        if not people:
            return
        found, *values = zip(*people, strict=True)
        given: dict[str, Sequence[Any]] = dict(zip(self._fields, values, strict=True))
        for name in _ADDRESSES & given.keys():
            opened = self._keyring.open_all(given[name], context=f"contacts.{name}")
            given[name] = guarded_row(address or "" for address in opened)
        made: dict[str, Sequence[str]] = {
            name: _OF_CONTACT[name][1](cells) for name, cells in given.items()
        }
        if "riding" in made:
            made["riding"] = [self._ridings.get(one, "") if one else "" for one in given["riding"]]
        if "tags" in self._columns:
            worn = tags_of(self._session, found)
            made["tags"] = guarded_row([";".join(worn.get(one, ())) for one in found])
        made |= self._consents(found)
        if "suppressed" in self._columns:
            closed = suppressed(self._session, found)
            made["suppressed"] = [closed.get(one, "") for one in found]
        made |= self._answers(found)
        yield list(zip(*(made[name] for name in self._columns), strict=True))

    def _consents(self, ids: Sequence[int]) -> dict[str, Sequence[str]]:
        if not _OF_CONSENT.intersection(self._columns):
            return {}
        known = agreed(self._session, ids, now=self._now)
        made: dict[str, Sequence[str]] = {
            "topics_left": [known.left.get(one, "") for one in ids],
            "other_consents": [known.other.get(one, "") for one in ids],
        }
        for channel, whole in (("email", known.email), ("sms", known.sms)):
            cells = zip(*(whole.get(one, NOTHING) for one in ids), strict=True)
            basis, day, evidence, withdrawn = cells
            made |= {
                f"consent_{channel}_basis": basis,
                f"consent_{channel}_date": day,
                f"consent_{channel}_evidence": guarded_row(evidence),
                f"consent_{channel}_withdrawn": withdrawn,
            }
        return made

    def _answers(self, ids: Sequence[int]) -> dict[str, Sequence[str]]:
        wanted = [name for name in self._columns if name.startswith(FIELD)]
        if not wanted:
            return {}
        given = answers_of(self._session, ids)
        return {
            name: guarded_row([given.get((one, name.removeprefix(FIELD)), "") for one in ids])
            for name in wanted
        }


def _text(values: Iterable[Any]) -> list[str]:
    return [value or "" for value in values]


def _typed(values: Iterable[Any]) -> list[str]:
    return guarded_row([value or "" for value in values])


def _instant(values: Iterable[Any]) -> list[str]:
    return [value.isoformat() if value else "" for value in values]


def _time(values: Iterable[Any]) -> list[str]:
    return [value.isoformat("minutes") if value is not None else "" for value in values]


def _yes(values: Iterable[Any]) -> list[str]:
    return ["yes" if value else "" for value in values]


def _sealed(column: InstrumentedAttribute[str | None]) -> ColumnElement[bytes]:
    """A sealed column as it lies there: a page of it is opened in one go."""
    return type_coerce(column, LargeBinary())


_OF_CONTACT: Final[dict[str, tuple[Any, Callable[[Iterable[Any]], list[str]]]]] = {
    "email": (_sealed(Contact.email), _text),
    "phone": (_sealed(Contact.phone), _text),
    "given_name": (Contact.given_name, _typed),
    "family_name": (Contact.family_name, _typed),
    "language": (Contact.language, _text),
    "kind": (Contact.kind, _text),
    "source": (Contact.source, _typed),
    "postal_area": (Contact.fsa, _text),
    "province": (Contact.province, _text),
    "riding": (Contact.riding_id, _text),
    "riding_certainty": (Contact.riding_certainty, _text),
    "riding_source": (Contact.riding_source, _text),
    "time_zone": (Contact.time_zone, _text),
    "sms_confirmed_at": (Contact.sms_confirmed_at, _instant),
    "do_not_contact": (Contact.do_not_contact, _yes),
    "discreet": (Contact.discreet, _yes),
    "safe_channel": (Contact.safe_channel, _text),
    "safe_from": (Contact.safe_from, _time),
    "safe_until": (Contact.safe_until, _time),
    "paused_until": (Contact.paused_until, _instant),
    "no_voicemail": (Contact.no_voicemail, _yes),
}
_OF_CONSENT: Final = frozenset(CONSENT) - {"sms_confirmed_at", "suppressed"}

"""What files leave behind of somebody: rows that were put aside, and what a dry run showed.

Both are sealed, and go after their days. Keyed hashes of the addresses in them stand beside them,
so that an erasure finds them before: a row whose own reason was another column may hold anybody's.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, case, delete, select, tuple_, update
from sqlalchemy.orm import Session

from mobilize.contacts.channels import CHANNELS
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.identity import email_hash, normalise_email, normalise_phone, phone_hash
from mobilize.contacts.import_models import ImportReject, RejectAddress
from mobilize.contacts.models import ImportRun
from mobilize.contacts.suppression import ERASED
from mobilize.contacts.upload_models import ImportUpload
from mobilize.contacts.uploads import result_of
from mobilize.core.bulk import any_hash
from mobilize.core.errors import InvalidInput
from mobilize.core.keys import Keyring
from mobilize.core.retention import removed

HOLDS: Final = "holds"
"""Under this a dry run's result has the hashes of the addresses that it shows something of."""
_MAIL_ENDS: Final = re.compile(r"[\s<>;,|]+")
_PHONE_ENDS: Final = re.compile(r"[;,|/]+")
_SHORTEST_PHONE: Final = 10
_PERHAPS_A_PHONE: Final = re.compile(r"[+(]?(?:\d[ .()\u00a0-]{0,2}){10,15}")


class Leftover(NamedTuple):
    """A row that was put aside and holds somebody's address."""

    file_name: str
    line: int
    at: datetime


def addresses_in(keyring: Keyring, cells: Sequence[str]) -> set[bytes]:
    """The keyed hashes of the emails and phone numbers that stand in a row, in whichever column."""
    return set(_hashes(keyring, cells))


def erased_among(session: Session, addresses: Collection[bytes]) -> set[bytes]:
    """Those of some addresses whose owner asked to be erased."""
    if not addresses:
        return set()
    return set(
        session.scalars(
            select(Suppression.address_hash).where(
                any_hash(session, Suppression.address_hash, addresses),
                Suppression.channel.in_(CHANNELS),
                Suppression.reason == ERASED,
                Suppression.lifted_at.is_(None),
            )
        )
    )


def leftovers_of(session: Session, addresses: Collection[bytes]) -> list[Leftover]:
    """The rows put aside that hold one of these addresses."""
    rows = session.execute(
        select(ImportRun.file_name, ImportReject.line, ImportRun.started_at)
        .join(ImportReject, ImportReject.import_id == ImportRun.id)
        .where(tuple_(ImportReject.import_id, ImportReject.line).in_(_rows_with(addresses)))
        .order_by(ImportReject.import_id, ImportReject.line)
    )
    return [Leftover(*row) for row in rows]


def forget_leftovers(session: Session, addresses: Collection[bytes], *, now: datetime) -> None:
    """Let go of the rows and the dry runs that hold one of these addresses.

    Whose file's dry run goes chooses its columns again, and has another one made.
    """
    if not addresses:
        return
    # Looked up once for both: a batch that ends in between is not to lose only half.
    rows = [tuple(row) for row in session.execute(_rows_with(addresses))]
    if rows:
        forget_rows(session, lambda row: tuple_(row.import_id, row.line).in_(rows))
    # No more of them are kept than people had files looked at within a day. A dry run that ends now
    # either waits and then looks for who was erased, or was noted already and is found here.
    seen = session.scalars(select(ImportUpload).order_by(ImportUpload.id).with_for_update()).all()
    held = {one.hex() for one in addresses}
    gone = [one.id for one in seen if held & set(result_of(one).get(HOLDS, ()))]
    _forget_seen(session, gone, now)


def forget_rows(
    session: Session, which: Callable[[type[ImportReject | RejectAddress]], ColumnElement[bool]]
) -> int:
    """Let go of rows that were put aside, and of the addresses that stood in them.

    Args:
        session: The session of the transaction.
        which: Says of either table which rows.

    Returns:
        How many rows of files it were.
    """
    gone = removed(session, delete(ImportReject).where(which(ImportReject)))
    removed(session, delete(RejectAddress).where(which(RejectAddress)))
    return gone


def forget_if_erased(
    session: Session, upload: ImportUpload, holds: Collection[str], *, now: datetime
) -> None:
    """Let go of what a dry run showed, where somebody in it was erased while it was under way.

    Args:
        session: The session in which the dry run was noted.
        upload: Its file.
        holds: The hashes of the addresses that it shows something of, as its result has them.
        now: When.
    """
    if erased_among(session, [bytes.fromhex(one) for one in holds]):
        _forget_seen(session, [upload.id], now)


def _forget_seen(session: Session, ids: Collection[int], now: datetime) -> None:
    # What somebody asked for stays asked for.
    state = case((ImportUpload.state == "rehearsed", "received"), else_=ImportUpload.state)
    session.execute(
        update(ImportUpload)
        .where(ImportUpload.id.in_(ids), ImportUpload.result.is_not(None))
        .values(
            state=state,
            result=None,
            updated_at=case(
                (ImportUpload.state == "rehearsed", now), else_=ImportUpload.updated_at
            ),
        )
        .execution_options(synchronize_session=False)
    )


def _rows_with(addresses: Collection[bytes]) -> Any:
    return select(RejectAddress.import_id, RejectAddress.line).where(
        RejectAddress.address_hash.in_(sorted(addresses))
    )


def _hashes(keyring: Keyring, cells: Sequence[str]) -> Iterator[bytes]:
    for cell in cells:
        if "@" in cell:
            for part in _MAIL_ENDS.split(cell):
                if "@" in part:
                    try:
                        yield email_hash(keyring, normalise_email(part.removeprefix("mailto:")))
                    except InvalidInput:
                        continue
        # Most cells are too short to hold a number, and rejects are many.
        for part in _PHONE_ENDS.split(cell) if len(cell) >= _SHORTEST_PHONE else ():
            if _PERHAPS_A_PHONE.fullmatch(part.strip()):
                try:
                    yield phone_hash(keyring, normalise_phone(part))
                except InvalidInput:
                    continue

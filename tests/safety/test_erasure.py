"""Who copies the database, its log or a backup finds no address; nor, after an erasure, a name.

Unmistakable people are planted in every table that holds something of somebody; a test of its own
(`test_holdings`) finds the tables that would be missing here.
"""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Table, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from mobilize.actions.models import MpContact
from mobilize.contacts import custom_fields, erasing, joining, notes
from mobilize.contacts.consent_models import ConsentEvent, OptIn, Suppression
from mobilize.contacts.identity import email_hash, phone_hash
from mobilize.contacts.images import keep_images
from mobilize.contacts.import_models import ImportAnswer
from mobilize.contacts.merging import merge
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.privacy_models import AddressCode
from mobilize.contacts.record_models import CustomValue
from mobilize.contacts.rectifying import Correction, rectify
from mobilize.contacts.rejects import Reject, keep_rejects, put_aside
from mobilize.contacts.rows import Claim
from mobilize.core.columns import keyring_of_session
from mobilize.core.personal_data import registered
from mobilize.messaging.care.cases import mark_of
from mobilize.messaging.care.models import CareCase, CareMark, CareText
from mobilize.messaging.inbox.models import TextReply, TextWish
from mobilize.messaging.inbox.threads import hold, take_in
from mobilize.messaging.models import InboundText, Message
from mobilize.partners.models import PartnerPerson, SignOn
from mobilize.runtime import Runtime
from mobilize.tables import METADATA
from tests.test_timeline import everything

ADDRESSES: Final = (
    "quillonette", "fernwright", "thessaly", "umbranook", "wrongbox",
    "6135550142", "613-555-0142", "6135550177", "4 Bramblewick Lane", "M5V 2T6",
)  # fmt: skip
"""Parts of emails, phones and a street: never to be read, erased or not."""
NAMES: Final = ("Zwanzigmark", "Kolibrine", "Ferncastle", "Marrowby", "kolibrine-choir")
"""Names stay readable while somebody is on file, since they are searched; and not a day longer."""


def plant(runtime: Runtime, now: datetime) -> int:
    """Somebody with traces everywhere; the id of their record."""
    with runtime.db.transaction() as session:
        person = everything(session, now)
        ana = session.get_one(Contact, person)
        keyring = keyring_of_session(session)
        ana.given_name, ana.family_name = "Kolibrine", "Zwanzigmark"
        ana.phone, ana.phone_hash = "+16135550142", phone_hash(keyring, "+16135550142")
        ana.safe_from, ana.safe_until, ana.source = time(9), time(10), "kolibrine-choir"
        run = session.scalars(select(ImportRun)).one()
        field = custom_fields.create_field(
            session, key="nickname", label_en="Nick", label_fr="Surnom", kind="text",
            actor="command", now=now,
        )  # fmt: skip
        session.flush()
        rectify(
            session, contact=ana, correction=Correction(email="quillonette.fernwright@example.org"),
            reason="asked", actor="command", now=now,
        )  # fmt: skip
        custom_fields.answer(
            session, contact=ana, answers={"nickname": "Marrowby"}, actor="command", now=now
        )
        joining.add_tags(session, contact_id=person, tags=["choir"])
        notes.add_note(
            session, contact=ana, text="Lives at 4 Bramblewick Lane, call 613-555-0177.",
            actor="command", now=now,
        )  # fmt: skip
        _seal_traces(session, ana, run, field.id, now)
        other = joining.create(
            session, email="thessaly@example.org", given_name="Kolibrine",
            family_name="Ferncastle", actor="command", now=now, consents=_claims(now),
            source="thessaly.umbranook@example.org",
        )  # fmt: skip
        merge(session, kept=ana, merged=other, actor="command", now=now)
    return person


def _seal_traces(session: Session, ana: Contact, run: ImportRun, field: int, now: datetime) -> None:
    keyring = keyring_of_session(session)
    session.add_all(
        [
            ImportAnswer(
                import_id=run.id, contact_id=ana.id, field_id=field, before="Marrowby", at=now
            ),
            OptIn(
                contact_id=None, channel="email", address="quillonette.fernwright@example.org",
                address_hash=ana.email_hash, answers='{"given_name": "Kolibrine"}', language="en",
                source="form", created_at=now, expires_at=now,
            ),
            AddressCode(
                contact_id=ana.id, purpose="change", channel="email", code_hash=b"c",
                new_address="umbranook@example.org", created_at=now, expires_at=now,
            ),
            Message(
                mailing_id=1, dedupe_key="planted", language="en", state="accepted",
                address="quillonette.fernwright@example.org", address_hash=ana.email_hash,
                variables={"who": "Marrowby"}, created_at=now, state_at=now,
            ),
            InboundText(
                provider_ref="planted", sender="+16135550142", sender_hash=ana.phone_hash,
                body="I live at 4 Bramblewick Lane", received_at=now,
            ),
            CustomValue(
                contact_id=_second(session, now), field_id=field, value="x", updated_at=now
            ),
        ]
    )  # fmt: skip
    _talk(session, ana, now)
    cells = ["Kolibrine Zwanzigmark", "thessaly", "Quillonette.Fernwright@example.org"]
    aside = put_aside(keyring, [Reject(9, "why", cells)])
    keep_rejects(session, run_id=run.id, rejects=aside)
    sign_on = session.scalars(select(SignOn)).one()
    sign_on.signatory_name, sign_on.signatory_title = "Kolibrine Zwanzigmark", "Ferncastle lead"
    sign_on.email, sign_on.email_hash = ana.email, email_hash(keyring, ana.email or "")
    session.add(PartnerPerson(partner_id=sign_on.partner_id, contact_id=ana.id, title="Ferncastle"))
    office = session.scalars(select(MpContact)).one()
    office.note = "Bramblewick: 4 Bramblewick Lane, umbranook@example.org"
    session.flush()
    keep_images(session, run_id=run.id, changes={ana.id: _image_of(ana)})


def _talk(session: Session, ana: Contact, now: datetime) -> None:
    """A conversation by text, one that needs care, and what the person wished of both."""
    number = ana.phone_hash
    assert number is not None
    text = InboundText(
        provider_ref="talk", sender="+16135550142", sender_hash=number, received_at=now,
        body="Kolibrine here, of 4 Bramblewick Lane",
    )  # fmt: skip
    session.add(text)
    session.flush()
    thread = take_in(session, text=text, now=now)
    hold(session, sender_hash=number, now=now)
    reply = TextReply(
        thread_id=thread.id, message_id=1, account_id=1, body="Thank you Kolibrine", created_at=now
    )
    wish = TextWish(contact_id=ana.id, since=now)
    case = CareCase(
        mark=mark_of(session, number), sender="+16135550142", outcome="sent", last_at=now,
        created_at=now,
    )  # fmt: skip
    answered = keyring_of_session(session).index("care-answered", f"number {number.hex()}")
    session.add_all([reply, wish, case, CareMark(mark=answered)])
    session.flush()
    session.add(CareText(case_id=case.id, direction="in", body="Kolibrine again", at=now))


def test_conversations_by_text_go_with_the_person(
    runtime: Runtime, person: int, now: datetime
) -> None:
    talked = {"text_threads", "text_replies", "text_holds", "text_wishes"}
    cared = {"care_cases", "care_texts", "care_marks"}
    assert talked | cared <= filled(runtime)
    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, person)
        erasing.erase(session, contact=contact, actor="supporter", now=now)
    assert (talked | cared) & filled(runtime) == set()


def _image_of(ana: Contact) -> dict[str, object]:
    return {column.key: getattr(ana, column.key) for column in Contact.__table__.columns}


def _claims(now: datetime) -> list[Claim]:
    """What somebody wrote as a proof: addresses have no place there, and are masked."""
    said = "form of quillonette.fernwright@example.org, 613-555-0142, M5V 2T6"
    return [Claim("email", "express", now.date(), said)]


def _second(session: Session, now: datetime) -> int:
    """Somebody who stays, whose answers must not go along."""
    return joining.create(session, email="stays@example.org", actor="command", now=now).id


def copies(runtime: Runtime, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Whatever somebody could carry away: file, log, backup, dump."""
    url = make_url(runtime.db.engine.url)
    if runtime.db.is_sqlite:
        path = Path(url.database or "")
        for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if name.exists():
                yield name.name, name.read_bytes()
        target = folder / "backup.db"
        target.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as backup:
            source.backup(backup)
        yield "backup", target.read_bytes()
        return
    yield "rows", _all_rows(runtime)
    if shutil.which("pg_dump"):
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        dumped = subprocess.run(
            ["pg_dump", "--data-only", plain], capture_output=True, check=True, timeout=60
        )
        yield "dump", dumped.stdout


def _all_rows(runtime: Runtime) -> bytes:
    with runtime.db.engine.connect() as connection:
        return "\n".join(
            str(row)
            for table in METADATA.sorted_tables
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').all()  # noqa: S608
        ).encode()


def found_in(runtime: Runtime, folder: Path, words: tuple[str, ...]) -> set[str]:
    """Which of the words stand in any copy, and where."""
    return {
        f"{word} in {name}"
        for name, content in copies(runtime, folder)
        for word in words
        if word.lower().encode() in content.lower()
    }


def filled(runtime: Runtime) -> set[str]:
    with runtime.db.engine.connect() as connection:
        return {
            table.name
            for table in METADATA.sorted_tables
            if connection.execute(select(table).limit(1)).first() is not None
        }


@pytest.fixture
def person(runtime: Runtime, now: datetime) -> int:
    return plant(runtime, now)


def test_a_copy_tells_no_address_and_after_erasure_no_name(
    runtime: Runtime, person: int, now: datetime, tmp_path: Path
) -> None:
    assert found_in(runtime, tmp_path, ADDRESSES) == set()
    standing = {word.partition(" in ")[0] for word in found_in(runtime, tmp_path, NAMES)}
    assert standing == set(NAMES), "the test would not notice what it never planted"

    with runtime.db.transaction() as session:
        contact = session.get_one(Contact, person)
        erasing.erase(session, contact=contact, actor="supporter", now=now + timedelta(hours=1))
    runtime.db.bury()

    assert found_in(runtime, tmp_path, (*ADDRESSES, *NAMES)) == set()


def test_every_table_that_features_hold_was_planted(runtime: Runtime, person: int) -> None:
    assert person
    held = {table for holding in registered() for table in holding.tables}
    assert held - filled(runtime) <= _LATER


_LATER: Final = {"duplicate_pairs", "import_changes", "match_keys", "suppressions"}
"""What holds ids and keyed hashes alone, and so nothing that could be read."""


def test_counts_proofs_and_closed_addresses_outlive_the_person(
    runtime: Runtime, person: int, now: datetime
) -> None:
    with runtime.db.transaction() as session:
        before = {name: _count(session, name) for name in ("participations", "mp_contacts")}
        proofs = len(session.scalars(select(ConsentEvent.id)).all())
        contact = session.get_one(Contact, person)
        erasing.erase(session, contact=contact, actor="account:a", now=now + timedelta(hours=1))
    with runtime.db.read() as session:
        keyring = keyring_of_session(session)
        assert {name: _count(session, name) for name in before} == before
        assert len(session.scalars(select(ConsentEvent.id)).all()) > proofs
        for address in ("quillonette.fernwright", "thessaly", "ana"):
            closed = session.get(
                Suppression, ("email", email_hash(keyring, f"{address}@example.org"))
            )
            assert closed is not None, address
            assert (closed.reason, closed.lifted_at) == ("erased", None)
        last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        assert last is not None
        assert last.actor == "account:a"
        assert session.scalars(select(CustomValue.value)).all() == ["x"]
        waiting = select(Message.id).where(Message.contact_id == person, Message.state == "queued")
        assert session.scalars(waiting).all() == []


def _count(session: Session, name: str) -> int:
    table: Table = METADATA.tables[name]
    return len(session.execute(select(table)).all())

"""No file brings back what somebody took back, whatever it claims and however it writes them."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.contacts import joining
from mobilize.contacts.bases import BASES
from mobilize.contacts.consent import effective
from mobilize.contacts.consent_models import Suppression
from mobilize.contacts.histories import history_of
from mobilize.contacts.models import Contact
from mobilize.contacts.rows import Claim
from mobilize.contacts.service import withdraw
from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from tests.contacts.files import importer, write

MANY: Final = int(os.environ.get("MOBILIZE_FAULT_RUNS", "2")) >= 100
EXAMPLES: Final = 200 if MANY else 10
pytestmark = pytest.mark.faults
numbers = count(1)

days = st.sampled_from(["2026-11-21", "2026-11-22", "2025-03-01", ""])
claims = st.fixed_dictionaries(
    {
        "basis": st.sampled_from([*BASES, ""]),
        "date": days,
        "evidence": st.sampled_from(["sheet 3", "form", ""]),
    }
)
row = st.fixed_dictionaries(
    {
        "shape": st.sampled_from(["plain", "upper", "spaced"]),
        "with": st.sampled_from(["email", "phone", "both"]),
        "name": st.sampled_from(["Ana", "ANA", "Bo", ""]),
        "language": st.sampled_from(["en", "fr", ""]),
        "email_claim": claims,
        "sms_claim": claims,
        "confirmed": st.sampled_from(["2026-11-21T10:00:00Z", ""]),
    }
)


def cells(row: Mapping[str, object], email: str, phone: str) -> dict[str, str]:
    """A row of a file about the one person, as somebody might write it."""
    shapes = {"plain": email, "upper": email.upper(), "spaced": f"  {email} "}
    made = {"given_name": str(row["name"]), "language": str(row["language"])}
    if row["with"] in {"email", "both"}:
        made["email"] = shapes[str(row["shape"])]
    if row["with"] in {"phone", "both"}:
        made["phone"] = phone if row["shape"] == "plain" else f"({phone[2:5]}) {phone[5:]}"
        made["sms_confirmed_at"] = str(row["confirmed"])
    for channel, address in (("email", "email"), ("sms", "phone")):
        claim = row[f"{channel}_claim"]
        assert isinstance(claim, dict)
        if address in made:
            made |= {f"consent_{channel}_{part}": str(claim[part]) for part in claim}
    return made


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not MANY,
    # What fails is made smaller where there is time: `make faults`.
    phases=tuple(Phase) if MANY else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(
    files=st.lists(st.lists(row, min_size=1, max_size=3), min_size=1, max_size=3),
    left=st.sampled_from(["", "services"]),
    agreed=st.booleans(),
)
def test_what_was_taken_back_stays_taken_back(
    db: Database,
    keyring: Keyring,
    now: datetime,
    tmp_path: Path,
    files: list[list[dict[str, object]]],
    left: str,
    agreed: bool,
) -> None:
    number = next(numbers)
    email, phone = f"ana{number}@example.org", f"+1613555{number:04}"
    claim = [
        Claim(channel, "express", (now - timedelta(days=9)).date(), "form")
        for channel in ("email", "sms")
    ]
    with db.transaction() as session:
        person = joining.create(
            session,
            email=email,
            phone=phone,
            given_name="Ana",
            language="en",
            consents=claim if agreed else (),
            actor="supporter",
            now=now - timedelta(days=9),
        ).id
        for channel in ("email", "sms"):
            withdraw(
                session,
                contact_id=person,
                channel=channel,
                topic=left,
                source="leave page",
                actor="supporter",
                now=now - timedelta(days=3),
            )

    bring_in = importer(db, keyring, now)
    for rows in files:
        path = write(tmp_path / f"{next(numbers)}.csv", [cells(one, email, phone) for one in rows])
        bring_in(path)
        bring_in(path)

    with db.read() as session:
        closed = {
            (one.channel, bytes(one.address_hash))
            for one in session.scalars(select(Suppression).where(Suppression.lifted_at.is_(None)))
        }
        for contact in session.scalars(select(Contact)):
            if keyring.index("phone", phone) != contact.phone_hash and contact.id != person:
                continue
            for channel, address in (("email", contact.email_hash), ("sms", contact.phone_hash)):
                decided = effective(
                    history_of(session, contact.id),
                    channel=channel,
                    organization="us",
                    topic=left,
                    at=now,
                )
                # Another person of the same home may agree; their shared number stays closed.
                assert not decided.granted or (
                    contact.id != person and (left != "" or (channel, address) in closed)
                )

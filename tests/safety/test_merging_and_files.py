"""However merges, partings, files and leaving follow each other: who left is not written to."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from mobilize.contacts import joining, merging
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.errors import Conflict
from mobilize.core.keys import Keyring
from tests.contacts.files import EXPRESS, EXPRESS_SMS, importer, write
from tests.safety.merging import allowed, said

_NUMBERS = count()
STEPS = st.lists(
    st.sampled_from(["merge", "merge the other way", "part", "file", "file", "leave", "leave too"]),
    min_size=3,
    max_size=7,
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, same_number=st.booleans())
@example(steps=["leave", "merge", "file", "part"], same_number=True)
@example(steps=["leave too", "merge", "file"], same_number=True)
@example(steps=["merge", "leave", "part", "file"], same_number=False)
def test_no_file_brings_back_who_left_by_either_record(
    db: Database,
    keyring: Keyring,
    now: datetime,
    tmp_path: Path,
    steps: list[str],
    same_number: bool,
) -> None:
    number = next(_NUMBERS)
    phones = (f"613 555 01{number:02}", f"613 555 01{number + (0 if same_number else 50):02}")
    rows = [
        {
            "email": f"p{number}-{place}@example.org",
            "phone": phones[place],
            "given_name": "Ana",
            "language": "en",
            **EXPRESS,
            **EXPRESS_SMS,
        }
        for place in range(2)
    ]
    at = now - timedelta(days=20)
    with db.transaction() as session:
        ids = [
            joining.create(
                session, email=row["email"], phone=row["phone"], language="en", actor="s", now=at
            ).id
            for row in rows
        ]
    left: set[int] = set()
    for turn, step in enumerate(steps):
        at += timedelta(days=1)
        if step == "file":
            # A file may claim a yes that is later than the no.
            days = dict.fromkeys(("consent_email_date", "consent_sms_date"), f"{at:%Y-%m-%d}")
            file = write(tmp_path / f"{number}-{turn}.csv", [{**row, **days} for row in rows])
            importer(db, keyring, at)(file)
            continue
        with db.transaction() as session:
            people = [session.get_one(Contact, one) for one in ids]
            standing = session.scalars(
                select(Merge).where(Merge.undone_at.is_(None), Merge.kept_id.in_(ids))
            ).all()
            try:
                if step.startswith("merge"):
                    kept, merged = people if step == "merge" else people[::-1]
                    merging.merge(session, kept=kept, merged=merged, actor="command", now=at)
                elif step == "part":
                    for row in standing:
                        merging.undo(session, row=row, actor="command", now=at)
                else:
                    who = ids[step == "leave too"]
                    said(session, who, "withdrawn", channel="sms", at=at, now=at)
                    left |= set(ids) if standing else {who}
            except Conflict:
                continue
        with db.read() as session:
            standing_ids = {one: session.get_one(Contact, one).merged_into_id or one for one in ids}
            closed = {standing_ids[one] for one in left}
            reached = {who for who, channel, *_ in allowed(session, now) if channel == "sms"}
            assert not closed & reached

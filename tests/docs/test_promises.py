"""The README's promises name tests that exist; two of them are held right here."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from mobilize.contacts.importing import import_supporters
from mobilize.contacts.opening import open_table
from mobilize.core.db import Database
from mobilize.core.errors import SetupError
from mobilize.core.keys import Keyring
from mobilize.messaging.providers.transports import check_hosts, open_transports
from mobilize.messaging.queueing import queue_to_address
from mobilize.messaging.templates import TextDraft, save_template
from tests.contacts.files import StillClock
from tests.support.installation import make_settings

ROOT: Final = Path(__file__).parents[2]
PROMISES: Final = 7
PEOPLE: Final = """\
email,phone,given_name,language,consent_email_basis,consent_email_date,consent_email_evidence
planted@example.org,613-555-0177,Alex,en,express,2026-10-03,paper form
"""


def promises() -> Iterator[tuple[int, list[str]]]:
    """Each promise's number and the tests that the README says hold it."""
    section = (ROOT / "README.md").read_text("utf-8").partition("## What we promise")[2]
    for line in section.partition("\n## ")[0].splitlines():
        if re.match(r"\| \d+ \|", line):
            yield int(line.split("|")[1]), re.findall(r"\]\((tests/[^)]+)\)", line)


def test_every_promise_names_tests_that_exist() -> None:
    found = dict(promises())
    assert sorted(found) == list(range(1, PROMISES + 1))
    for number, paths in found.items():
        assert paths, f"promise {number} is held by nothing"
        for path in paths:
            text = (ROOT / path).read_text("utf-8")
            assert "assert " in text, f"promise {number}: {path} asserts nothing"


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_stolen_database_file_shows_no_address(
    db: Database, keyring: Keyring, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
    report = import_supporters(
        db,
        table=open_table(tmp_path / "people.csv"),
        actor="command",
        clock=StillClock(now),
        keyring=keyring,
    )
    assert (report.created, report.rejects) == (1, [])
    with db.transaction() as session:
        draft = TextDraft(channel="email", language="en", subject="A word", body="Hello")
        save_template(session, key="sample", name="Sample", texts=[draft], now=now)
        queue_to_address(
            session,
            template_key="sample",
            address="bare@example.org",
            language="en",
            dedupe_key="one",
            now=now,
        )
    stolen = b"".join(file.read_bytes() for file in tmp_path.glob("mobilize.db*"))
    assert b"paper form" in stolen, "what is not sealed is there to be read"
    for address in (b"planted@", b"bare@example", b"5550177", b"555-0177"):
        assert address not in stolen.lower()


@pytest.mark.parametrize("name", ["SENDGRID_URL", "TWILIO_URL"])
def test_a_fresh_installation_refuses_a_real_provider(tmp_path: Path, name: str) -> None:
    fresh = make_settings(tmp_path)
    assert fresh.delivery.mode == "sandbox"
    check_hosts(fresh)
    with pytest.raises(SetupError, match="not this machine"):
        open_transports(make_settings(tmp_path, **{name: "https://api.example.org"}))


@pytest.mark.parametrize("url", ["http://127.0.0.1.example.org", "http://localhost.example.org"])
def test_a_host_that_only_looks_like_this_machine_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupError):
        open_transports(make_settings(tmp_path, SENDGRID_URL=url))

"""The samples of the documentation are files that come in without a reject."""

import re
from datetime import datetime
from pathlib import Path

from mobilize.core.db import Database
from mobilize.core.keys import Keyring
from mobilize.partners.importing import import_partners
from tests.contacts.files import Importer, StillClock

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "import.md"


def test_the_samples_come_in_whole(
    db: Database, bring_in: Importer, tmp_path: Path, keyring: Keyring, now: datetime
) -> None:
    supporters, partners = re.findall(r"```csv\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "supporters.csv").write_text(supporters, "utf-8")
    (tmp_path / "partners.csv").write_text(partners, "utf-8")

    report = bring_in(tmp_path / "supporters.csv")
    assert (report.created, report.rejects, report.ignored_columns) == (2, [], ())
    assert report.consents == {"email": 2, "sms": 1}
    of_partners = import_partners(
        db, path=tmp_path / "partners.csv", actor="command", clock=StillClock(now), keyring=keyring
    )
    assert of_partners.partners == {"created": 1}
    assert (of_partners.people.rejects, of_partners.people.consents) == ([], {"email": 1})

"""Unmistakable people are planted everywhere, the whole way is walked, and nothing tells of them.

Not in a log, not in an address, not in a page's title, not in what a provider keeps beside a
message, not in the audit log; and the database's file, stolen, reveals no way to reach them.
"""

import io
import json
import logging
import re
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from mobilize.accounts.models import AuditEntry
from mobilize.actions.models import Campaign
from mobilize.contacts.consent_models import OptIn
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.core.logs import configure_logs
from mobilize.messaging.models import Mailing, Message, ProviderEvent
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.partners.importing import import_partners
from mobilize.partners.models import Partner, SignOn
from mobilize.runtime import Runtime
from tests.contacts.files import EXPRESS, EXPRESS_SMS
from tests.contacts.files import write as write_supporters
from tests.faults.conftest import WayBack
from tests.partners.files import DIRECTOR, HOUSE
from tests.partners.files import HEADER as PARTNER_HEADER
from tests.support.accounts import form_token, make_account, sign_in
from tests.support.campaigns import open_campaign
from tests.support.sandbox import Sandbox

NAMES: Final = ("Marrowgate", "Quillonette", "Zwanzigmark", "Thessaly", "Umbranook", "Ferncastle")
EMAIL: Final = "quillonette.zwanzigmark@example.org"
SIGNER: Final = "thessaly.umbranook@example.org"
JOINER: Final = "marrowgate.sedgewyn@example.org"
JOINER_PHONE: Final = "+16135550163"
PHONE: Final = "+16135550142"
POSTAL: Final = "M5V 2T6"
NOTE: Final = "Bramblewick said to ring 613-555-0177"
PLANTED: Final = (
    *NAMES,
    "Bramblewick",
    EMAIL,
    SIGNER,
    JOINER,
    *(form for end in ("0142", "0163", "0177") for form in (f"613555{end}", f"613-555-{end}")),
    POSTAL,
    POSTAL.replace(" ", ""),
)


def told_in(text: str) -> list[str]:
    """Which of the planted words a text tells, in whatever case or escaping."""
    plain = text.replace("%40", "@").replace("%2B", "+").replace("%20", " ").replace("+", " ")
    lowered = (text + "\n" + plain).lower()
    return [word for word in PLANTED if word.lower() in lowered]


@dataclass
class Walker:
    """A browser that remembers each address and title that it came by."""

    client: FlaskClient
    seen: list[str] = field(default_factory=list)

    def get(self, address: str) -> TestResponse:
        """Open a page."""
        return self._note(address, self.client.get(address))

    def post(self, address: str, **form: str) -> TestResponse:
        """Send a form."""
        return self._note(address, self.client.post(address, data=form))

    def _note(self, address: str, answer: TestResponse) -> TestResponse:
        title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
        self.seen += [address, answer.headers.get("Location", ""), title[1] if title else ""]
        assert answer.status_code < 400, f"{address}: {answer.text[:500]}"
        return answer


@pytest.fixture
def written(request: pytest.FixtureRequest, client: FlaskClient, way_back: WayBack) -> io.StringIO:
    """All that is logged from here on; a test may ask for another level than INFO."""
    configure_logs(level=getattr(request, "param", "INFO"), form="json")
    caught = io.StringIO()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(caught)
    return caught


@pytest.fixture
def walked(
    sending: Runtime,
    transports: Transports,
    sandbox: Sandbox,
    way_back: WayBack,
    client: FlaskClient,
    written: io.StringIO,
) -> Walker:
    """Import, send, act, sign on, leave, write back: all of it, with planted people."""
    assert not written.closed
    walker = Walker(client)
    plant(sending)
    send(sending, transports)
    act(sending, walker)
    sign_on(sending, walker)
    join(walker)
    drain(sending, transports, worker="one")
    confirm_joining(sending, walker)
    look_around_the_console(sending, walker)
    write_back(sending, sandbox, way_back)
    leave(sending, walker)
    way_back.mend()
    return walker


def plant(runtime: Runtime) -> None:
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        open_campaign(session, now)
    folder = runtime.settings.instance
    supporter = {
        "email": EMAIL,
        "phone": PHONE,
        "given_name": "Quillonette",
        "family_name": "Zwanzigmark",
        "postal_code": POSTAL,
        "language": "en",
        "tags": "choir",
        **EXPRESS,
        **EXPRESS_SMS,
    }
    broken = {**supporter, "email": f"{EMAIL}@", "phone": "613555"}
    supporters = write_supporters(folder / "supporters.csv", [supporter, broken])
    director = {
        **HOUSE, **DIRECTOR, "email": SIGNER, "given_name": "Thessaly", "family_name": "Umbranook"
    }  # fmt: skip
    partners = write_supporters(folder / "partners.csv", [director], header=PARTNER_HEADER)
    common: dict[str, Any] = {
        "actor": "command",
        "clock": runtime.clock,
        "keyring": runtime.keyring,
    }
    assert import_supporters(runtime.db, table=open_table(supporters), **common).created == 1
    import_partners(runtime.db, path=partners, **common)


def send(runtime: Runtime, transports: Transports) -> None:
    now = runtime.clock.now()
    for channel in ("email", "sms"):
        with runtime.db.transaction() as session:
            template = template_by_key(session, "lasting-protection-alert")
            assert template is not None
            start_mailing(
                session,
                kind="alert",
                channel="email" if channel == "email" else "sms",
                template_id=template.id,
                recipients=select(Contact.id, Contact.language).where(Contact.kind == "supporter"),
                topic="permanent-status",
                campaign_ref=session.scalars(select(Campaign.public_id)).one(),
                facts={
                    language: {"demand": "x", "campaign": "y", "closes_on": "z"}
                    for language in ("en", "fr")
                },
                now=now,
            )
    drain(runtime, transports, worker="one")
    with runtime.db.read() as session:
        went = session.scalars(select(Message.state)).all()
    assert len(went) == 2
    assert set(went) <= {"accepted", "delivered"}


def first_message(runtime: Runtime) -> Message:
    with runtime.db.read() as session:
        return session.scalars(select(Message).order_by(Message.id)).all()[0]


def act(runtime: Runtime, walker: Walker) -> None:
    token = runtime.links.seal("act", first_message(runtime).id)
    walker.get(f"/en/a/{token}")
    walker.get(f"/en/a/{token}/where")
    placed = walker.post(f"/en/a/{token}/where", postal_code=POSTAL)
    place = placed.headers.get("Location")
    if place is None:
        riding = re.search(r'name="riding" value="(\d+)"', placed.text)
        assert riding is not None
        place = walker.post(f"/en/a/{token}/where", riding=riding[1]).headers["Location"]
    words = walker.get(f"{place}/call")
    key = re.search(r'name="form_key" value="([^"]+)"', words.text)
    assert key is not None
    done = walker.post(f"{place}/call", form_key=key[1], outcome="spoke_staff", note=NOTE)
    walker.get(done.headers["Location"])


def sign_on(runtime: Runtime, walker: Walker) -> None:
    with runtime.db.read() as session:
        partner = session.scalars(select(Partner.public_id)).one()
    page = "/en/sign-on/permanent-status"
    walker.get(page)
    walker.post(
        page,
        partner=partner,
        name="Thessaly Umbranook",
        title="Warden of Ferncastle",
        email=SIGNER,
        board_date="2026-11-02",
        visibility="public",
        may_sign="yes",
    )
    with runtime.db.read() as session:
        signed = session.scalars(select(SignOn.id)).one()
    confirm = f"/en/sign-on/confirm/{runtime.links.seal('sign-on', signed)}"
    walker.get(confirm)
    managed = walker.post(confirm).headers["Location"]
    walker.get(managed)
    walker.get("/en/d/permanent-status")


def join(walker: Walker) -> None:
    walker.get("/en/join")
    walker.post(
        "/en/join",
        email=JOINER,
        phone=JOINER_PHONE,
        given_name="Marrowgate",
        postal_code=POSTAL,
        language="en",
        us_email="yes",
        us_sms="yes",
    )


def confirm_joining(runtime: Runtime, walker: Walker) -> None:
    with runtime.db.read() as session:
        asked = session.scalars(select(OptIn.id).where(OptIn.channel == "email")).one()
    address = f"/en/join/confirm/{runtime.links.seal('opt-in', asked)}"
    walker.get(address)
    walker.post(address)


def look_around_the_console(runtime: Runtime, walker: Walker) -> None:
    assert sign_in(walker.client, make_account(runtime, role="admin")).status_code == 303
    people = walker.get("/console/people")
    found = walker.post(
        "/console/people", csrf_token=form_token(people), q=EMAIL, search="Quillonette"
    )
    with runtime.db.read() as session:
        supporter = session.scalars(
            select(Contact.public_id).where(Contact.family_name == "Zwanzigmark")
        ).one()
    assert found.status_code < 400
    for page in (f"people/{supporter}", "partners", "mp-contacts", "demands/permanent-status"):
        walker.get(f"/console/{page}")


def write_back(runtime: Runtime, sandbox: Sandbox, way_back: WayBack) -> None:
    public = runtime.settings.site.public_url
    sandbox.webhooks(inbound_sms_url=f"{public}/hooks/twilio/inbound")
    number = runtime.settings.twilio.from_number
    for words in (f"This is Quillonette Zwanzigmark, {NOTE}", "STOP"):
        told = sandbox.inbound_sms(PHONE, number, words)
        assert told["webhook_status"] == 200, told


def leave(runtime: Runtime, walker: Walker) -> None:
    address = f"/en/leave/{runtime.links.seal('leave', first_message(runtime).id)}"
    walker.get(address)
    walker.post(address, what="all")


@pytest.mark.parametrize("written", ["INFO", "DEBUG"], indirect=True)
def test_no_log_and_no_address_tells_of_anybody(walked: Walker, written: io.StringIO) -> None:
    lines = written.getvalue().splitlines()
    assert sum('"event": "request"' in line for line in lines) > 10, "the logs were caught"
    for line in lines:
        assert told_in(line) == [], line
    for address in walked.seen:
        assert told_in(address) == [], address


@pytest.mark.usefixtures("walked")
def test_nothing_that_a_provider_keeps_beside_a_message_tells_of_anybody(sandbox: Sandbox) -> None:
    items = [*sandbox.messages(), *sandbox.messages("sms")]
    ours = [item for item in items if item.get("direction", "outbound-api") == "outbound-api"]
    assert len(ours) >= 4
    for item in ours:
        assert set(item["custom_args"]) == {"m"}
        assert told_in(json.dumps(item["custom_args"])) == []
    for item in sandbox.messages():
        mail = sandbox.mail(item["seq"])
        assert told_in(json.dumps([mail["headers"], mail["from"], mail["subject"]])) == []


@pytest.mark.usefixtures("walked")
def test_what_is_kept_for_proof_tells_of_nobody(sending: Runtime) -> None:
    with sending.db.read() as session:
        kept: dict[str, list[dict[str, Any]]] = {
            "audit": list(session.scalars(select(AuditEntry.facts))),
            "events": list(session.scalars(select(ProviderEvent.facts))),
            "variables": list(session.scalars(select(Message.variables))),
            "mailings": list(session.scalars(select(Mailing.facts))),
        }
    assert all(kept.values()), "each was written to"
    for name, facts in kept.items():
        assert told_in(json.dumps(facts)) == [], name


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("walked")
def test_a_stolen_file_reveals_no_way_to_reach_anybody(sending: Runtime) -> None:
    files = list(sending.settings.instance.glob("mobilize.db*"))
    assert files
    stolen = b"".join(file.read_bytes() for file in files).lower()
    assert b"zwanzigmark" in stolen, "names stay plain, so that people can be found"
    ways = (
        EMAIL,
        SIGNER,
        JOINER,
        JOINER_PHONE[2:],
        PHONE,
        PHONE[2:],
        "613-555-0142",
        POSTAL,
        POSTAL.replace(" ", ""),
    )
    assert [way for way in ways if way.lower().encode() in stolen] == []

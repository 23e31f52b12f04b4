"""A name or a subject that tries to be a header stays a name or a subject (fault 20).

Criterion: the provider's ledger has exactly the one recipient, and no header holds a second line or
a mark that turns it; who answers is not led elsewhere (we set no reply-to); an answer to a text is
one text, whatever stands in it; texts go to Canadian numbers that bill nobody, and whoever else has
consent is left out for a reason that an organizer can read.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mobilize.app import create_app
from mobilize.contacts.identity import phone_hash
from mobilize.contacts.models import Contact
from mobilize.core.errors import InvalidInput, SetupError
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.messaging.test_sending import launch, states
from tests.support.installation import make_settings
from tests.support.sandbox import Sandbox
from tests.support.serving import served

pytestmark = pytest.mark.faults

BREAKS: Sequence[str] = (
    "\r\n", "\n", "\r", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\u202e", "\u2066", "%0d%0a",
)  # fmt: skip
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_no_break_of_any_kind_makes_a_header_of_what_somebody_typed(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    now = sending.clock.now()
    words = TextDraft(
        channel="email",
        language="en",
        subject="For you, {{ given_name }}",
        body="Hello {{ given_name }}.\n\n[Act now]({{ action_url }})",
    )
    with sending.db.transaction() as session:
        for number, between in enumerate(BREAKS, start=1):
            contact = add_contact(session, number, now=now)
            contact.given_name = f"Ana{between}Bcc: victim@example.org{between}X-Injected: yes"
        template = save_template(session, key="t", name="T", texts=[words], now=now)
        start_mailing(
            session,
            kind="alert",
            channel="email",
            template_id=template.id,
            recipients=select(Contact.id, Contact.language),
            topic="permanent-status",
            campaign_ref=None,
            facts={},
            now=now,
        )

    drain(sending, transports, worker="one")

    mails = [sandbox.mail(one["seq"]) for one in sandbox.messages()]
    assert sorted(mail["to"] for mail in mails) == sorted(
        f"person{number}@example.org" for number in range(1, len(BREAKS) + 1)
    )
    for mail in mails:
        assert "X-Injected" not in mail["headers"]
        assert "Bcc" not in mail["headers"]
        for told in (mail["subject"], *mail["headers"].values()):
            assert is_one_line(told), repr(told)
        assert "Reply-To" not in mail["headers"]


@pytest.mark.parametrize("between", BREAKS[:-1])
def test_a_subject_of_two_lines_is_refused_or_made_one(
    sending: Runtime, transports: Transports, sandbox: Sandbox, between: str
) -> None:
    words = TextDraft(
        channel="email", language="en", subject=f"A{between}Bcc: victim@example.org", body="Hello."
    )
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
    try:
        with sending.db.transaction() as session:
            template = save_template(session, key="t", name="T", texts=[words], now=now)
            start_mailing(
                session,
                kind="alert",
                channel="email",
                template_id=template.id,
                recipients=select(Contact.id, Contact.language),
                topic="permanent-status",
                campaign_ref=None,
                facts={},
                now=now,
            )
    except InvalidInput:
        return
    drain(sending, transports, worker="one")
    (one,) = sandbox.messages()
    assert is_one_line(sandbox.mail(one["seq"])["subject"])


@pytest.mark.parametrize("between", BREAKS)
def test_a_fact_of_a_mailing_and_a_discreet_subject_stay_one_line(
    sending: Runtime, transports: Transports, sandbox: Sandbox, between: str
) -> None:
    words = TextDraft(
        channel="email",
        language="en",
        subject="{{ campaign }} for {{ given_name }}",
        discreet=f"For you{between}Bcc: victim@example.org {{{{ campaign }}}}",
        body="Hello.",
    )
    now = sending.clock.now()
    with sending.db.transaction() as session:
        add_contact(session, 1, now=now)
        add_contact(session, 2, now=now, discreet=True)
        template = save_template(session, key="t", name="T", texts=[words], now=now)
        start_mailing(
            session,
            kind="alert",
            channel="email",
            template_id=template.id,
            recipients=select(Contact.id, Contact.language),
            topic="permanent-status",
            campaign_ref=None,
            facts={"en": {"campaign": f"A title{between}Bcc: victim@example.org"}},
            now=now,
        )

    drain(sending, transports, worker="one")

    mails = [sandbox.mail(one["seq"]) for one in sandbox.messages()]
    assert sorted(mail["to"] for mail in mails) == ["person1@example.org", "person2@example.org"]
    for mail in mails:
        assert is_one_line(mail["subject"]), repr(mail["subject"])


@pytest.mark.parametrize("between", BREAKS[:-1])
@pytest.mark.parametrize(
    "setting", ["SENDGRID_FROM_NAME_EN", "SENDGRID_DISCREET_NAME_FR", "SITE_CONTACT_EMAIL"]
)
def test_a_sender_of_two_lines_is_no_setting(tmp_path: Path, setting: str, between: str) -> None:
    with pytest.raises(SetupError, match=f"MOBILIZE_{setting}: it holds a line break"):
        make_settings(tmp_path, **{setting: f"Mobilize{between}Bcc: victim@example.org"})


def test_an_answer_to_a_text_is_one_text_whatever_stands_in_it(
    sending: Runtime, sandbox: Sandbox
) -> None:
    injected = 'a&b</Message><Message to="+19005550123">x@example.org'
    site = replace(sending.settings.site, contact_email=injected)
    ours = replace(sending, settings=replace(sending.settings, site=site))
    with sending.db.transaction() as session:
        contact = add_contact(session, 1, now=sending.clock.now())
        contact.given_name = "</Message><Message>Ana"
        number = str(contact.phone)
    public = site.public_url
    with served(create_app(ours)) as address:
        sandbox.webhooks(
            inbound_sms_url=f"{public}/hooks/twilio/inbound", public_url=public, app_url=address
        )
        sandbox.inbound_sms(number, sending.settings.twilio.from_number, "HELP")
        sandbox.webhooks(inbound_sms_url="", public_url="", app_url="")

    (answer,) = [one for one in sandbox.messages("sms") if one["direction"].startswith("outbound")]
    assert answer["to"] == number
    assert injected in answer["body"]


def test_texts_go_to_canadian_numbers_alone_and_the_others_are_told_apart(
    sending: Runtime, transports: Transports, sandbox: Sandbox
) -> None:
    # American, Bahamian, British, billed by the minute, toll-free: all of them confirmed somehow.
    elsewhere = ["+12125550123", "+12423590123", "+447400123456", "+19005550123", "+16139761234",
                 "+18005550123"]  # fmt: skip
    now = sending.clock.now()
    with sending.db.transaction() as session:
        near = add_contact(session, 1, now=now)
        for place, number in enumerate(elsewhere, start=2):
            contact = add_contact(session, place, now=now)
            contact.phone = number
            contact.phone_hash = phone_hash(sending.keyring, number)

    mailing_id = launch(sending, "sms")
    drain(sending, transports, worker="one")

    assert [text["to"] for text in sandbox.messages("sms")] == [near.phone]
    assert states(sending, mailing_id) == {
        ("accepted", None): 1,
        ("skipped", "not_textable"): len(elsewhere),
    }


def is_one_line(text: str) -> bool:
    return len(text.splitlines()) == 1 and not set(text) & _TURNS

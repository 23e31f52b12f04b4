"""A name or a subject that tries to be a header stays a name or a subject (fault 20).

Criterion: the provider's ledger has exactly the one recipient, and no header holds a second line.
"""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from mobilize.contacts.models import Contact
from mobilize.core.errors import InvalidInput
from mobilize.messaging.providers.transports import Transports
from mobilize.messaging.sending import drain
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from tests.messaging.people import add_contact
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.faults

BREAKS: Sequence[str] = ("\r\n", "\n", "\r", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "%0d%0a")


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
            assert len(told.splitlines()) == 1, repr(told)


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
    assert len(sandbox.mail(one["seq"])["subject"].splitlines()) == 1

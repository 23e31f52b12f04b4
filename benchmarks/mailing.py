"""A mailing as all measured sendings have it: its template, its launch, and its way to the end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select

from benchmarks.crew import Crew
from benchmarks.measuring import stopwatch
from benchmarks.sink import SinkClient
from mobilize.contacts.models import Contact
from mobilize.messaging.models import Message
from mobilize.messaging.policy import Channel
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime

_KEY: Final = "bench"
_TEXTS: Final = (
    TextDraft(
        channel="email",
        language="en",
        subject="A word with your MP, {{ given_name | default: 'friend' }}",
        body="Hello {{ given_name | default: 'friend' }},\n\n"
        "{% if mp %}**{{ mp }}** speaks for {{ riding }} in Ottawa.{% endif %}\n\n"
        + "Permanent status ends the fear that keeps people silent. One call says so.\n\n" * 60
        + "[Call in two minutes]({{ action_url }})",
    ),
    TextDraft(
        channel="email",
        language="fr",
        subject="Un mot à votre bureau local, {{ given_name | default: 'bonjour' }}",
        body="Bonjour {{ given_name | default: '' }},\n\n"
        "{% if mp %}**{{ mp }}** parle pour {{ riding }} à Ottawa.{% endif %}\n\n"
        + "Un statut permanent met fin à la peur qui fait taire. Un appel le dit.\n\n" * 60
        + "[Appeler en deux minutes]({{ action_url }})",
    ),
    TextDraft(
        channel="sms",
        language="en",
        subject="",
        body="Permanent status ends fear. Call your MP: {{ action_url }}",
    ),
    TextDraft(
        channel="sms",
        language="fr",
        subject="",
        body="Un statut permanent met fin à la peur. Appelez : {{ action_url }}",
    ),
)


@dataclass(frozen=True)
class Sent:
    """How a mailing went.

    Attributes:
        seconds: From its launch to the last outcome written down.
        first_after: Seconds to the first outcome.
        peak: The largest peak of memory of a worker, in MiB, where somebody counts it.
    """

    seconds: float
    first_after: float
    peak: float | None


def write_template(runtime: Runtime) -> None:
    """Put the template into an installation."""
    with runtime.db.transaction() as session:
        save_template(session, key=_KEY, name=_KEY, texts=_TEXTS, now=runtime.clock.now())


def everybody() -> Select[int, str | None]:
    """All supporters, as a mailing asks for its recipients."""
    return select(Contact.id, Contact.language)


def the_first(count: int) -> Select[int, str | None]:
    """So many of them."""
    return everybody().order_by(Contact.id).limit(count)


def launch(
    runtime: Runtime, recipients: Select[int, str | None], *, channel: Channel = "email"
) -> int:
    """Begin a mailing of the template to recipients; return its key."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        template = template_by_key(session, _KEY)
        assert template is not None
        return start_mailing(
            session,
            kind="alert",
            channel=channel,
            template_id=template.id,
            recipients=recipients,
            topic="permanent-status",
            campaign_ref=None,
            facts={},
            now=now,
        ).id


def send(
    runtime: Runtime,
    crew: Crew,
    server: SinkClient,
    count: int,
    *,
    channel: Channel = "email",
    recipients: Select[int, str | None] | None = None,
) -> Sent:
    """Send the template to recipients, everybody if not given, and make sure that all got it.

    Raises:
        RuntimeError: They did not.
    """
    # A worker runs for weeks: what it does once, as to put its statements together, is done before.
    crew.send_by_turns(lambda number: launch(runtime, the_first(1).offset(number), channel=channel))
    before, began = server.recipients(), runtime.clock.now()
    with stopwatch() as watch:
        mailing_id = launch(
            runtime, everybody() if recipients is None else recipients, channel=channel
        )
        peak = crew.send()
    accepted, first = _outcome(runtime, mailing_id)
    if not accepted == count == server.recipients() - before or first is None:
        raise RuntimeError(f"{accepted} of {count} were recorded as accepted")
    return Sent(watch.seconds, (first - began).total_seconds(), peak)


def _outcome(runtime: Runtime, mailing_id: int) -> tuple[int, datetime | None]:
    with runtime.db.read() as session:
        count, first = session.execute(
            select(func.count(), func.min(Message.accepted_at)).where(
                Message.mailing_id == mailing_id, Message.state == "accepted"
            )
        ).one()
    return count, first

"""Sending: emails from launch to all accepted and recorded, expansion included."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Select, func, select

from benchmarks import bare_sending, sink
from benchmarks.crew import Crew, working
from benchmarks.databases import Copies, Kind, connect
from benchmarks.figures import Bench, Figure, measures, rate
from benchmarks.installation import install, make_settings, opened
from benchmarks.measuring import in_turn, stopwatch
from benchmarks.people import write_supporters
from mobilize.contacts.importing import import_supporters
from mobilize.contacts.models import Contact
from mobilize.contacts.opening import open_table
from mobilize.messaging.models import Message
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.service import start_mailing
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime
from mobilize.settings import Settings
from mobilize.worker import WORKERS

_EMAILS: Final = 100_000
_GOAL: Final = 0.5
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
)


@measures("sending")
def emails(bench: Bench) -> Iterator[Figure]:
    """Emails per second, from launch to the last outcome written down."""
    count = bench.sized(_EMAILS)
    people = bench.folder / "people.csv"
    write_supporters(people, count, flaws=False)
    with sink.running() as server:
        settings = make_settings(bench.folder / "instance")
        settings = replace(settings, sendgrid=replace(settings.sendgrid, url=server.url))
        for kind in bench.kinds:
            folder = bench.folder / kind.name
            folder.mkdir()
            with kind.filled(folder, lambda url: _fill(settings, url, people, count)) as copies:
                yield _figure(bench, kind, copies, settings, server, count)


def _figure(
    bench: Bench,
    kind: Kind,
    copies: Copies,
    settings: Settings,
    server: sink.SinkClient,
    count: int,
) -> Figure:
    def ours() -> float:
        with (
            copies() as url,
            opened(settings, url) as runtime,
            working(WORKERS, settings.instance, url, server.url) as crew,
        ):
            return _send(runtime, crew, server, count)

    def bare() -> float:
        with copies() as url:
            connection = connect(url)
            with stopwatch() as watch:
                bare_sending.send_all(connection, server.port)
            connection.close()
            return watch.seconds

    seconds, bare_seconds = in_turn(bench.runs, ours, bare)
    return rate(
        area="sending",
        name=f"{count:,} emails, {kind.name}",
        unit="messages/s",
        ours=count / seconds,
        bare=count / bare_seconds,
        against="the bare durable loop",
        goal=_GOAL,
    )


def _fill(settings: Settings, url: str, people: Path, count: int) -> None:
    fill(settings, url, people)
    connection = connect(url)
    bare_sending.add_people(connection, count)
    connection.close()


def fill(settings: Settings, url: str, people: Path) -> None:
    """Put an installation into the database at a URL: its tables, its supporters and a template."""
    with opened(settings, url) as runtime:
        install(runtime)
        import_supporters(
            runtime.db,
            table=open_table(people),
            actor="command",
            clock=runtime.clock,
            keyring=runtime.keyring,
        )
        with runtime.db.transaction() as session:
            save_template(session, key=_KEY, name=_KEY, texts=_TEXTS, now=runtime.clock.now())


def _send(runtime: Runtime, crew: Crew, server: sink.SinkClient, count: int) -> float:
    # A worker runs for weeks: what it does once, as to put its statements together, is done before.
    one_each = everybody().order_by(Contact.id).limit(1)
    crew.send_by_turns(lambda number: launch(runtime, one_each.offset(number)))
    before = server.recipients()
    with stopwatch() as watch:
        mailing_id = launch(runtime, everybody())
        crew.send()
    with runtime.db.read() as session:
        accepted = session.scalar(
            select(func.count())
            .select_from(Message)
            .where(Message.mailing_id == mailing_id, Message.state == "accepted")
        )
    if not accepted == count == server.recipients() - before:
        raise RuntimeError(f"{accepted} of {count} were recorded as accepted")
    return watch.seconds


def everybody() -> Select[int, str | None]:
    """All supporters, as a mailing asks for its recipients."""
    return select(Contact.id, Contact.language)


def launch(runtime: Runtime, recipients: Select[int, str | None]) -> int:
    """Begin a mailing of the template to recipients; return its key."""
    now = runtime.clock.now()
    with runtime.db.transaction() as session:
        template = template_by_key(session, _KEY)
        assert template is not None
        return start_mailing(
            session,
            kind="alert",
            channel="email",
            template_id=template.id,
            recipients=recipients,
            topic="permanent-status",
            campaign_ref=None,
            facts={},
            now=now,
        ).id

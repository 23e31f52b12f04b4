"""What the demo's campaign did: our own tables beside the sandbox's ledger, which must agree."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from rich.table import Table
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobilize.actions.models import MpContact, Participation
from mobilize.actions.queries import counts_by_riding
from mobilize.alerts.models import AlertStep
from mobilize.cli.demo.sandbox import SandboxClient
from mobilize.cli.demo.story import Told
from mobilize.contacts.models import Contact
from mobilize.core.errors import MobilizeError
from mobilize.followups.models import PlannedStep, PlanStep
from mobilize.messaging.models import Mailing, Message
from mobilize.messaging.reasons import explain
from mobilize.messaging.states import REACHED_PROVIDER
from mobilize.mps.queries import named_ridings
from mobilize.partners.models import Partner, SignOn
from mobilize.runtime import Runtime

_NEXT: Final = 5
_MOST_RIDINGS: Final = 10


def make_report(runtime: Runtime, told: Told, sandbox: SandboxClient) -> dict[str, Any]:
    """Gather what happened; the same every time.

    Raises:
        MobilizeError: Our tables and the sandbox's ledger do not agree.
    """
    summary = sandbox.summary()
    with runtime.db.read() as session:
        report = {
            "supporters": _count(session, Contact, Contact.kind == "supporter"),
            "ridings": session.scalar(
                select(func.count(Contact.riding_id.distinct())).where(Contact.kind == "supporter")
            ),
            "partners": _count(session, Partner),
            "import": _import_facts(told),
            "alert": _alert(session, told),
            "messages": _totals(session),
            "actions_completed": _count(session, Participation),
            "mp_contacts": _mp_contacts(runtime, session, told),
            "sign_ons": _sign_ons(session),
            "followups": _followups(session, sent=True),
            "next_due": _followups(session, sent=False),
        }
    report["sandbox"] = {
        channel: {
            "accepted": summary[channel]["accepted"],
            "delivered": summary[channel]["by_state"].get("delivered", 0),
        }
        for channel in ("email", "sms")
    }
    report["duplicates"] = summary["duplicates"]["by_opaque_id"]["count"]
    _compare(report)
    return report


def _compare(report: Mapping[str, Any]) -> None:
    """The sandbox judges: what it accepted and delivered is what our tables must say."""
    wrong = {
        f"{channel}, {what}": f"we say {report['messages'][channel][what]}, the sandbox says {told}"
        for channel, totals in report["sandbox"].items()
        for what, told in totals.items()
        if report["messages"][channel][what] != told
    }
    if report["duplicates"]:
        wrong["duplicates"] = f"{report['duplicates']} messages were accepted twice"
    if wrong:
        raise MobilizeError(
            "The report and the sandbox's ledger do not agree.",
            hint="This is a fault of Mobilize; please report it.",
            fields=wrong,
        )


def _count(session: Session, table: Any, *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _import_facts(told: Told) -> dict[str, Any]:
    assert told.supporters is not None
    return {
        "rows": told.supporters.rows,
        "rejected": told.supporters.rejected,
        "without_consent": dict(sorted(told.supporters.without_consent.items())),
    }


def _alert(session: Session, told: Told) -> dict[str, Any]:
    rows = session.execute(
        select(
            Mailing.channel,
            Message.language,
            Message.state,
            Message.reason,
            func.count().label("people"),
        )
        .join(Mailing, Mailing.id == Message.mailing_id)
        .join(AlertStep, AlertStep.mailing_id == Mailing.id)
        .where(AlertStep.alert_id == told.alert_id)
        .group_by(Mailing.channel, Message.language, Message.state, Message.reason)
        .order_by(Mailing.channel, Message.language, Message.state, Message.reason)
    ).all()
    recipients: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for row in rows:
        if row.state == "skipped":
            skipped[f"{row.channel}: {explain(row.reason, 'en')}"] += row.people
        else:
            recipients[f"{row.channel}, {row.language or 'no language'}"] += row.people
    return {
        "recipients": dict(sorted(recipients.items())),
        "skipped": dict(sorted(skipped.items())),
    }


def _totals(session: Session) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(Mailing.channel, Message.state, func.count().label("n"))
        .join(Mailing, Mailing.id == Message.mailing_id)
        .group_by(Mailing.channel, Message.state)
    ).all()
    totals = {channel: Counter[str]() for channel in ("email", "sms")}
    for row in rows:
        if row.state in REACHED_PROVIDER:
            totals[row.channel]["accepted"] += row.n
        if row.state in {"delivered", "complained"}:
            # Who complains has had it delivered.
            totals[row.channel]["delivered"] += row.n
        totals[row.channel][f"state {row.state}"] += row.n
    return {
        channel: {"accepted": 0, "delivered": 0, **dict(sorted(found.items()))}
        for channel, found in totals.items()
    }


def _mp_contacts(runtime: Runtime, session: Session, told: Told) -> dict[str, Any]:
    counts = counts_by_riding(session, told.campaign_id)
    names = named_ridings(
        session,
        {row.riding_id for row in counts},
        lang="en",
        on=runtime.clock.now().date(),
    )
    by_riding: Counter[str] = Counter()
    by_channel: Counter[str] = Counter()
    for row in counts:
        by_riding[names[row.riding_id].name] += row.contacts
        by_channel[row.channel] += row.contacts
    return {
        "total": _count(session, MpContact),
        "by_channel": dict(sorted(by_channel.items())),
        "ridings": len(by_riding),
        "by_riding": dict(sorted(by_riding.items())),
    }


def _sign_ons(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(SignOn.state, SignOn.visibility, func.count())
        .group_by(SignOn.state, SignOn.visibility)
        .order_by(SignOn.state, SignOn.visibility)
    )
    return {f"{state}, {visibility}": n for state, visibility, n in rows}


def _followups(session: Session, *, sent: bool) -> list[dict[str, Any]]:
    wanted = PlannedStep.state.in_(("fired", "skipped") if sent else ("planned", "awaiting"))
    rows = session.execute(
        select(PlannedStep, PlanStep)
        .join(PlanStep, PlanStep.id == PlannedStep.plan_step_id)
        .where(wanted)
        .order_by(PlannedStep.due_at, PlannedStep.id)
        .limit(_NEXT)
    ).all()
    told = []
    for planned, step in rows:
        facts: dict[str, Any] = {
            "due_at": planned.due_at.isoformat(),
            "days": step.offset_days,
            "channel": step.channel,
            "state": planned.state,
        }
        if planned.mailing_id is not None:
            facts["messages"] = _count(session, Message, Message.mailing_id == planned.mailing_id)
            facts["sent"] = _count(
                session,
                Message,
                Message.mailing_id == planned.mailing_id,
                Message.state.in_(REACHED_PROVIDER),
            )
        told.append(facts)
    return told


def show(report: Mapping[str, Any], say: Callable[[Any], None]) -> None:
    """The report for people."""
    say(
        f"[bold]{report['supporters']} supporters[/bold] in {report['ridings']} ridings, "
        f"{report['partners']} partner organizations"
    )
    say(_table("The alert, by channel and language", report["alert"]["recipients"]))
    say(_table("Who was skipped, and why", report["alert"]["skipped"]))
    sent = Table("", "accepted", "delivered", title="All messages", title_justify="left")
    for channel in ("email", "sms"):
        ours, theirs = report["messages"][channel], report["sandbox"][channel]
        sent.add_row(f"{channel}, our tables", str(ours["accepted"]), str(ours["delivered"]))
        sent.add_row(f"{channel}, the sandbox", str(theirs["accepted"]), str(theirs["delivered"]))
    say(sent)
    contacts = report["mp_contacts"]
    say(
        f"{report['actions_completed']} people completed the action: {contacts['total']} contacts "
        f"with MPs in {contacts['ridings']} ridings"
    )
    say(_table("MP contacts by channel", contacts["by_channel"]))
    most = sorted(contacts["by_riding"].items(), key=lambda item: (-item[1], item[0]))
    say(_table("MP contacts by riding, the most", dict(most[:_MOST_RIDINGS])))
    say(_table("Sign-ons to Permanent Status", report["sign_ons"]))
    for title, steps in (
        ("Follow-ups sent", report["followups"]),
        ("Next due", report["next_due"]),
    ):
        table = Table("when", "channel", "messages", title=title, title_justify="left")
        for step in steps:
            table.add_row(step["due_at"][:10], step["channel"], str(step.get("sent", "")))
        say(table)


def _table(title: str, rows: Mapping[str, Any]) -> Table:
    table = Table("", "people", title=title, title_justify="left")
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table

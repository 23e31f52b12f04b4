"""How an alert goes, as a terminal shows it."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from mobilize.alerts.progress import AlertProgress
from mobilize.messaging.progress import Hold, Progress
from mobilize.messaging.reasons import explain, explain_pause


def pictured(seen: AlertProgress) -> RenderableType:
    """The whole of it: each channel's speed and end, what holds it up, every count."""
    steps = Table(
        "channel", "state", "handed over", "to go", "with the provider", "unknown", "a minute",
        "ends about", title=escape(f"{seen.name}: {seen.state}"),
    )  # fmt: skip
    for step in seen.steps:
        steps.add_row(
            step.channel,
            step.state,
            f"{step.handed_over:,}",
            f"{step.to_go:,}",
            f"{step.with_provider:,}",
            f"{step.unanswered:,}",
            _speed(step),
            _clock(step.ends_at),
        )
    counts = Table("channel", "language", "state", "why", "people")
    for row in seen.messages:
        why = explain(row.reason, "en")
        counts.add_row(row.channel, row.language, row.state, why, f"{row.people:,}")
    counted = f"Counted at {_clock(seen.counted_at)} UTC."
    return Group(steps, *_cost(seen), *_holds(seen), counts, counted)


def in_a_line(seen: AlertProgress) -> str:
    """The same in short, for a log or a pipe: one look, one line."""
    parts = [
        f"{step.channel} {step.handed_over:,} handed over, {step.to_go:,} to go"
        + (f", {step.unanswered:,} unknown" if step.unanswered else "")
        + (f", {_speed(step)} a minute" if step.per_minute else "")
        + (f", ends about {_clock(step.ends_at)} UTC" if step.ends_at else "")
        for step in seen.steps
    ]
    return f"{_clock(seen.at)} {seen.state}: {'; '.join([*parts, *_cost(seen), *_holds(seen)])}"


def _cost(seen: AlertProgress) -> list[str]:
    if seen.texts is None:
        return []
    dollars = "" if seen.texts.dollars is None else f", ${seen.texts.dollars}"
    return [f"text messages so far: {seen.texts.segments:,} segments{dollars}"]


def _holds(seen: AlertProgress) -> list[str]:
    told = [_hold(step, hold) for step in seen.steps for hold in step.holds]
    paused = [f"paused: {explain_pause(seen.pause_reason, 'en')}"] if seen.pause_reason else []
    return [escape(line) for line in (*paused, *told)]


def _hold(step: Progress, hold: Hold) -> str:
    until = f" until {_clock(hold.until)} UTC" if hold.until else ""
    if hold.kind == "hours":
        return f"{step.channel}: {hold.people:,} wait for a better hour{until}"
    why = explain_pause(hold.reason, "en")
    if hold.kind == "provider":
        return f"{step.channel}: the provider is not called{until}: {why}"
    return f"{step.channel}: paused: {why}"


def _speed(step: Progress) -> str:
    return f"{step.per_minute:,.0f}" if step.per_minute else ""


def _clock(moment: datetime | None) -> str:
    return f"{moment:%H:%M:%S}" if moment else ""

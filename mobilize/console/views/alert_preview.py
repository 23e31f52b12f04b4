"""What a person would get, in both languages; and the note that somebody has read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, flash, make_response, render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.alerts.content import campaign_card, texts_of
from mobilize.alerts.guards import drafts_of
from mobilize.alerts.models import Alert
from mobilize.alerts.queries import alert_by_public_id
from mobilize.alerts.trial import Trial, send_test
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.views.alerts import about
from mobilize.core.errors import Conflict, MobilizeError
from mobilize.core.i18n import LANGUAGES, Language, is_language
from mobilize.messaging.models import TemplateText
from mobilize.messaging.policy import Channel
from mobilize.messaging.previewing import TextCount, discreet_preview, preview, text_count
from mobilize.messaging.rendering import Rendered
from mobilize.messaging.templates import mark_reviewed
from mobilize.runtime import runtime

MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
)
"""A mail brings its styles inline, as mail programs want it; it may do nothing else."""


@dataclass(frozen=True)
class Shown:
    """One channel in one language, as a person would get it; or why that cannot be shown."""

    channel: Channel
    language: Language
    rendered: Rendered | None
    reviewed: bool
    trouble: str = ""
    discreet: str | None = None
    """What a screen shows to people who asked for discretion; None where it does not go to them."""

    count: TextCount | None = None
    """What it costs as a text message."""


@blueprint.get("/alerts/<ref>/preview")
@needs("see")
def alert_preview(ref: str) -> str:
    """Everything that goes out, English and French side by side."""
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        texts = _texts(session, alert)
        context = about(session, alert)
        context["shown"] = everything(session, alert)
    unread = [
        (language, _fingerprint(texts, language))
        for language in LANGUAGES
        if any(text.language == language and text.reviewed_at is None for text in texts)
    ]
    return render_template("console/alerts/preview.html", unread=unread, **context)


@blueprint.get("/alerts/<ref>/preview/<language>.html")
@needs("see")
def alert_mail(ref: str, language: str) -> Response:
    """The mail itself, for the frame on the preview's page."""
    if not is_language(language):
        abort(404)
    with runtime().db.read() as session:
        alert = alert_by_public_id(session, ref)
        rendered = _rendered(session, alert, "email", language)
    answer = make_response(rendered.html)
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.post("/alerts/<ref>/reviewed/<language>")
@needs("compose")
def alert_reviewed(ref: str, language: str) -> Response:
    """Note that the words of one language were read, exactly those that the page showed."""
    if not is_language(language):
        abort(404)
    at, account_id, seen = now(), caller().account_id, typed("seen")

    def change(session: Session) -> None:
        alert = alert_by_public_id(session, ref)
        texts = _texts(session, alert)
        if _fingerprint(texts, language) != seen:
            raise Conflict(
                "The words changed since you opened the page.", hint="Read them again first."
            )
        for template_id in {text.template_id for text in texts}:
            mark_reviewed(
                session, template_id=template_id, language=language, account_id=account_id, now=at
            )

    done = {
        "en": gettext("The English words are marked as reviewed."),
        "fr": gettext("The French words are marked as reviewed."),
    }
    return carry_out(change, done=done[language], to=url_for("console.alert_preview", ref=ref))


@blueprint.post("/alerts/<ref>/test-send")
@needs("compose")
def alert_test_send(ref: str) -> Response:
    """Send the words as they stand to the organizer's own address."""
    at, day, me, settings = now(), today(), caller(), runtime().settings
    trials: list[Trial] = []

    def change(session: Session) -> None:
        trials.append(
            send_test(
                session,
                alert=alert_by_public_id(session, ref),
                account_id=me.account_id,
                settings=settings,
                now=at,
                today=day,
                actor=me.actor,
            )
        )

    answer = carry_out(
        change,
        done=gettext("A test is on its way to your own address, marked in its subject."),
        to=url_for("console.alert_preview", ref=ref),
    )
    for why in dict.fromkeys(left.why for trial in trials for left in trial.left):
        flash(gettext(why), "info")
    return answer


def everything(session: Session, alert: Alert) -> list[list[Shown]]:
    """A row for each channel, with both languages in it."""
    reviewed = {
        (text.channel, text.language): text.reviewed_at is not None
        for text in _texts(session, alert)
    }
    return [
        [
            _shown(session, alert, step.channel, language, reviewed=reviewed)
            for language in LANGUAGES
        ]
        for step in drafts_of(session, alert.id)
    ]


def _shown(
    session: Session,
    alert: Alert,
    channel: Channel,
    language: Language,
    *,
    reviewed: dict[tuple[str, str], bool],
) -> Shown:
    seen = reviewed.get((channel, language), False)
    try:
        wanted = _wanted(session, alert, channel, language)
        rendered = preview(session, **wanted)
        discreet = discreet_preview(session, **wanted)
        count = text_count(session, **wanted) if channel == "sms" else None
    except MobilizeError as error:
        return Shown(channel, language, None, seen, gettext(error.message))
    return Shown(channel, language, rendered, seen, discreet=discreet, count=count)


def _rendered(session: Session, alert: Alert, channel: Channel, language: Language) -> Rendered:
    return preview(session, **_wanted(session, alert, channel, language))


def _wanted(session: Session, alert: Alert, channel: Channel, language: Language) -> dict[str, Any]:
    card = campaign_card(session, alert.campaign_id)
    chosen = [step for step in drafts_of(session, alert.id) if step.channel == channel]
    if not chosen:
        abort(404)
    return {
        "settings": runtime().settings,
        "template_id": chosen[0].template_id,
        "channel": channel,
        "language": language,
        "facts": card.facts(),
        "on": today(),
    }


def _texts(session: Session, alert: Alert) -> list[TemplateText]:
    """The present words of every step, on the step's own channel."""
    steps = drafts_of(session, alert.id)
    chosen = {(step.template_id, step.channel) for step in steps}
    return [
        text
        for (template_id, channel, _), text in texts_of(session, steps).items()
        if (template_id, channel) in chosen
    ]


def _fingerprint(texts: Sequence[TemplateText], language: Language) -> str:
    """Names exactly the words of one language that a page shows."""
    return ".".join(sorted(text.sha256[:16] for text in texts if text.language == language))

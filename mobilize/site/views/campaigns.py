"""A campaign's pages: what it asks, for which riding, the words, the report, the thank-you."""

import secrets
from collections.abc import Mapping
from typing import Final

from flask import redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mobilize.actions import queries as actions
from mobilize.actions.models import MpContact
from mobilize.actions.outcomes import CHANNELS, HEARD, OUTCOMES, Channel
from mobilize.actions.reports import LONGEST_NOTE, MpContactReport, record_mp_contact
from mobilize.actions.scripts import blocks
from mobilize.core.errors import NotFound
from mobilize.core.http import page_language
from mobilize.runtime import runtime
from mobilize.site.offices import phone_as_read, seat
from mobilize.site.pages import blueprint
from mobilize.site.visits import DeadEnd, Door, Visit, contact_of, riding_at, visit

_NEXT: Final[Mapping[str, Channel]] = {"call": "write", "write": "call", "visit": "write"}
"""The step that is offered after each: a second way to be heard, never a heavier one."""


@blueprint.app_template_filter("blocks")
def _blocks(text: str) -> object:
    return blocks(text)


@blueprint.app_template_filter("phone")
def _phone(number: str) -> str:
    return phone_as_read(number)


@blueprint.errorhandler(DeadEnd)
def dead_end(error: DeadEnd) -> tuple[str, int]:
    """Lead on from a link that is forged, expired or over, without saying which it was."""
    today = runtime().clock.now().date()
    with runtime().db.read() as session:
        open_now = actions.open_campaigns(session, on=today)
        texts = actions.texts_in(session, [one.id for one in open_now], page_language())
    page = render_template(
        "site/dead_end.html", is_over=error.was_real, campaigns=open_now, texts=texts
    )
    return page, error.status


@blueprint.get("/<any(a, c):door>/<key>")
def campaign(door: Door, key: str) -> str:
    """What a campaign asks; with the MP, where the person's riding is known."""
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
    return _first_page(visiting, visiting.riding_id)


@blueprint.get("/<any(a, c):door>/<key>/at/<place>")
def campaign_at(door: Door, key: str, place: str) -> str:
    """What a campaign asks, with the MP of the riding that was found or picked."""
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
    return _first_page(visiting, riding_at(place))


def _first_page(visiting: Visit, riding_id: int | None) -> str:
    language, today = page_language(), runtime().clock.now().date()
    with runtime().db.read() as session:
        progress = actions.progress(session, visiting.campaign)
        place = seat(session, riding_id, language=language, on=today) if riding_id else None
    return render_template(
        "site/campaign.html",
        visit=visiting,
        text=visiting.text,
        seat=place,
        progress=progress,
        channels=_channels(),
    )


@blueprint.get("/<any(a, c):door>/<key>/at/<place>/<any(call, write, visit):channel>")
def act(door: Door, key: str, place: str, channel: Channel) -> str:
    """The words for one way to act, what the office will see, and the report."""
    values = {"form_key": secrets.token_urlsafe(16)}
    if len(OUTCOMES[channel]) == 1:
        # With one answer to give there is nothing to choose.
        values["outcome"] = next(iter(OUTCOMES[channel]))
    return _act_page(door, key, riding_at(place), channel, values)


@blueprint.post("/<any(a, c):door>/<key>/at/<place>/<any(call, write, visit):channel>")
def report(door: Door, key: str, place: str, channel: Channel) -> Response | tuple[str, int]:
    """Keep a report; what was typed stays where something is missing."""
    riding_id = riding_at(place)
    errors = _errors(channel, request.form)
    if errors:
        return _act_page(door, key, riding_id, channel, request.form, errors), 422
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        visiting = visit(session, door, key)
        kept = record_mp_contact(
            session, report=_told(visiting, riding_id, channel, request.form), now=now
        )
    return redirect(visiting.thanks(kept.id), 303)


@blueprint.get("/<any(a, c):door>/<key>/thanks/<receipt>")
def thanks(door: Door, key: str, receipt: str) -> str:
    """Say thank you for a report that is kept, and offer a next step."""
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
        kept = session.get(MpContact, contact_of(receipt))
        if kept is None or kept.campaign_id != visiting.campaign.id:
            raise NotFound("There is nothing at this address.")
        in_riding = actions.contacts_in_riding(
            session, campaign_id=kept.campaign_id, riding_id=kept.riding_id
        )
    next_channel = _NEXT[kept.channel]
    return render_template(
        "site/thanks.html",
        visit=visiting,
        text=visiting.text,
        in_riding=in_riding,
        next_channel=CHANNELS[next_channel].text(page_language()),
        next_url=visiting.act(kept.riding_id, next_channel),
    )


def _act_page(
    door: Door,
    key: str,
    riding_id: int,
    channel: Channel,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> str:
    language, today = page_language(), runtime().clock.now().date()
    with runtime().db.read() as session:
        visiting = visit(session, door, key)
        place = seat(session, riding_id, language=language, on=today)
    return render_template(
        "site/act.html",
        visit=visiting,
        text=visiting.text,
        seat=place,
        channel=channel,
        channels=_channels(),
        outcomes=[(name, label.text(language)) for name, label in OUTCOMES[channel].items()],
        heard=[(name, label.text(language)) for name, label in HEARD.items()],
        longest_note=LONGEST_NOTE,
        values=values,
        errors=errors or {},
    )


def _channels() -> list[tuple[Channel, str]]:
    language = page_language()
    return [(channel, label.text(language)) for channel, label in CHANNELS.items()]


def _errors(channel: Channel, form: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    if form.get("outcome") not in OUTCOMES[channel]:
        errors["outcome"] = _("Choose how it went.")
    if form.get("heard") and form["heard"] not in HEARD:
        errors["heard"] = _("Choose one of the answers, or none.")
    if len(form.get("note", "")) > LONGEST_NOTE:
        errors["note"] = _("The note is too long; a sentence or two is plenty.")
    if not form.get("form_key"):
        errors[""] = _("The form came without its number. Please send it again.")
    return errors


def _told(
    visiting: Visit, riding_id: int, channel: Channel, form: Mapping[str, str]
) -> MpContactReport:
    return MpContactReport(
        campaign_id=visiting.campaign.id,
        riding_id=riding_id,
        channel=channel,
        outcome=form["outcome"],
        heard=form.get("heard") or None,
        reply_promised="reply_promised" in form,
        followup_wanted="followup_wanted" in form,
        note=form.get("note", ""),
        form_key=form["form_key"],
        language=page_language(),
        contact_id=visiting.contact_id,
        message_id=visiting.message_id,
    )

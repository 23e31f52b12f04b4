"""A supporter's own page: what they get, over which channel, how discreetly, and a pause.

Whoever holds the link may not be the person it was sent to. The page therefore shows no name, no
address and no history; wishes made for safety can be set here but are not shown, and what moves or
removes data asks for a code (`own_data`).
"""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mobilize.contacts import preferences
from mobilize.contacts.preferences import Channel, ChannelChoice, Wishes, Words, choice_of
from mobilize.core.errors import InvalidInput, NotFound
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.messaging.own_links import Holder, holder_of
from mobilize.runtime import runtime
from mobilize.site.pages import blueprint, organization
from mobilize.strategy.queries import adopted_versions

_CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms")
_KEEP: Final = "keep"
_SAFETY: Final = ("discreet", "no_voicemail", "safe_channel", "safe_hours")
_DONE: Final = frozenset({"saved", "paused", "resumed"})


@blueprint.get("/preferences/<token>")
def own_preferences(token: str) -> str:
    """Show what goes to the person; nothing changes."""
    with runtime().db.read() as session:
        holder = named_by(session, token)
        shown = _shown(session, holder)
        return _page(session, token, holder, shown, _values(holder, shown), {})


@blueprint.post("/preferences/<token>")
def save_preferences(token: str) -> Response | tuple[str, int]:
    """Take what was chosen; the same again changes nothing."""
    parts = runtime()
    now = parts.clock.now()
    try:
        with parts.db.transaction() as session:
            holder = named_by(session, token)
            shown = _shown(session, holder)
            topics = [slug for slug, _title in _topics(session)]
            asked = request.form.getlist("asked")
            wishes, errors = _wishes(request.form, [one for one in shown if one in asked])
            if not errors:
                preferences.change(
                    session,
                    contact=holder.contact,
                    wishes=wishes,
                    # What came up since the page was opened was not answered.
                    topics=[slug for slug in topics if slug in request.form.getlist("named")],
                    words=_words(session),
                    shown_in=page_language(),
                    proof=holder.proof,
                    now=now,
                )
    except InvalidInput as error:
        wishes, errors = Wishes(), _explained(error)
    if errors:
        with parts.db.read() as session:
            holder = named_by(session, token)
            page = _page(session, token, holder, _shown(session, holder), request.form, errors)
        return page, InvalidInput.status
    language = wishes.language or page_language()
    return redirect(
        url_for("site.own_preferences", token=token, done="saved", language=language), 303
    )


@blueprint.post("/preferences/<token>/pause")
def pause_messages(token: str) -> Response:
    """Let nothing go to the person for a while, or end that; again changes nothing more."""
    parts = runtime()
    now = parts.clock.now()
    wants_pause = request.form.get("do") == "pause"
    with parts.db.transaction() as session:
        contact = named_by(session, token).contact
        if wants_pause:
            days = parts.settings.self_service.pause_days
            preferences.pause(session, contact=contact, days=days, now=now)
        else:
            preferences.resume(session, contact=contact, now=now)
    done = "paused" if wants_pause else "resumed"
    return redirect(url_for("site.own_preferences", token=token, done=done), 303)


def named_by(session: Session, token: str) -> Holder:
    """The person that a link names; forged, stale and erased ones answer alike.

    Raises:
        NotFound: The link opens nothing.
    """
    holder = holder_of(session, token=token, links=runtime().links, now=runtime().clock.now())
    if holder is None:
        raise NotFound("There is nothing at this address.")
    return holder


def _shown(session: Session, holder: Holder) -> dict[Channel, ChannelChoice]:
    """What goes over each channel that may show on this page.

    Where somebody called another channel the only safe one, a link over this one does not tell that
    they can be reached there.
    """
    contact, now = holder.contact, runtime().clock.now()
    topics = [slug for slug, _title in _topics(session)]
    reachable = {
        "email": contact.email is not None,
        "sms": contact.phone is not None and contact.sms_confirmed_at is not None,
    }
    return {
        channel: choice_of(session, contact, channel, topics, now=now)
        for channel in _CHANNELS
        if reachable[channel] and (channel == holder.channel or contact.safe_channel != channel)
    }


def _topics(session: Session) -> list[tuple[str, str]]:
    return [
        (demand.slug, version.title_fr if page_language() == "fr" else version.title_en)
        for demand, version in adopted_versions(session)
    ]


def _words(session: Session) -> dict[tuple[Channel, str], Words]:
    """What the page says beside each choice: the exact words that the ledger keeps."""
    found: dict[tuple[Channel, str], Words] = {}
    for channel in _CHANNELS:
        whole = _channel_label(channel)
        found[channel, ""] = Words(f"preferences-{channel}", whole)
        for slug, title in _topics(session):
            name = f"preferences-{channel}-{slug}"[:60]
            found[channel, slug] = Words(name, f"{whole} {_('About: %(topic)s', topic=title)}")
    return found


def _channel_label(channel: Channel) -> str:
    sender = organization()
    text: str = (
        _("I want emails from %(organization)s. I can stop them at any time.", organization=sender)
        if channel == "email"
        else _(
            "I want texts from %(organization)s. I can stop them at any time.", organization=sender
        )
    )
    return text


def _values(holder: Holder, shown: Mapping[Channel, ChannelChoice]) -> MultiDict[str, str]:
    """The form's fields as they stand; what was chosen for safety is not among them."""
    values = MultiDict[str, str]()
    values["language"] = holder.contact.language or page_language()
    for channel, choice in shown.items():
        if choice.on:
            values[f"{channel}_on"] = "yes"
        # Somebody who comes back finds all that they had not left.
        values.setlist(f"{channel}_topic", sorted(choice.topics) if choice.on else [])
    for name in _SAFETY:
        values[name] = _KEEP
    return values


def _page(
    session: Session,
    token: str,
    holder: Holder,
    shown: Mapping[Channel, ChannelChoice],
    values: MultiDict[str, str],
    errors: Mapping[str, str],
) -> str:
    parts = runtime()
    now = parts.clock.now()
    paused_until = holder.contact.paused_until
    return render_template(
        "site/preferences.html",
        token=token,
        shown=shown,
        topics=_topics(session),
        labels={channel: _channel_label(channel) for channel in shown},
        chosen={channel: values.getlist(f"{channel}_topic") for channel in shown},
        values=values,
        errors=errors,
        paused=paused_until is not None and paused_until > now,
        pause_days=parts.settings.self_service.pause_days,
        may_start_email=holder.channel == "email",
        text_number=parts.settings.twilio.from_number,
        contact_email=parts.settings.site.contact_email,
        done=request.args.get("done") if request.args.get("done") in _DONE else "",
    )


def _wishes(form: MultiDict[str, str], asked: Sequence[Channel]) -> tuple[Wishes, dict[str, str]]:
    errors: dict[str, str] = {}
    channels: dict[Channel, ChannelChoice] = {}
    for channel in asked:
        wanted = ChannelChoice(f"{channel}_on" in form, frozenset(form.getlist(f"{channel}_topic")))
        if wanted.on and not wanted.topics and "named" in form:
            errors[f"{channel}_topic"] = _("Choose at least one topic, or none of this channel.")
        channels[channel] = wanted
    language = form.get("language")
    hours, trouble = _hours(form)
    if trouble:
        errors["safe_hours"] = trouble
    safe: Any = form.get("safe_channel", _KEEP)
    wishes = Wishes(
        channels=channels,
        language=language if is_language(language) else None,
        discreet=_yes_or_no(form.get("discreet")),
        no_voicemail=_yes_or_no(form.get("no_voicemail")),
        safe_channel=safe if safe in {"any", *_CHANNELS} else None,
        safe_hours=hours,
    )
    return wishes, errors


def _yes_or_no(answer: str | None) -> bool | None:
    return {"yes": True, "no": False}.get(answer or "")


def _hours(form: Mapping[str, str]) -> tuple[tuple[time | None, time | None] | None, str]:
    """The hours that were typed, or why they cannot be taken."""
    chosen = form.get("safe_hours", _KEEP)
    if chosen == "any":
        return (None, None), ""
    if chosen != "between":
        return None, ""
    try:
        begin = time.fromisoformat(form.get("safe_from", ""))
        end = time.fromisoformat(form.get("safe_until", ""))
    except ValueError:
        return None, _("Write both times, such as 09:00 and 17:30.")
    if begin == end:
        return None, _("From and until are the same: nothing could ever come. Choose two times.")
    return (begin.replace(tzinfo=None), end.replace(tzinfo=None)), ""


def _explained(error: InvalidInput) -> dict[str, str]:
    """Why a choice could not be taken, beside the field that it is about."""
    words = {
        "not_proven": _("To get emails again, use the link in one of our emails."),
        "closed": _("Nothing can reach this address any more. Write to us."),
        "no_address": _("We have no confirmed address for this. Choose another one."),
        "empty": _("From and until are the same: nothing could ever come. Choose two times."),
        "missing": _("Write both times, such as 09:00 and 17:30."),
    }
    places = {"email": "email_on", "sms": "sms_on", "safe_from": "safe_hours"}
    return {
        places.get(name, name): words.get(str(reason), _("This cannot be taken."))
        for name, reason in error.fields.items()
    } or {"": _("This cannot be taken.")}

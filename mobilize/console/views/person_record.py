"""What an organizer changes on a person's page: tags, answers, notes, safe ways, do not contact."""

from datetime import time

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.contacts import custom_fields, notes, tagging
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.queries import by_public_id
from mobilize.contacts.wishes import SafeReach, set_safe_reach
from mobilize.core.errors import InvalidInput
from mobilize.messaging.inbox.wishes import set_answers


@blueprint.post("/people/<ref>/do-not-contact")
@needs("people")
def do_not_contact(ref: str) -> Response:
    """Let nothing go to a person any more, or lift it."""
    wanted = typed("wanted") == "yes"

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        set_do_not_contact(session, contact=contact, wanted=wanted, actor=caller().actor, now=now())

    done = (
        gettext("Nothing goes to this person any more.")
        if wanted
        else gettext("This person may be contacted again, as far as they agreed.")
    )
    return carry_out(change, done=done, to=_page(ref))


@blueprint.post("/people/<ref>/tags")
@needs("people")
def add_tag(ref: str) -> Response:
    """Put tags on a person."""

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        tagging.tag(session, contact=contact, tags=[typed("tag")], actor=caller().actor, now=now())

    return carry_out(change, done=gettext("Tagged."), to=_page(ref))


@blueprint.post("/people/<ref>/tags/remove")
@needs("people")
def take_tag_off(ref: str) -> Response:
    """Take a tag off a person."""

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        tagging.untag(session, contact=contact, name=typed("tag"), actor=caller().actor, now=now())

    return carry_out(change, done=gettext("The tag is taken off."), to=_page(ref))


@blueprint.post("/people/<ref>/answers")
@needs("people")
def keep_answers(ref: str) -> Response:
    """Keep a person's answers to the custom fields of the form."""
    answers = {
        name.removeprefix("field-"): text.strip()
        for name, text in request.form.items()
        if name.startswith("field-")
    }

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        known = custom_fields.values_of(session, [contact.id]).get(contact.id, {})
        new = {key: text for key, text in answers.items() if text != known.get(key, "")}
        if new:
            custom_fields.answer(
                session, contact=contact, answers=new, actor=caller().actor, now=now()
            )

    return carry_out(change, done=gettext("The answers are kept."), to=_page(ref))


@blueprint.post("/people/<ref>/notes")
@needs("people")
def write_note(ref: str) -> Response:
    """Write a note about a person."""

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        notes.add_note(
            session, contact=contact, text=typed("text"), actor=caller().actor, now=now()
        )

    return carry_out(change, done=gettext("The note is kept."), to=_page(ref))


@blueprint.post("/people/<ref>/notes/<note>/delete")
@needs("people")
def delete_note(ref: str, note: str) -> Response:
    """Delete a note of one's own."""

    def change(session: Session) -> None:
        contact = by_public_id(session, ref)
        notes.delete_note(session, contact=contact, note_ref=note, actor=caller().actor, now=now())

    return carry_out(change, done=gettext("The note is deleted."), to=_page(ref))


@blueprint.post("/people/<ref>/safe-reach")
@needs("people")
def keep_safe_reach(ref: str) -> Response:
    """Note down how a person can safely be reached."""

    def change(session: Session) -> None:
        wanted = SafeReach(
            discreet=bool(typed("discreet")),
            no_voicemail=bool(typed("no_voicemail")),
            safe_channel=typed("safe_channel") or None,
            safe_from=_time("safe_from"),
            safe_until=_time("safe_until"),
        )
        contact = by_public_id(session, ref)
        set_safe_reach(session, contact=contact, wanted=wanted, actor=caller().actor, now=now())

    return carry_out(change, done=gettext("Noted down; it holds from now on."), to=_page(ref))


@blueprint.post("/people/<ref>/text-answers")
@needs("people")
def keep_text_answers(ref: str) -> Response:
    """Note whether a text may go to a person by itself."""

    def change(session: Session) -> None:
        set_answers(
            session,
            contact=by_public_id(session, ref),
            wanted=typed("wanted") == "yes",
            actor=caller().actor,
            now=now(),
        )

    return carry_out(change, done=gettext("Noted down; it holds from now on."), to=_page(ref))


def _time(name: str) -> time | None:
    text = typed(name)
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("This is no time of day.", hint="Write it like 22:30.") from None


def _page(ref: str) -> str:
    return url_for("console.person", ref=ref)

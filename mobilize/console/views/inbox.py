"""The inbox of texts: who wrote, who looks after it, and what is answered."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import Trouble, carry_out, page_after, see, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.errors import MobilizeError
from mobilize.core.http import page_language
from mobilize.messaging.care import cases
from mobilize.messaging.inbox import answering, canned, reading, threads
from mobilize.messaging.inbox.reading import ThreadFilter
from mobilize.messaging.models import TextThread
from mobilize.runtime import runtime


@blueprint.route("/inbox", methods=["GET", "POST"])
@needs("texts")
def inbox() -> str:
    """Conversations by text, those with the newest text first.

    The search is sent as a form, so that no name and no number stands in an address.
    """
    state = request.values.get("state", "")
    mine = request.values.get("mine") == "yes"
    wanted = ThreadFilter(
        state=state if state in threads.STATES else None,
        assigned_to=caller().account_id if mine else None,
        search=request.form.get("search", ""),
    )
    with runtime().db.read() as session:
        page = reading.threads(session, wanted, after=_after())
    return render_template(
        "console/inbox/list.html", page=page, asked=request.values, states=threads.STATES
    )


@blueprint.get("/inbox/<ref>")
@needs("texts")
def thread(ref: str) -> str:
    """What was said in a conversation, and a box to answer in."""
    return _page(ref, {"key": secrets.token_urlsafe(12)})


@blueprint.post("/inbox/<ref>/answer")
@needs("texts")
def answer(ref: str) -> Response | str | tuple[str, int]:
    """Count what was typed, fill in an answer that is ready, or send."""
    form = dict(request.form)
    form["words"] = typed("words")
    if typed("cheap"):
        form["words"] = answering.measure(form["words"]).offer or form["words"]
        return _page(ref, form)
    if typed("do") == "count":
        return _page(ref, form)
    if typed("do") == "use":
        return _page(ref, form, use=typed("ready"))
    try:
        with runtime().db.transaction() as session:
            answering.answer(
                session,
                thread=threads.by_public_id(session, ref),
                words=form["words"],
                language=typed("language") or None,
                key=typed("key") or secrets.token_urlsafe(12),
                caller=caller(),
                now=now(),
            )
    except MobilizeError as error:
        return _page(ref, form, trouble=trouble_of(error)), error.status
    return see(url_for("console.thread", ref=ref))


@blueprint.post("/inbox/<ref>/take")
@needs("texts")
def take_thread(ref: str) -> Response:
    """Look after a conversation."""
    return _change(
        ref,
        lambda session, one: threads.take(session, thread=one, caller=caller(), now=now()),
        gettext("You look after this conversation."),
    )


@blueprint.post("/inbox/<ref>/let-go")
@needs("texts")
def let_thread_go(ref: str) -> Response:
    """Leave a conversation to whoever takes it next."""
    return _change(
        ref,
        lambda session, one: threads.let_go(session, thread=one, caller=caller(), now=now()),
        gettext("Nobody looks after this conversation now."),
    )


@blueprint.post("/inbox/<ref>/state")
@needs("texts")
def set_thread_state(ref: str) -> Response:
    """Mark a conversation as read or unread, close it, or open it again."""
    state = typed("state")
    return _change(
        ref,
        lambda session, one: threads.set_state(
            session, thread=one, state=state, actor=caller().actor, now=now()
        ),
        gettext("Noted down."),
    )


@blueprint.post("/inbox/<ref>/resume")
@needs("texts")
def resume_texts(ref: str) -> Response:
    """Say that no end of texts was meant."""
    return _change(
        ref,
        lambda session, one: threads.resume_texts(
            session, thread=one, actor=caller().actor, now=now()
        ),
        gettext("Texts go to this number again."),
    )


@blueprint.post("/inbox/<ref>/set-apart")
@needs("texts")
def set_thread_apart(ref: str) -> Response:
    """Leave a conversation that tells what was done to somebody to those named for it."""
    return carry_out(
        lambda session: cases.set_apart(
            session, thread=threads.by_public_id(session, ref), actor=caller().actor, now=now()
        ),
        done=gettext("Those named for it look after this conversation now."),
        to=url_for("console.inbox"),
    )


@blueprint.post("/inbox/<ref>/end-texts")
@needs("texts")
def end_texts(ref: str) -> Response:
    """Take a sentence for what it says: no more texts."""
    return _change(
        ref,
        lambda session, one: threads.end_texts(
            session, thread=one, actor=caller().actor, now=now()
        ),
        gettext("No more texts go to this number."),
    )


def _change(ref: str, change: Callable[[Session, TextThread], object], done: str) -> Response:
    return carry_out(
        lambda session: change(session, threads.by_public_id(session, ref)),
        done=done,
        to=url_for("console.thread", ref=ref),
    )


def _after() -> int | None:
    after = request.form.get("after", "")
    return int(after) if after.isdecimal() else page_after()


def _page(
    ref: str, form: Mapping[str, Any], *, trouble: Trouble | None = None, use: str = ""
) -> str:
    with runtime().db.read() as session:
        line = reading.line_of(session, ref)
        reach = answering.reach_of(session, thread=line.thread, now=now())
        language = reach.language or form.get("language") or page_language()
        filled = dict(form)
        if use:
            ready = canned.by_public_id(session, use)
            filled["words"] = ready.body_fr if language == "fr" else ready.body_en
        context = {
            "line": line,
            "said": reading.said_in(session, line),
            "others": [
                one
                for one in reading.threads_of_person(session, line.thread.contact_id or 0)
                if one.id != line.thread.id
            ],
            "ready": canned.standing(session),
        }
    words = filled.get("words", "")
    return render_template(
        "console/inbox/thread.html",
        **context,
        reach=reach,
        language_of_answer=language,
        form=filled,
        count=answering.measure(words) if words else None,
        trouble=trouble,
    )

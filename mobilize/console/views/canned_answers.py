"""Answers to texts that are ready in both languages: written, changed, put away."""

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import Trouble, carry_out, see, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.errors import MobilizeError
from mobilize.messaging.inbox import answering, canned
from mobilize.runtime import runtime


@blueprint.get("/canned-answers")
@needs("texts")
def canned_answers() -> str:
    """Every answer that is ready, with forms to change, put away and write one."""
    return _page(None, "")


@blueprint.post("/canned-answers")
@needs("texts")
def make_canned_answer() -> Response | tuple[str, int]:
    """Write an answer; what was typed stays where it is refused."""
    try:
        with runtime().db.transaction() as session:
            canned.create(session, words=_words(), actor=caller().actor, now=now())
    except MobilizeError as error:
        return _page(trouble_of(error), ""), error.status
    return see(url_for("console.canned_answers"))


@blueprint.post("/canned-answers/<ref>")
@needs("texts")
def change_canned_answer(ref: str) -> Response | tuple[str, int]:
    """Give an answer other words."""
    try:
        with runtime().db.transaction() as session:
            answer = canned.by_public_id(session, ref)
            canned.change(session, answer=answer, words=_words(), actor=caller().actor, now=now())
    except MobilizeError as error:
        return _page(trouble_of(error), ref), error.status
    return see(url_for("console.canned_answers"))


@blueprint.post("/canned-answers/<ref>/archive")
@needs("texts")
def archive_canned_answer(ref: str) -> Response:
    """Offer an answer no longer."""

    def change(session: Session) -> None:
        answer = canned.by_public_id(session, ref)
        canned.archive(session, answer=answer, actor=caller().actor, now=now())

    to = url_for("console.canned_answers")
    return carry_out(change, done=gettext("The answer is put away."), to=to)


def _words() -> canned.CannedWords:
    return canned.CannedWords(
        name_en=typed("name_en"),
        name_fr=typed("name_fr"),
        body_en=typed("body_en"),
        body_fr=typed("body_fr"),
    )


def _page(trouble: Trouble | None, changed: str) -> str:
    with runtime().db.read() as session:
        answers = canned.standing(session)
    costs = {
        one.public_id: (answering.measure(one.body_en).cost, answering.measure(one.body_fr).cost)
        for one in answers
    }
    return render_template(
        "console/inbox/answers.html",
        answers=answers,
        costs=costs,
        trouble=trouble,
        changed=changed,
        form=request.form,
    )

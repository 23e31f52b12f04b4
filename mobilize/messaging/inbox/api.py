"""Conversations by text as JSON; texts that need care are in no answer of it."""

from collections.abc import Callable
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.core.errors import InvalidInput
from mobilize.messaging.inbox import answering, canned, reading, schemas, threads
from mobilize.messaging.inbox.models import CannedAnswer
from mobilize.messaging.models import TextThread
from mobilize.runtime import runtime

blueprint = Blueprint(
    "inbox", __name__, url_prefix="/inbox", description="What people texted, and what is answered."
)


@blueprint.get("/threads")
@needs("texts")
@blueprint.arguments(schemas.ThreadQuerySchema, location="query")
@blueprint.response(200, schemas.ThreadPageSchema)
def list_threads(query: dict[str, Any]) -> Any:
    """List conversations, those with the newest text first."""
    return _listed(query)


@blueprint.post("/threads/search")
@needs("texts")
@blueprint.arguments(schemas.ThreadSearchSchema)
@blueprint.response(200, schemas.ThreadPageSchema)
def search_threads(body: dict[str, Any]) -> Any:
    """Find conversations by the person's name or the whole number."""
    return _listed(body)


@blueprint.get("/threads/<thread_id>")
@needs("texts")
@blueprint.response(200, schemas.ThreadSchema)
def show_thread(thread_id: str) -> Any:
    """Show a conversation with what was said in it."""
    with runtime().db.read() as session:
        return _shown(session, thread_id)


@blueprint.post("/threads/<thread_id>/take")
@needs("texts")
@blueprint.response(200, schemas.ThreadSchema)
def take_thread(thread_id: str) -> Any:
    """Look after a conversation."""
    return _changed(
        thread_id,
        lambda session, one: threads.take(
            session, thread=one, caller=caller(), now=runtime().clock.now()
        ),
    )


@blueprint.post("/threads/<thread_id>/let-go")
@needs("texts")
@blueprint.response(200, schemas.ThreadSchema)
def let_thread_go(thread_id: str) -> Any:
    """Leave a conversation to whoever takes it next."""
    return _changed(
        thread_id,
        lambda session, one: threads.let_go(
            session, thread=one, caller=caller(), now=runtime().clock.now()
        ),
    )


@blueprint.put("/threads/<thread_id>/state")
@needs("texts")
@blueprint.arguments(schemas.ThreadStateSchema)
@blueprint.response(200, schemas.ThreadSchema)
def set_thread_state(body: dict[str, Any], thread_id: str) -> Any:
    """Mark a conversation as read or unread, close it, or open it again."""
    return _changed(
        thread_id,
        lambda session, one: threads.set_state(
            session,
            thread=one,
            state=body["state"],
            actor=caller().actor,
            now=runtime().clock.now(),
        ),
    )


@blueprint.post("/threads/<thread_id>/answers")
@needs("texts")
@blueprint.arguments(schemas.NewAnswerSchema)
@blueprint.response(201, schemas.ThreadSchema)
def answer_thread(body: dict[str, Any], thread_id: str) -> Any:
    """Answer: a message in the fast lane, back to the number that texted."""
    return _changed(
        thread_id,
        lambda session, one: answering.answer(
            session, thread=one, **body, caller=caller(), now=runtime().clock.now()
        ),
    )


@blueprint.post("/threads/<thread_id>/end-texts")
@needs("texts")
@blueprint.response(200, schemas.ThreadSchema)
def end_texts(thread_id: str) -> Any:
    """Take a sentence with a word for stopping for what it says: no more texts."""
    return _changed(thread_id, _say(threads.end_texts))


@blueprint.post("/threads/<thread_id>/resume-texts")
@needs("texts")
@blueprint.response(200, schemas.ThreadSchema)
def resume_texts(thread_id: str) -> Any:
    """Say that no end of texts was meant: what was held back may go again."""
    return _changed(thread_id, _say(threads.resume_texts))


@blueprint.get("/canned-answers")
@needs("texts")
@blueprint.response(200, schemas.CannedAnswerSchema(many=True))
def list_canned_answers() -> Any:
    """List the answers that are ready."""
    with runtime().db.read() as session:
        return canned.standing(session)


@blueprint.post("/canned-answers")
@needs("texts")
@blueprint.arguments(schemas.CannedWordsSchema)
@blueprint.response(201, schemas.CannedAnswerSchema)
def create_canned_answer(body: dict[str, str]) -> CannedAnswer:
    """Write an answer in both languages."""
    parts = runtime()
    with parts.db.transaction() as session:
        return canned.create(
            session,
            words=canned.CannedWords(**body),
            actor=caller().actor,
            now=parts.clock.now(),
        )


@blueprint.put("/canned-answers/<answer_id>")
@needs("texts")
@blueprint.arguments(schemas.CannedWordsSchema)
@blueprint.response(200, schemas.CannedAnswerSchema)
def change_canned_answer(body: dict[str, str], answer_id: str) -> CannedAnswer:
    """Give an answer other words."""
    parts = runtime()
    with parts.db.transaction() as session:
        answer = canned.by_public_id(session, answer_id)
        canned.change(
            session,
            answer=answer,
            words=canned.CannedWords(**body),
            actor=caller().actor,
            now=parts.clock.now(),
        )
        return answer


@blueprint.delete("/canned-answers/<answer_id>")
@needs("texts")
@blueprint.response(204)
def archive_canned_answer(answer_id: str) -> None:
    """Offer an answer no longer."""
    parts = runtime()
    with parts.db.transaction() as session:
        answer = canned.by_public_id(session, answer_id)
        canned.archive(session, answer=answer, actor=caller().actor, now=parts.clock.now())


def _listed(asked: dict[str, Any]) -> Any:
    if asked["after"] is not None and asked["after"] < 1:
        raise InvalidInput("This is no page of the list.", hint="Begin at the first page.")
    wanted = reading.ThreadFilter(
        state=asked["state"],
        assigned_to=caller().account_id if asked["mine"] else None,
        search=asked.get("search", ""),
    )
    with runtime().db.read() as session:
        return reading.threads(session, wanted, after=asked["after"], limit=asked["size"])


def _say(act: Callable[..., None]) -> Callable[[Session, TextThread], None]:
    def said(session: Session, thread: TextThread) -> None:
        act(session, thread=thread, actor=caller().actor, now=runtime().clock.now())

    return said


def _changed(thread_id: str, change: Callable[[Session, TextThread], object]) -> Any:
    with runtime().db.transaction() as session:
        change(session, threads.by_public_id(session, thread_id))
        session.flush()
        return _shown(session, thread_id)


def _shown(session: Session, thread_id: str) -> dict[str, Any]:
    line = reading.line_of(session, thread_id)
    return {
        **vars(line),
        "said": reading.said_in(session, line),
        "reach": answering.reach_of(session, thread=line.thread, now=runtime().clock.now()),
    }

"""Setting a conversation apart over JSON; what became of it is in no answer."""

from flask_smorest import Blueprint

from mobilize.accounts.guards import caller, needs
from mobilize.messaging.care import cases
from mobilize.messaging.inbox import threads
from mobilize.runtime import runtime

blueprint = Blueprint(
    "apart", __name__, url_prefix="/inbox", description="What is not for everybody who answers."
)


@blueprint.post("/threads/<thread_id>/set-apart")
@needs("texts")
@blueprint.response(204)
def set_thread_apart(thread_id: str) -> None:
    """Leave a conversation that tells what was done to somebody to those named for it."""
    parts = runtime()
    with parts.db.transaction() as session:
        cases.set_apart(
            session,
            thread=threads.by_public_id(session, thread_id),
            actor=caller().actor,
            now=parts.clock.now(),
        )

"""Templates as JSON, and the questions that only people decide."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.accounts.guards import caller, needs
from mobilize.core.clock import SystemClock
from mobilize.messaging import deciding, queries, schemas
from mobilize.messaging.models import Template
from mobilize.messaging.previewing import discreet_preview, preview, text_count
from mobilize.messaging.templates import TextDraft, mark_reviewed, save_template
from mobilize.runtime import runtime

blueprint = Blueprint(
    "messaging",
    __name__,
    url_prefix="/messaging",
    description="What messages say, and what sending waits for.",
)


@blueprint.get("/templates")
@needs("see")
@blueprint.arguments(schemas.PageQuerySchema, location="query")
@blueprint.response(200, schemas.TemplatePageSchema)
def list_templates(query: dict[str, Any]) -> Any:
    """List the templates, the newest first."""
    with runtime().db.read() as session:
        return queries.list_templates(session, **query)


@blueprint.post("/templates")
@needs("compose")
@blueprint.arguments(schemas.NewTemplateSchema)
@blueprint.response(201, schemas.TemplateSchema)
def create_template(body: dict[str, Any]) -> Any:
    """Write a template."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        made = save_template(session, name=body["name"], texts=_drafts(body), now=now)
        return _shown(session, made)


@blueprint.get("/templates/<template_id>")
@needs("see")
@blueprint.response(200, schemas.TemplateSchema)
def show_template(template_id: str) -> Any:
    """Show a template with its present words."""
    with runtime().db.read() as session:
        return _shown(session, queries.template_by_public_id(session, template_id))


@blueprint.put("/templates/<template_id>")
@needs("compose")
@blueprint.arguments(schemas.TemplateTextsSchema)
@blueprint.response(200, schemas.TemplateSchema)
def change_template(body: dict[str, Any], template_id: str) -> Any:
    """Give a template new words; what changes is a new version that nobody has reviewed."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        template = queries.template_by_public_id(session, template_id)
        save_template(
            session,
            template_id=template.id,
            name=template.name,
            texts=_drafts(body),
            now=now,
        )
        return _shown(session, template)


@blueprint.post("/templates/<template_id>/reviewed")
@needs("compose")
@blueprint.arguments(schemas.TemplateReviewSchema)
@blueprint.response(200, schemas.TemplateSchema)
def review_template(body: dict[str, Any], template_id: str) -> Any:
    """Note that the present words of one language were read."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        template = queries.template_by_public_id(session, template_id)
        mark_reviewed(
            session,
            template_id=template.id,
            language=body["language"],
            account_id=caller().account_id,
            now=now,
        )
        return _shown(session, template)


@blueprint.post("/templates/<template_id>/preview")
@needs("see")
@blueprint.arguments(schemas.WantedPreviewSchema)
@blueprint.response(200, schemas.PreviewSchema)
def preview_template(body: dict[str, Any], template_id: str) -> Any:
    """Show what a made-up person would get, and what a text message would cost."""
    parts = runtime()
    today = parts.clock.now().astimezone(ZoneInfo(parts.settings.time.zone)).date()
    with parts.db.read() as session:
        wanted = {
            "settings": parts.settings,
            "template_id": queries.template_by_public_id(session, template_id).id,
            "channel": body["channel"],
            "language": body["language"],
            "facts": {body["language"]: body["facts"]},
            "on": today,
        }
        rendered = preview(session, **wanted)
        count = text_count(session, **wanted) if body["channel"] == "sms" else None
        discreet = discreet_preview(session, **wanted)
    return {
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "discreet": discreet,
        "sms_cost": count,
    }


@blueprint.get("/pauses")
@needs("see")
@blueprint.response(200, schemas.ProviderPauseSchema(many=True))
def list_pauses() -> Any:
    """List the providers that are not called now."""
    with runtime().db.read() as session:
        return deciding.pauses(session, real_now=SystemClock().now())


@blueprint.delete("/pauses/<provider>")
@needs("launch")
@blueprint.response(204)
def lift_pause(provider: str) -> None:
    """Let a provider be called again."""
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        deciding.lift_pause(session, provider=provider)
        audit.record(
            session,
            now=now,
            actor=caller().actor,
            action="provider.lift_pause",
            subject_kind="provider",
            subject_id=provider,
        )


@blueprint.get("/unknown")
@needs("see")
@blueprint.response(200, schemas.UnknownSchema(many=True))
def list_unknown() -> Any:
    """List the mailings with messages that were perhaps sent and perhaps not."""
    with runtime().db.read() as session:
        return deciding.unknown_by_mailing(session)


@blueprint.post("/unknown/<mailing_id>/give-up")
@needs("launch")
@blueprint.response(200, schemas.DecidedSchema)
def give_up(mailing_id: str) -> Any:
    """Settle that a mailing's unanswered messages are not sent again: nobody gets one twice."""
    return _decided(mailing_id, deciding.give_up_unknown, "mailing.give_up_unknown")


@blueprint.post("/unknown/<mailing_id>/send-again")
@needs("launch")
@blueprint.response(200, schemas.DecidedSchema)
def send_again(mailing_id: str) -> Any:
    """Send a mailing's unanswered messages once more; some people may then get it twice."""
    return _decided(mailing_id, deciding.send_unknown_again, "mailing.send_unknown_again")


def _decided(mailing_id: str, decide: Callable[..., int], action: str) -> dict[str, int]:
    now = runtime().clock.now()
    with runtime().db.transaction() as session:
        mailing = deciding.mailing_by_public_id(session, mailing_id)
        count = decide(session, mailing_id=mailing.id, now=now)
        audit.record(
            session,
            now=now,
            actor=caller().actor,
            action=action,
            subject_kind="mailing",
            subject_id=mailing.public_id,
            facts={"messages": count},
        )
    return {"messages": count}


def _drafts(body: dict[str, Any]) -> list[TextDraft]:
    return [TextDraft(**text) for text in body["texts"]]


def _shown(session: Session, template: Template) -> dict[str, Any]:
    return {"template": template, "texts": queries.current_texts(session, template.id)}

"""Custom fields and tags: what this installation sorts and describes people by."""

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import Trouble, carry_out, see, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.contacts import custom_fields, tagging
from mobilize.contacts.queries import all_tags
from mobilize.core.errors import MobilizeError
from mobilize.core.http import page_language
from mobilize.runtime import runtime


@blueprint.get("/fields")
@needs("people")
def fields() -> str:
    """Every custom field and every tag, with forms to make, rename and put away."""
    return _page(None)


@blueprint.post("/fields")
@needs("people")
def make_field() -> Response | tuple[str, int]:
    """Make a custom field; what was typed stays where it is refused."""
    try:
        with runtime().db.transaction() as session:
            custom_fields.create_field(
                session,
                key=typed("key"),
                label_en=typed("label_en"),
                label_fr=typed("label_fr"),
                kind=typed("kind"),
                choices=_choices(),
                actor=caller().actor,
                now=now(),
            )
    except MobilizeError as error:
        return _page(trouble_of(error)), error.status
    return see(url_for("console.fields"))


@blueprint.post("/fields/<key>/rename")
@needs("people")
def rename_field(key: str) -> Response:
    """Call a field by other names."""

    def change(session: Session) -> None:
        custom_fields.rename_field(
            session,
            key=key,
            label_en=typed("label_en"),
            label_fr=typed("label_fr"),
            actor=caller().actor,
            now=now(),
        )

    return carry_out(change, done=gettext("The field is renamed."), to=url_for("console.fields"))


@blueprint.post("/fields/<key>/archive")
@needs("people")
def archive_field(key: str) -> Response:
    """Ask a field of nobody any more."""

    def change(session: Session) -> None:
        custom_fields.archive_field(session, key=key, actor=caller().actor, now=now())

    return carry_out(change, done=gettext("The field is archived."), to=url_for("console.fields"))


@blueprint.post("/tags/rename")
@needs("people")
def rename_tag() -> Response:
    """Call a tag by another name; two of one name become one."""

    def change(session: Session) -> None:
        tagging.rename_tag(
            session, name=typed("tag"), to=typed("to"), actor=caller().actor, now=now()
        )

    return carry_out(change, done=gettext("The tag is renamed."), to=url_for("console.fields"))


@blueprint.post("/tags/remove")
@needs("people")
def remove_tag() -> Response:
    """Take a tag off everybody, and away."""

    def change(session: Session) -> None:
        tagging.remove_tag(session, name=typed("tag"), actor=caller().actor, now=now())

    return carry_out(change, done=gettext("The tag is gone."), to=url_for("console.fields"))


def _page(trouble: Trouble | None) -> str:
    with runtime().db.read() as session:
        return render_template(
            "console/fields.html",
            fields=custom_fields.all_fields(session),
            kinds=custom_fields.KINDS,
            tags=all_tags(session),
            trouble=trouble,
            form=request.form,
            language=page_language(),
        )


def _choices() -> list[dict[str, str]]:
    """One choice a line: `key; English; French`."""
    found = []
    for line in request.form.get("choices", "").splitlines():
        if line.strip():
            key, en, fr, *_ = (*(part.strip() for part in line.split(";")), "", "", "")
            found.append({"key": key, "en": en, "fr": fr})
    return found

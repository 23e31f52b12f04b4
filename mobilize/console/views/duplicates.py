"""Records that may be one person's: side by side, merged field by field, or told apart."""

from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import carry_out, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.contacts import merging, queries, reviewing
from mobilize.contacts.merge_choices import GROUPS, WISHES, differing, record_of, wishes_of
from mobilize.contacts.models import Contact
from mobilize.contacts.safer import contradict
from mobilize.core.http import page_language
from mobilize.mps.queries import riding_names
from mobilize.runtime import runtime

_SIDES: Final = ("first", "second")


@blueprint.get("/people/duplicates")
@needs("people")
def duplicates() -> str:
    """The pairs that wait for a decision, the likeliest first, and what was decided lately."""
    with runtime().db.read() as session:
        page = reviewing.open_pairs(session, after=request.args.get("after", ""))
        total = reviewing.count_open(session)
        decided = reviewing.lately_decided(session)
    return render_template(
        "console/people/duplicates.html", page=page, total=total, decided=decided
    )


@blueprint.get("/people/duplicates/<ref>")
@needs("people")
def duplicate(ref: str) -> str:
    """Two records side by side, and what may be done with them."""
    with runtime().db.read() as session:
        shown = reviewing.reviewed(session, ref)
        following = reviewing.open_pairs(session, after=ref, limit=1).items
        sides = [_side(session, one) for one in (shown.first, shown.second)]
    first, second = record_of(shown.first), record_of(shown.second)
    return render_template(
        "console/people/duplicate.html",
        pair=shown.pair,
        sides=dict(zip(_SIDES, sides, strict=True)),
        groups=[name for name in GROUPS if name != "source"],
        differing=differing(first, second),
        wishes=any(record[name] for record in (first, second) for name in WISHES),
        contradict=contradict(wishes_of(first), wishes_of(second)),
        following=following[0].pair if following else None,
    )


@blueprint.post("/people/duplicates/<ref>/merge")
@needs("people")
def merge_duplicate(ref: str) -> Response:
    """Make one record of a pair, as the form says."""
    keep = "second" if typed("keep") == "second" else "first"
    choices = {
        name: "kept" if typed(name) == keep else "merged"
        for name in GROUPS
        if typed(name) in _SIDES
    }

    def change(session: Session) -> None:
        pair = reviewing.reviewed(session, ref)
        kept, merged = pair.first, pair.second
        if keep == "second":
            kept, merged = merged, kept
        merging.merge(
            session, kept=kept, merged=merged, choices=choices, actor=caller().actor, now=now()
        )

    following = _following(ref)
    done = gettext("They are one record now. It can be undone on the list of duplicates.")
    return carry_out(change, done=done, to=following)


@blueprint.post("/people/duplicates/<ref>/dismiss")
@needs("people")
def dismiss_duplicate(ref: str) -> Response:
    """Note that a pair is two people."""

    def change(session: Session) -> None:
        pair = reviewing.pair_by_public_id(session, ref)
        reviewing.dismiss(session, pair=pair, actor=caller().actor, now=now())

    following = _following(ref)
    done = gettext("They stay two people, and are not shown again.")
    return carry_out(change, done=done, to=following)


@blueprint.post("/people/duplicates/<ref>/reopen")
@needs("people")
def reopen_duplicate(ref: str) -> Response:
    """Take back that a pair is two people."""

    def change(session: Session) -> None:
        pair = reviewing.pair_by_public_id(session, ref)
        reviewing.reopen(session, pair=pair, actor=caller().actor, now=now())

    done = gettext("They are on the list again.")
    return carry_out(change, done=done, to=url_for("console.duplicate", ref=ref))


@blueprint.post("/people/merges/<ref>/undo")
@needs("people")
def undo_merge(ref: str) -> Response:
    """Part two records again."""

    def change(session: Session) -> None:
        row = merging.merge_by_public_id(session, ref)
        merging.undo(session, row=row, actor=caller().actor, now=now())

    done = gettext("They are two records again, each as it was.")
    return carry_out(change, done=done, to=url_for("console.duplicates"))


def _following(ref: str) -> str:
    """The page of the pair that comes after one, before that one is decided."""
    with runtime().db.read() as session:
        page = reviewing.open_pairs(session, after=ref, limit=1)
    if not page.items:
        return url_for("console.duplicates")
    return url_for("console.duplicate", ref=page.items[0].pair.public_id)


def _side(session: Session, contact: Contact) -> dict[str, Any]:
    riding, language = contact.riding_id, page_language()
    names = riding_names(session, [riding], language, today()) if riding else {}
    return {
        "contact": contact,
        "riding": names[riding] if riding else "",
        "tags": queries.tags_of(session, [contact.id]).get(contact.id, []),
        "consents": [
            one for one in queries.standing_consents(session, contact.id) if not one.topic
        ],
        "suppressions": queries.suppressions_of(session, contact),
        "sharing": reviewing.sharing_number(session, contact),
    }

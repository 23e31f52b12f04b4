"""A person's page: who they are, what they agreed to and why, and all that happened."""

from typing import Any, NamedTuple

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts import audit
from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import see
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.console.queries import demand_titles
from mobilize.console.telling import Told, tell
from mobilize.contacts import custom_fields, merging, notes, queries, reopening, reviewing
from mobilize.contacts.consent_models import Consent, ConsentEvent
from mobilize.contacts.erasing import whole_person
from mobilize.contacts.histories import records_of
from mobilize.contacts.models import Contact
from mobilize.core.clock import SystemClock
from mobilize.core.http import page_language
from mobilize.core.timeline import timeline
from mobilize.messaging.history import history_of
from mobilize.messaging.inbox.reading import threads_of_person
from mobilize.messaging.inbox.wishes import answers_by_itself
from mobilize.mps.queries import mp_for_riding, riding_names
from mobilize.partners.queries import names_of
from mobilize.runtime import runtime

_FIRST_PAGE = 15


class Standing(NamedTuple):
    """What holds on one channel and topic, and the row of the ledger that decides."""

    consent: Consent
    why: ConsentEvent | None


@blueprint.get("/people/<ref>")
@needs("people")
def person(ref: str) -> str | Response:
    """One person, addresses masked; a merged record leads to the one that stands for it."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        if shown.state == "merged":
            standing = queries.by_id(session, whole_person(session, shown)[-1])
            return see(url_for("console.person", ref=standing.public_id))
        context = _context(session, shown)
    return render_template("console/people/person.html", **context, opened=False)


@blueprint.post("/people/<ref>/reveal")
@needs("people")
def reveal(ref: str) -> str:
    """The same page with the addresses open, on purpose: it is audited."""
    with runtime().db.transaction() as session:
        shown = queries.by_public_id(session, ref)
        audit.record(
            session,
            now=now(),
            actor=caller().actor,
            action="contact.reveal",
            subject_kind="contact",
            subject_id=shown.public_id,
        )
    with runtime().db.read() as session:
        context = _context(session, queries.by_public_id(session, ref))
    return render_template("console/people/person.html", **context, opened=True)


@blueprint.get("/people/<ref>/timeline")
@needs("people")
def person_timeline(ref: str) -> str:
    """More of the timeline, from where a page of it ended."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        entries, after = _timeline(session, shown, after=request.args.get("after", ""), limit=50)
    return render_template(
        "console/people/timeline.html", person=shown, entries=entries, after=after
    )


@blueprint.get("/people/<ref>/messages/<message_ref>")
@needs("people")
def person_message(ref: str, message_ref: str) -> str:
    """One message to a person: every call, every word of the provider's, what they said since."""
    with runtime().db.read() as session:
        shown = queries.by_public_id(session, ref)
        history = history_of(
            session, contact=shown, ref=message_ref, now=now(), real_now=SystemClock().now()
        )
        entries = tell(session, history.entries, language=page_language(), on=now())
    return render_template(
        "console/people/message.html",
        person=shown,
        history=history,
        entries=entries,
        days=runtime().settings.retention.provider_events_days,
    )


def _timeline(
    session: Session, shown: Contact, *, after: str, limit: int
) -> tuple[list[Told], str | None]:
    page = timeline(session, records_of(session, shown.id), after=after, limit=limit)
    return tell(session, page.items, language=page_language(), on=now()), page.after


def _context(session: Session, shown: Contact) -> dict[str, Any]:
    language, riding = page_language(), shown.riding_id
    mp = mp_for_riding(session, riding, today()) if riding else None
    consents = queries.standing_consents(session, shown.id)
    deciding = {
        event.id: event
        for event in queries.events_by_id(session, [one.event_id for one in consents])
    }
    answers = custom_fields.values_of(session, [shown.id]).get(shown.id, {})
    entries, after = _timeline(session, shown, after="", limit=_FIRST_PAGE)
    return {
        "person": shown,
        "tags": queries.tags_of(session, [shown.id]).get(shown.id, []),
        "all_tags": [name for name, _ in queries.all_tags(session)],
        "consents": [Standing(one, deciding.get(one.event_id)) for one in consents],
        "organizations": names_of(session, {one.organization for one in consents}, language),
        "demands": demand_titles(session, language),
        "suppressions": queries.suppressions_of(session, shown),
        "left": reopening.left_channels(session, shown),
        "merges": merging.standing_merges(session, shown.id),
        "sharing": reviewing.sharing_number(session, shown),
        "riding": riding_names(session, [riding], language, today())[riding] if riding else "",
        "mp": mp.name(language) if mp else "",
        "fields": [
            one
            for one in custom_fields.all_fields(session)
            if one.archived_at is None or one.key in answers
        ],
        "answers": answers,
        "conversations": threads_of_person(session, shown.id),
        "answers_by_itself": answers_by_itself(session, shown.id),
        "notes": notes.notes_of(session, shown.id),
        "entries": entries,
        "after": after,
    }

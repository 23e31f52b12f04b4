"""Duplicates over JSON: what may be one person, deciding it, merging and parting records."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from mobilize.accounts.guards import caller, needs
from mobilize.contacts import merging, queries, reviewing
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.api.showing import shown
from mobilize.contacts.identity_models import DuplicatePair, Merge
from mobilize.contacts.merge_choices import differing, record_of
from mobilize.contacts.merge_schemas import (
    DuplicatePageSchema,
    DuplicateQuerySchema,
    DuplicateSchema,
    MergeSchema,
    NewMergeSchema,
)
from mobilize.contacts.reviewing import Reviewed
from mobilize.runtime import runtime


@blueprint.get("/duplicates")
@blueprint.arguments(DuplicateQuerySchema, location="query")
@blueprint.response(200, DuplicatePageSchema)
@needs("people")
def list_duplicates(query: dict[str, Any]) -> dict[str, Any]:
    """Records that may be one person's, the likeliest first."""
    with runtime().db.read() as session:
        page = reviewing.open_pairs(session, **query)
        items = _pairs(session, page.items)
        total = reviewing.count_open(session)
    return {"items": items, "total": total, "after": items[-1]["id"] if page.after else None}


@blueprint.get("/duplicates/<public_id>")
@blueprint.response(200, DuplicateSchema)
@needs("people")
def get_duplicate(public_id: str) -> dict[str, Any]:
    """One pair."""
    with runtime().db.read() as session:
        return _pairs(session, [reviewing.reviewed(session, public_id)])[0]


@blueprint.post("/duplicates/<public_id>/dismiss")
@blueprint.response(200, DuplicateSchema)
@needs("people")
def dismiss_duplicate(public_id: str) -> dict[str, Any]:
    """Note that these are two people: the pair is not shown again."""
    return _decide(public_id, reviewing.dismiss)


@blueprint.post("/duplicates/<public_id>/reopen")
@blueprint.response(200, DuplicateSchema)
@needs("people")
def reopen_duplicate(public_id: str) -> dict[str, Any]:
    """Take back that these are two people."""
    return _decide(public_id, reviewing.reopen)


@blueprint.post("/<public_id>/merges")
@blueprint.arguments(NewMergeSchema)
@blueprint.response(201, MergeSchema)
@needs("people")
def merge_contacts(body: dict[str, Any], public_id: str) -> dict[str, Any]:
    """Merge another record into a person's; it can be undone."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        kept = queries.by_public_id(session, public_id)
        merged = queries.by_public_id(session, body["other"])
        row = merging.merge(
            session, kept=kept, merged=merged, choices=body["choices"], actor=actor, now=now
        )
        return _merges(session, [row])[0]


@blueprint.get("/<public_id>/merges")
@blueprint.response(200, MergeSchema(many=True))
@needs("people")
def list_merges(public_id: str) -> list[dict[str, Any]]:
    """The merges that a record took part in, the latest first."""
    with runtime().db.read() as session:
        contact = queries.by_public_id(session, public_id)
        return _merges(session, merging.merges_of(session, contact.id))


@blueprint.post("/merges/<public_id>/undo")
@blueprint.response(200, MergeSchema)
@needs("people")
def undo_merge(public_id: str) -> dict[str, Any]:
    """Part two records again; what happened since stays with the one that was kept."""
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        row = merging.merge_by_public_id(session, public_id)
        merging.undo(session, row=row, actor=actor, now=now)
        return _merges(session, [row])[0]


def _decide(public_id: str, decision: Callable[..., None]) -> dict[str, Any]:
    now, actor = runtime().clock.now(), caller().actor
    with runtime().db.transaction() as session:
        pair: DuplicatePair = reviewing.pair_by_public_id(session, public_id)
        decision(session, pair=pair, actor=actor, now=now)
        session.flush()
        return _pairs(session, [reviewing.reviewed(session, public_id)])[0]


def _pairs(session: Session, pairs: Sequence[Reviewed]) -> list[dict[str, Any]]:
    people = shown(session, [one for each in pairs for one in (each.first, each.second)])
    return [
        {
            "id": one.pair.public_id,
            "state": one.pair.state,
            "score": one.pair.score,
            "reasons": one.pair.reasons,
            "differing": differing(record_of(one.first), record_of(one.second)),
            "first": people[2 * place],
            "second": people[2 * place + 1],
            "found_at": one.pair.found_at,
        }
        for place, one in enumerate(pairs)
    ]


def _merges(session: Session, rows: Sequence[Merge]) -> list[dict[str, Any]]:
    refs = queries.public_ids(
        session, {one for row in rows for one in (row.kept_id, row.merged_id)}
    )
    return [
        {
            "id": row.public_id,
            "kept": refs[row.kept_id],
            "merged": refs[row.merged_id],
            "actor": row.actor,
            "merged_at": row.merged_at,
            "undone_at": row.undone_at,
            "undone_by": row.undone_by,
        }
        for row in rows
    ]

"""The proof of a person's consents over JSON, beside the other routes of a person."""

from typing import Any

from mobilize.accounts.guards import caller, needs
from mobilize.contacts.api.mounting import blueprint
from mobilize.contacts.queries import by_public_id
from mobilize.messaging.proof import proof_of, take_proof
from mobilize.messaging.schemas import ProofSchema
from mobilize.runtime import runtime


@blueprint.get("/<public_id>/proof")
@blueprint.response(200, ProofSchema)
@needs("people")
def look_at_proof(public_id: str) -> dict[str, Any]:
    """What proves on what ground a person was written to; addresses masked."""
    parts = runtime()
    with parts.db.read() as session:
        contact = by_public_id(session, public_id)
        return proof_of(session, contact=contact, settings=parts.settings, now=parts.clock.now())


@blueprint.post("/<public_id>/proof")
@blueprint.response(200, ProofSchema)
@needs("export")
def take_proof_out(public_id: str) -> dict[str, Any]:
    """The same with addresses open, to be handed on; the audit log says who took it."""
    parts, actor = runtime(), caller().actor
    with parts.db.transaction() as session:
        return take_proof(
            session,
            contact=by_public_id(session, public_id),
            settings=parts.settings,
            actor=actor,
            now=parts.clock.now(),
        )

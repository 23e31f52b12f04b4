"""Who am I, and my keys."""

from typing import Any

from flask_smorest import Blueprint

from mobilize.accounts import keys, queries
from mobilize.accounts.guards import caller
from mobilize.accounts.roles import PERMISSIONS
from mobilize.accounts.schemas import CreatedKeySchema, KeySchema, MeSchema, NewKeySchema
from mobilize.runtime import runtime

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/accounts", description="Who is calling, and their keys."
)


@blueprint.get("/me")
@blueprint.response(200, MeSchema)
def me() -> dict[str, Any]:
    """Who is calling, and what they may do."""
    asking = caller()
    return {
        "account": asking.account_public_id,
        "name": asking.name,
        "role": asking.role,
        "language": asking.language,
        "permissions": sorted(PERMISSIONS[asking.role]),
    }


@blueprint.get("/keys")
@blueprint.response(200, KeySchema(many=True))
def list_keys() -> Any:
    """The caller's keys that were not revoked."""
    with runtime().db.read() as session:
        return queries.keys_of(session, caller().account_id)


@blueprint.post("/keys")
@blueprint.arguments(NewKeySchema)
@blueprint.response(201, CreatedKeySchema)
def create_key(body: dict[str, Any]) -> dict[str, Any]:
    """Make a key; its text is in this answer and never again."""
    asking, parts = caller(), runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        account = queries.account_by_public_id(session, asking.account_public_id)
        # A key cannot make one that reaches further than itself.
        keys.check_reach(body["role"], asking)
        made = keys.create_key(session, account=account, **body, now=now, actor=asking.actor)
    key = made.key
    return {
        "public_id": key.public_id,
        "name": key.name,
        "role": key.role,
        "created_at": key.created_at,
        "key": made.text,
    }


@blueprint.delete("/keys/<public_id>")
@blueprint.response(204)
def revoke_key(public_id: str) -> None:
    """Shut one of the caller's keys out at once."""
    asking, parts = caller(), runtime()
    now = parts.clock.now()
    with parts.db.transaction() as session:
        keys.revoke_key(
            session,
            account_id=asking.account_id,
            public_id=public_id,
            now=now,
            actor=asking.actor,
        )

"""What those are called who did something: accounts by name, all else in a word or two."""

from collections.abc import Collection
from typing import Final

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account

ACTORS: Final = {
    "supporter": lazy_gettext("the person"),
    "command": lazy_gettext("the command line"),
    "key": lazy_gettext("a program with a key"),
    "provider": lazy_gettext("the provider"),
    "worker": lazy_gettext("by itself"),
}


def actor_names(session: Session, actors: Collection[str]) -> dict[str, str]:
    """What those are called whom the audit log names: `account:<public id>`, `command` and such."""
    ids = {actor.removeprefix("account:") for actor in actors}
    rows = session.execute(
        select(Account.public_id, Account.name).where(Account.public_id.in_(ids))
    )
    words = {actor: str(ACTORS.get(actor.partition(":")[0], "")) for actor in actors}
    return words | {f"account:{ref}": name for ref, name in rows}

"""Do not contact: set and lifted, once each in the log, over JSON and in the service."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobilize.accounts.models import AuditEntry
from mobilize.contacts import erasing, joining, queries
from mobilize.contacts.do_not_contact import set_do_not_contact
from mobilize.contacts.models import Contact
from mobilize.core.db import Database
from mobilize.core.errors import Conflict
from mobilize.runtime import Runtime
from tests.support.accounts import bearer, make_key


def taken_up(db: Database, now: datetime) -> Contact:
    with db.transaction() as session:
        return joining.create(session, email="ana@example.org", actor="supporter", now=now)


def test_it_is_set_and_lifted_and_the_log_names_each_change_once(
    client: FlaskClient, runtime: Runtime, now: datetime
) -> None:
    ana, key = taken_up(runtime.db, now), bearer(make_key(runtime))
    place = f"/api/v1/contacts/{ana.public_id}/do-not-contact"
    for wanted in (True, True, False):
        answer = client.put(place, json={"do_not_contact": wanted}, headers=key)
        assert answer.get_json()["do_not_contact"] is wanted
    with runtime.db.read() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.subject_id)
            .where(AuditEntry.subject_kind == "contact")
            .order_by(AuditEntry.id)
        )
        assert [tuple(row) for row in rows] == [
            ("contact.do_not_contact", ana.public_id),
            ("contact.may_contact", ana.public_id),
        ]
    viewer = bearer(make_key(runtime, role="viewer"))
    assert client.put(place, json={"do_not_contact": True}, headers=viewer).status_code == 403


def test_an_erased_record_is_not_changed(db: Database, now: datetime) -> None:
    ana = taken_up(db, now)
    with db.transaction() as session:
        erasing.tombstone(session, contact_id=ana.id, actor="supporter", now=now)
    with pytest.raises(Conflict), db.transaction() as session:
        set_do_not_contact(
            session,
            contact=queries.by_public_id(session, ana.public_id),
            wanted=True,
            actor="command",
            now=now,
        )

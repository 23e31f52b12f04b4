"""What time takes away: each thing after its days, and not a day sooner."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import mobilize.holdings
from mobilize.accounts import audit
from mobilize.accounts.jobs import let_go, past_retention, seal_audit
from mobilize.accounts.models import AccountSession, AuditEntry
from mobilize.accounts.service import create_account
from mobilize.actions.models import MpContact, Participation
from mobilize.contacts import joining, notes
from mobilize.contacts.consent_models import Consent, ConsentEvent, OptIn
from mobilize.contacts.identity_models import Merge
from mobilize.contacts.import_models import ImportReject
from mobilize.contacts.ledger import NewConsent, record
from mobilize.contacts.models import Contact, ImportChange, ImportRun
from mobilize.contacts.privacy_models import AddressCode, Export
from mobilize.core.clock import SystemClock
from mobilize.core.errors import SetupError
from mobilize.core.retention import rules
from mobilize.messaging.care.models import CareCase, CareText
from mobilize.messaging.models import InboundText, Message, ProviderEvent
from mobilize.partners.models import Partner, SignOn
from mobilize.runtime import Runtime
from mobilize.settings import load_settings
from mobilize.strategy.models import DemandVersion
from tests.support.accounts import PASSWORD
from tests.support.campaigns import invited, open_campaign
from tests.support.installation import make_environment

DOCS: Final = Path(__file__).parents[1] / "docs" / "reference" / "retention.md"


def person(session: Session, name: str, at: datetime) -> Contact:
    return joining.create(session, email=f"{name}@example.org", actor="command", now=at)


def agree(session: Session, contact: Contact, at: datetime, *, action: str = "granted") -> None:
    event = NewConsent(
        contact_id=contact.id,
        channel="email",
        action=action,
        basis="express" if action == "granted" else None,
        evidence="form" if action == "granted" else "",
        source="form",
        actor="supporter",
        occurred_at=at,
    )
    record(session, events=[event], now=at)


def a_note(session: Session, at: datetime) -> None:
    one = person(session, f"noted{at:%Y%m%d}", at)
    notes.add_note(session, contact=one, text="Sings.", actor="command", now=at)


def a_sign_in(session: Session, at: datetime) -> None:
    account = create_account(
        session, name="Sample", email=f"s{at:%Y%m%d%H}@example.org", role="viewer", language="en",
        password=PASSWORD, now=at, actor="command",
    ).account  # fmt: skip
    session.add(
        AccountSession(
            account_id=account.id, token_hash=at.isoformat().encode(), created_at=at, fresh_at=at,
            expires_at=at,
        )
    )  # fmt: skip


def an_import_image(session: Session, at: datetime) -> None:
    one = person(session, f"imported{at:%Y%m%d}", at)
    session.add(ImportChange(import_id=an_import(session, at), contact_id=one.id, before="{}"))


def a_reject(session: Session, at: datetime) -> None:
    session.add(ImportReject(import_id=an_import(session, at), line=2, said='["why"]'))


def an_import(session: Session, at: datetime) -> int:
    run = ImportRun(
        kind="supporters", file_name="a.csv", file_hash="0", actor="command", started_at=at
    )
    session.add(run)
    session.flush()
    return run.id


def a_merge(session: Session, at: datetime) -> None:
    kept, gone = (person(session, f"{word}{at:%Y%m%d}", at) for word in ("kept", "gone"))
    session.add(
        Merge(kept_id=kept.id, merged_id=gone.id, before="{}", actor="command", merged_at=at)
    )


def an_opt_in(session: Session, at: datetime) -> None:
    session.add(
        OptIn(
            channel="email", address="a@example.org", address_hash=b"a", language="en",
            source="form", created_at=at, expires_at=at,
        )
    )  # fmt: skip


def a_code(session: Session, at: datetime) -> None:
    one = person(session, f"coded{at:%Y%m%d}", at)
    session.add(
        AddressCode(
            contact_id=one.id, purpose="copy", channel="email", code_hash=b"c", created_at=at,
            expires_at=at,
        )
    )  # fmt: skip


def an_export(session: Session, at: datetime) -> None:
    session.add(
        Export(
            rules={}, columns=[], format="csv", purpose="x", people=1, asked_by="command",
            asked_at=at,
        )
    )  # fmt: skip


def a_care_text(session: Session, at: datetime) -> None:
    mark = at.isoformat().encode().ljust(32)[:32]
    case = CareCase(mark=mark, sender="+16135550142", outcome="sent", last_at=at, created_at=at)
    session.add(case)
    session.flush()
    session.add(CareText(case_id=case.id, direction="in", body="x", at=at))


def an_event(session: Session, at: datetime) -> None:
    session.add(
        ProviderEvent(
            provider="twilio", event_key=at.isoformat(), kind="sent", occurred_at=at, received_at=at
        )
    )


def a_text(session: Session, at: datetime) -> None:
    session.add(
        InboundText(
            provider_ref=at.isoformat(), sender="+16135550123", sender_hash=b"s", body="hello",
            received_at=at,
        )
    )  # fmt: skip


def a_message(session: Session, at: datetime) -> None:
    session.add(
        Message(
            mailing_id=1, dedupe_key=at.isoformat(), language="en", variables={"campaign": "x"},
            address="a@example.org", address_hash=b"a", state="delivered", created_at=at,
            state_at=at,
        )
    )  # fmt: skip


def a_sign_on(session: Session, at: datetime) -> None:
    version = open_campaign(session, at).demand_version_id if not _versions(session) else 1
    partner = Partner(
        name_en="House", name_fr="Maison", name_norm=f"house {at:%Y%m%d}", created_at=at,
        updated_at=at,
    )  # fmt: skip
    session.add(partner)
    session.flush()
    session.add(
        SignOn(
            partner_id=partner.id, demand_version_id=version, signatory_name="Aspen Brook",
            email="a@example.org", email_hash=b"a", language="en", created_at=at,
        )
    )  # fmt: skip


def _versions(session: Session) -> int:
    return session.scalar(select(func.count(DemandVersion.id))) or 0


SAMPLES: Final[dict[str, tuple[Callable[[Session, datetime], object], str]]] = {
    "sign_ins": (a_sign_in, "sessions_days"),
    "notes": (a_note, "notes_days"),
    "import_images": (an_import_image, "undo_days"),
    "import_rejects": (a_reject, "rejects_days"),
    "file_names": (an_import, "undo_days"),
    "merge_images": (a_merge, "undo_days"),
    "unconfirmed": (an_opt_in, "unconfirmed_days"),
    "codes": (a_code, "unconfirmed_days"),
    "exports": (an_export, "audit_days"),
    "provider_events": (an_event, "provider_events_days"),
    "inbound_texts": (a_text, "texts_days"),
    "care_texts": (a_care_text, "care_days"),
    "message_details": (a_message, "message_details_days"),
    "unconfirmed_sign_ons": (a_sign_on, "unconfirmed_days"),
}


def due(runtime: Runtime) -> dict[str, int]:
    return {one.rule.name: one.rows for one in past_retention(runtime)}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_goes_after_its_days_and_not_sooner(runtime: Runtime, name: str) -> None:
    make, setting = SAMPLES[name]
    days: int = getattr(runtime.settings.retention, setting)
    for age in (days + 1, days - 1):
        with runtime.db.transaction() as session:
            make(session, min(runtime.clock.now(), SystemClock().now()) - timedelta(days=age))
    assert due(runtime)[name] == 1
    gone = {one.rule.name: one.rows for one in let_go(runtime)}
    assert gone[name] == 1
    assert due(runtime)[name] == 0
    with runtime.db.read() as session:
        entry = session.scalars(
            select(AuditEntry).where(
                AuditEntry.action == "retention.let_go", AuditEntry.subject_id == name
            )
        ).one()
    assert entry.facts["rows"] == 1
    assert {one.rule.name: one.rows for one in let_go(runtime)}[name] == 0


def test_every_rule_is_tried_here_and_stands_in_the_table() -> None:
    assert mobilize.holdings.LETTING_GO
    names = {rule.name for rule in rules()}
    assert names == {*SAMPLES, "audit", "ledger", "action_records", "mp_contact_notes"}
    table = DOCS.read_text("utf-8")
    for rule in rules():
        assert f"`{rule.name}`" in table
        assert f"`{rule.setting}`" in table


def test_the_log_lets_go_of_whole_sealed_runs_and_can_still_be_verified(runtime: Runtime) -> None:
    now, days = runtime.clock.now(), runtime.settings.retention.audit_days
    for age in (days + 9, days + 8, days - 1):
        at = now - timedelta(days=age)
        with runtime.db.transaction() as session:
            for _ in range(3):
                audit.record(
                    session, now=at, actor="worker", action="a.b", subject_kind="a", subject_id="b"
                )
            audit.seal(session, at)
    assert due(runtime)["audit"] == 6
    let_go(runtime)
    seal_audit(runtime)
    with runtime.db.read() as session:
        seen = audit.verify(session)
        assert session.scalar(select(func.count(AuditEntry.id))) == seen.sealed == 4
        assert seen.broken_at is None
        first = session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)).first()
    with runtime.db.transaction() as session:
        session.delete(session.get_one(AuditEntry, first))
    with runtime.db.read() as session:
        assert audit.verify(session).broken_at == first


def test_what_somebody_did_becomes_a_count_once_they_do_nothing_more(runtime: Runtime) -> None:
    now, days = runtime.clock.now(), runtime.settings.retention.inactive_days
    long_ago = now - timedelta(days=days + 1)
    with runtime.db.transaction() as session:
        campaign = open_campaign(session, long_ago)
        quiet, active, agreed = (invited(session, campaign, long_ago).contact_id for _ in range(3))
        for one in (quiet, active, agreed):
            session.add(
                Participation(
                    campaign_id=campaign.id, contact_id=one, language="en", completed_at=long_ago
                )
            )
            session.add(
                MpContact(
                    campaign_id=campaign.id, demand_version_id=campaign.demand_version_id,
                    contact_id=one, riding_id=1, channel="call", outcome="no_answer",
                    note="Long ago.", form_key=f"f{one}", language="en", happened_at=long_ago,
                    recorded_at=long_ago,
                )
            )  # fmt: skip
        session.add(
            MpContact(
                campaign_id=campaign.id, demand_version_id=campaign.demand_version_id,
                contact_id=active, riding_id=1, channel="call", outcome="no_answer", form_key="new",
                language="en", happened_at=now, recorded_at=now,
            )
        )  # fmt: skip
        agree(session, session.get_one(Contact, agreed), now)
    assert (due(runtime)["action_records"], due(runtime)["mp_contact_notes"]) == (1, 3)
    let_go(runtime)
    with runtime.db.read() as session:
        parts = session.scalars(select(Participation.contact_id).order_by(Participation.id)).all()
        offices = session.scalars(select(MpContact.contact_id).order_by(MpContact.id)).all()
        assert session.scalars(select(MpContact.note)).all() == [None] * 4
    assert parts == [None, active, agreed]
    assert offices == [None, active, agreed, active]


def test_proofs_of_consent_go_three_years_after_all_of_them_ended(runtime: Runtime) -> None:
    now, days = SystemClock().now(), runtime.settings.retention.ledger_days
    before = now - timedelta(days=days + 5)
    with runtime.db.transaction() as session:
        left, stands, left_lately = (
            person(session, name, before) for name in ("left", "stands", "lately")
        )
        for one in (left, stands, left_lately):
            agree(session, one, before)
        agree(session, left, before + timedelta(days=1), action="withdrawn")
        agree(session, left_lately, now - timedelta(days=days - 5), action="withdrawn")
    assert due(runtime)["ledger"] == 1
    let_go(runtime)
    with runtime.db.read() as session:
        assert set(session.scalars(select(ConsentEvent.contact_id))) == {stands.id, left_lately.id}
        assert set(session.scalars(select(Consent.contact_id))) == {stands.id, left_lately.id}


def test_a_clock_set_far_ahead_does_not_end_a_proof_sooner(runtime: Runtime) -> None:
    with runtime.db.transaction() as session:
        left = person(session, "left", runtime.clock.now())
        agree(session, left, runtime.clock.now(), action="withdrawn")
    runtime.clock.set(runtime.clock.now() + timedelta(days=4000))  # type: ignore[attr-defined]
    assert due(runtime)["ledger"] == 0


def test_less_than_three_years_of_proof_is_refused(tmp_path: Path) -> None:
    given = make_environment(tmp_path, RETENTION_LEDGER_DAYS="365")
    with pytest.raises(SetupError, match="LEDGER_DAYS: 365 is less than 1096"):
        load_settings(environ=given, instance=tmp_path)

"""An installation with one of everything, so that each of its pages can be opened."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from mobilize.actions.models import Campaign, MpContact
from mobilize.alerts import exports, saved
from mobilize.contacts import custom_fields, joining, uploads
from mobilize.contacts.consent_models import OptIn
from mobilize.contacts.identity_models import DuplicatePair
from mobilize.contacts.import_jobs import bring_in_files
from mobilize.contacts.mapping import Choices
from mobilize.contacts.models import Contact, ImportRun
from mobilize.contacts.service import withdraw
from mobilize.contacts.upload_models import ImportUpload
from mobilize.core.i18n import LANGUAGES
from mobilize.followups.service import PlanStepDraft, create_plan
from mobilize.messaging.history import ref_of
from mobilize.messaging.inbox import canned, threads
from mobilize.messaging.models import InboundText, Mailing, Message
from mobilize.messaging.queries import template_by_key
from mobilize.messaging.templates import mark_reviewed
from mobilize.mps.queries import CURRENT_ORDER, riding_ids
from mobilize.partners.models import Partner, SignOn
from mobilize.partners.sharing import share_form
from mobilize.runtime import Runtime
from tests.alerts.world import EVERYBODY, FRENCH, World, approve, launch, make_alert
from tests.messaging.people import add_contact
from tests.messaging.test_deciding import make_doubt
from tests.support.accounts import make_account
from tests.support.campaigns import AJAX
from tests.support.own_pages import own_page
from tests.test_timeline import everything

PAGES: Final = ("console", "site", "site_root", "api_page")
"""The blueprints whose answers people look at."""
_LANGUAGE: Final = "<any(en, fr):language>"
_WAY_OUT: Final = "leave_now"
"""Leads to another site, which is nowhere on this machine."""
_CHOICE: Final = re.compile(r"<any\(([^)]*)\):\w+>")
_FILE: Final = b"Mail,Choir?,Remarks\nloon@example.org,yes,sings\nbroken,no,\n"

Pieces = Mapping[str, Sequence[str]]
"""What may stand for a piece of a rule; the first that fits is taken."""


def addresses(app: Flask, pieces: Pieces, *, language: str) -> list[str]:
    """Every address that answers to GET, filled in; none is left out for want of a value.

    Args:
        app: The app, whose map of addresses is gone through.
        pieces: What `furnish` returned.
        language: The language of the public pages.
    """
    found = [
        address
        for rule in app.url_map.iter_rules()
        if _answers_people(rule)
        for address in _filled(rule.rule.replace(_LANGUAGE, language), pieces)
    ]
    return sorted(set(found))


def _answers_people(rule: Rule) -> bool:
    blueprint, _, view = rule.endpoint.partition(".")
    return blueprint in PAGES and view not in {"static", _WAY_OUT} and "GET" in (rule.methods or ())


def _filled(rule: str, pieces: Pieces) -> Iterator[str]:
    for piece, values in pieces.items():
        if piece in rule:
            for value in values:
                yield from _filled(rule.replace(piece, value, 1), pieces)
            return
    choice = _CHOICE.search(rule)
    if choice is not None:
        for word in choice[1].split(", "):
            yield from _filled(rule.replace(choice[0], word, 1), pieces)
        return
    assert "<" not in rule, f"{rule}: say in {__name__} what may stand in this address"
    yield rule


def furnish(runtime: Runtime, app: Flask, now: datetime) -> Pieces:
    """Put one of everything into an empty installation; what leads to each is returned."""
    doubt = make_doubt(runtime)
    organizer, approver = (make_account(runtime, role=role) for role in ("organizer", "approver"))
    with runtime.db.transaction() as session:
        doubtful = session.get_one(Mailing, doubt).public_id
        ana = session.get_one(Contact, everything(session, now))
        world = _world(session, organizer.account.id, approver.account.id, now)
        report = _report(session, world.campaign, now)
        message = session.scalars(select(Message).where(Message.contact_id == ana.id)).one()
        pieces = {
            "/console/unknown/<ref>": [f"/console/unknown/{doubtful}"],
            "<message_ref>": [ref_of(session, message.id)],
            **_of_people(session, ana, now),
            **_texts(session, ana, now),
            **_partners(session, now),
            **_alerts(runtime, session, world, now),
        }
    return {
        **pieces,
        **_files(runtime, now),
        **_doors(runtime, message.id, report),
        **_forms(runtime, app, now),
        "<slug>": ["permanent-status"],
        "<language>": ["en", "fr"],
    }


def _world(session: Session, author: int, approver: int, now: datetime) -> World:
    """The campaign that is there, its words reviewed, and people to send them to."""
    template = template_by_key(session, "lasting-protection-alert")
    assert template is not None
    for language in LANGUAGES:
        mark_reviewed(
            session, template_id=template.id, language=language, account_id=approver, now=now
        )
    for number in range(10, 14):
        add_contact(session, number, now=now, language=LANGUAGES[number % 2])
    return World(session.scalars(select(Campaign)).one(), template.id, author, approver)


def _of_people(session: Session, ana: Contact, now: datetime) -> Pieces:
    """A person with a tag and answers, fields of each kind, and two records that are alike."""
    joining.add_tags(session, contact_id=ana.id, tags=["choir"])
    for kind in ("text", "date", "yes_no"):
        custom_fields.create_field(
            session, key=kind, label_en=kind, label_fr=kind, kind=kind, actor="a", now=now
        )
    for email in ("robert@example.org", "bob@example.org"):
        joining.create(
            session, email=email, given_name="Robert", family_name="Roy", phone="613 555 0144",
            postal_code="K1A 0A9", actor="command", now=now,
        )  # fmt: skip
    gone = add_contact(session, 77, now=now)
    for channel in ("email", "sms"):
        withdraw(
            session, contact_id=gone.id, channel=channel, source="leave page", actor="supporter",
            now=now,
        )  # fmt: skip
    pair = session.scalars(select(DuplicatePair.public_id)).first()
    return {
        "/console/people/duplicates/<ref>": [f"/console/people/duplicates/{pair}"],
        "/console/people/<ref>/reopen": [
            f"/console/people/{one.public_id}/reopen" for one in (ana, gone)
        ],
        "/console/people/<ref>": [f"/console/people/{ana.public_id}"],
        "<person>": [gone.public_id],
    }


def _texts(session: Session, ana: Contact, now: datetime) -> Pieces:
    """A conversation that is held back until somebody says what was meant, and ready answers."""
    canned.load_answers(session, content=canned.read_answers(), now=now)
    number = ana.phone_hash or b"nobody".ljust(32)
    text = InboundText(
        provider_ref="furnished", sender="+16135550142", sender_hash=number, received_at=now,
        body="When do we meet? And please stop the calls.",
    )  # fmt: skip
    session.add(text)
    session.flush()
    thread = threads.take_in(session, text=text, now=now)
    threads.hold(session, sender_hash=number, now=now)
    return {"/console/inbox/<ref>": [f"/console/inbox/{thread.public_id}"]}


def _partners(session: Session, now: datetime) -> Pieces:
    """The partner that signed on, which also asks people to join by a form of its own."""
    partner = session.scalars(select(Partner)).one()
    partner.website = "https://house.example.org"
    share_form(session, partner=partner, wanted=True, actor="command", now=now)
    ref = partner.public_id
    return {"/console/partners/<ref>": [f"/console/partners/{ref}"], "<partner>": [ref]}


def _alerts(runtime: Runtime, session: Session, world: World, now: datetime) -> Pieces:
    """An alert that is written and one that goes, a plan, an audience, an export that waits."""
    draft, sent = (make_alert(session, world, now) for _ in range(2))
    approve(session, world, sent, now)
    launch(session, world, sent, now)
    step = PlanStepDraft(
        offset_days=3, local_time=time(10), rules=EVERYBODY, channel="email",
        template_id=world.template_id,
    )  # fmt: skip
    plan = create_plan(
        session, name="Reminder", campaign_id=world.campaign.id, anchor="alert",
        alert_id=sent.id, steps=[step], created_by=world.author, now=now,
    )  # fmt: skip
    audience = saved.create_audience(
        session, name="French", rules=FRENCH, created_by=world.author, now=now
    )
    export = exports.ask(
        session, rules=EVERYBODY, columns=[], form="csv", purpose="postcards",
        asked_by=str(world.author), actor="command",
        limits=exports.Limits(alone_up_to=1, kept_for=timedelta(days=1)), now=now,
    )  # fmt: skip
    return {
        "/console/alerts/<ref>/": [f"/console/alerts/{draft.public_id}/"],
        "/console/alerts/<ref>": [f"/console/alerts/{one.public_id}" for one in (draft, sent)],
        "/console/campaigns/<ref>": [f"/console/campaigns/{world.campaign.public_id}"],
        "/console/plans/<ref>": [f"/console/plans/{plan.public_id}"],
        "/console/audiences/<ref>": [f"/console/audiences/{audience.public_id}"],
        "/console/exports/<ref>": [f"/console/exports/{export.public_id}"],
    }


def _report(session: Session, campaign: Campaign, now: datetime) -> int:
    """A call to an office, reported."""
    contact = MpContact(
        campaign_id=campaign.id, demand_version_id=campaign.demand_version_id,
        riding_id=riding_ids(session, CURRENT_ORDER)[AJAX], channel="call",
        outcome="spoke_staff", heard="supportive", form_key="furnished", language="en",
        happened_at=now, recorded_at=now,
    )  # fmt: skip
    session.add(contact)
    session.flush()
    return contact.id


def _files(runtime: Runtime, now: datetime) -> Pieces:
    """A file that was brought in, one that was looked at, and one that just came."""
    choices = Choices(targets=("email", "tag:Choir?", ""), language="en")
    for state in ("importing", "rehearsing"):
        with runtime.db.transaction() as session:
            uploads.ask(
                session, _sent_file(session, now), state=state, actor="a", now=now, choices=choices
            )
        bring_in_files(runtime)
    with runtime.db.transaction() as session:
        _sent_file(session, now)
    with runtime.db.read() as session:
        run = session.scalars(select(ImportRun.public_id).order_by(ImportRun.id.desc())).first()
        files = session.scalars(select(ImportUpload.public_id)).all()
    return {
        "/console/imports/files/<ref>": [f"/console/imports/files/{ref}" for ref in files],
        "/console/imports/<ref>": [f"/console/imports/{run}"],
    }


def _sent_file(session: Session, now: datetime) -> ImportUpload:
    return uploads.receive(
        session, stream=io.BytesIO(_FILE), file_name="list.csv", most_bytes=1000, actor="a", now=now
    )


def _doors(runtime: Runtime, message_id: int, report: int) -> Pieces:
    """The ways into a campaign's pages: a personal link, and the public page."""
    seal = runtime.links.seal
    own = f"a/{seal('act', message_id)}"
    with runtime.db.read() as session:
        place = riding_ids(session, CURRENT_ORDER)[AJAX]
    return {
        "<any(a, c):door>/<key>/": [f"{own}/"],
        "<any(a, c):door>/<key>": [own, "c/lasting-protection"],
        "<place>": [seal("place", place)],
        "<receipt>": [seal("receipt", report)],
    }


def _forms(runtime: Runtime, app: Flask, now: datetime) -> Pieces:
    """Links that messages bring to whoever filled in a form, or reads mail."""
    seal, client = runtime.links.seal, app.test_client()
    own = own_page(runtime, client, now, number=20)
    code = client.post(f"{own.address}/data/copy", data={"channel": "email"}).location
    form = {"email": "wren@example.org", "language": "en", "us_email": "yes"}
    assert client.post("/en/join", data=form).status_code == 200
    with runtime.db.read() as session:
        opt_in = session.scalars(select(OptIn).order_by(OptIn.id.desc()).limit(1)).one()
        sign_on = session.scalars(select(SignOn)).one()
    return {
        "/preferences/<token>/code/<entry>": [code.removeprefix("/en")],
        "/preferences/<token>": [f"/preferences/{own.token}"],
        "/leave/<token>": [f"/leave/{seal('leave', own.message_id)}"],
        "/stay/<token>": [f"/stay/{seal('leave', own.message_id)}"],
        "/join/confirm/<token>": [f"/join/confirm/{seal('opt-in', opt_in.id)}"],
        "/sign-on/confirm/<token>": [f"/sign-on/confirm/{seal('sign-on', sign_on.id)}"],
        "/sign-on/manage/<token>": [f"/sign-on/manage/{seal('sign-on-manage', sign_on.id)}"],
    }

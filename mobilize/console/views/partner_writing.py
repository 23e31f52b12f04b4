"""Writing partners down: what an organization is, the ridings it serves, who speaks for it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts.guards import caller, needs
from mobilize.console.forms import Trouble, carry_out, see, trouble_of, typed
from mobilize.console.pages import blueprint
from mobilize.console.present import now, today
from mobilize.contacts.queries import by_public_id as contact_by_public_id
from mobilize.core.errors import InvalidInput, MobilizeError
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.mps.provinces import PROVINCES
from mobilize.mps.queries import all_ridings
from mobilize.partners import editing, people, queries
from mobilize.partners.kinds import KINDS, MEMBERSHIPS, ROLES
from mobilize.partners.models import Partner
from mobilize.runtime import runtime

_DAYS = ("member_since", "member_until")


@blueprint.route("/partners/new", methods=["GET", "POST"])
@needs("people")
def new_partner() -> Response | tuple[str, int]:
    """Take an organization up."""
    if request.method == "GET":
        return _form_page(None, {"membership": "ally"}, (), ())
    at, me = now(), caller().actor
    try:
        with runtime().db.transaction() as session:
            partner = editing.create_partner(session, values=_values(), actor=me, now=at)
            editing.set_ridings(session, partner=partner, served=_served(), actor=me, now=at)
    except MobilizeError as error:
        return _form_again(None, error)
    return see(url_for("console.partner", ref=partner.public_id))


@blueprint.route("/partners/<ref>/edit", methods=["GET", "POST"])
@needs("people")
def edit_partner(ref: str) -> Response | tuple[str, int]:
    """Change what is said of an organization, and the ridings that it serves."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, ref)
        served = queries.ridings_of(session, [partner.id])[partner.id]
    if request.method == "GET":
        values = {name: getattr(partner, name) or "" for name in editing.FIELDS}
        codes = [one.code for one in served if not one.has_office]
        return _form_page(partner, values, codes, [one.code for one in served if one.has_office])
    at, me = now(), caller().actor
    try:
        with runtime().db.transaction() as session:
            found = queries.by_public_id(session, ref)
            editing.change_partner(session, partner=found, values=_values(), actor=me, now=at)
            editing.set_ridings(session, partner=found, served=_served(), actor=me, now=at)
    except MobilizeError as error:
        return _form_again(partner, error)
    return see(url_for("console.partner", ref=ref))


@blueprint.post("/partners/<ref>/state")
@needs("people")
def partner_state(ref: str) -> Response:
    """Take an organization out of the lists, or put it back."""
    at, me, wanted = now(), caller().actor, typed("wanted") == "active"

    def change(session: Session) -> None:
        found = queries.by_public_id(session, ref)
        editing.set_state(session, partner=found, is_active=wanted, actor=me, now=at)

    done = (
        gettext("The organization is in the lists again.")
        if wanted
        else gettext("The organization is archived; what it signed stays.")
    )
    return carry_out(change, done=done, to=url_for("console.partner", ref=ref))


@blueprint.route("/partners/<ref>/people/new", methods=["GET", "POST"])
@needs("people")
def new_spokesperson(ref: str) -> Response | tuple[str, int]:
    """Let somebody speak for an organization."""
    with runtime().db.read() as session:
        partner = queries.by_public_id(session, ref)
    if request.method == "GET":
        return _person_page(partner, {"role": "contact"})
    at, me = now(), caller().actor
    try:
        with runtime().db.transaction() as session:
            found = queries.by_public_id(session, ref)
            people.add_person(session, partner=found, person=_person(), actor=me, now=at)
    except MobilizeError as error:
        return _person_page(partner, request.form, trouble=trouble_of(error))
    return see(url_for("console.partner", ref=ref))


@blueprint.post("/partners/<ref>/people/<contact>")
@needs("people")
def change_spokesperson(ref: str, contact: str) -> Response:
    """Change what somebody is to an organization, or let them speak for it no more."""
    at, me = now(), caller().actor
    leaves = request.form.get("do") == "remove"
    values = {"role": typed("role"), "title": typed("title"), "may_sign": bool(typed("may_sign"))}

    def change(session: Session) -> None:
        found = queries.by_public_id(session, ref)
        person = contact_by_public_id(session, contact)
        if leaves:
            people.remove_person(session, partner=found, contact=person, actor=me, now=at)
        else:
            people.change_person(
                session, partner=found, contact=person, values=values, actor=me, now=at
            )

    done = (
        gettext("This person speaks for the organization no more, and stays on file.")
        if leaves
        else gettext("It is written down.")
    )
    return carry_out(change, done=done, to=url_for("console.partner", ref=ref))


def _values() -> dict[str, Any]:
    values: dict[str, Any] = {name: typed(name) for name in editing.FIELDS}
    return values | {name: _day(name) for name in _DAYS}


def _day(name: str) -> date | None:
    text = typed(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(
            "Please look again at what is marked.", fields={name: "no date"}
        ) from None


def _served() -> list[editing.Served]:
    offices = set(request.form.getlist("office"))
    served = set(request.form.getlist("riding")) | offices
    return [editing.Served(code, code in offices) for code in sorted(served)]


def _person() -> people.NewPerson:
    where, seen_on = typed("where"), _day("seen_on")
    language = typed("language")
    published = None
    if where or seen_on or typed("nothing_against"):
        published = people.Published(
            where=where if seen_on else "",
            seen_on=seen_on or today(),
            nothing_against=bool(typed("nothing_against")),
        )
    return people.NewPerson(
        email=typed("email"),
        given_name=typed("given_name"),
        family_name=typed("family_name"),
        phone=typed("phone"),
        language=language if is_language(language) else None,
        title=typed("title"),
        role=typed("role") or "contact",
        may_sign=bool(typed("may_sign")),
        published=published,
    )


def _form_again(partner: Partner | None, error: MobilizeError) -> tuple[str, int]:
    form = request.form
    return _form_page(
        partner, form, form.getlist("riding"), form.getlist("office"), trouble=trouble_of(error)
    )


def _form_page(
    partner: Partner | None,
    values: Mapping[str, Any],
    ridings: Any,
    offices: Any,
    *,
    trouble: Trouble | None = None,
) -> tuple[str, int]:
    language = page_language()
    with runtime().db.read() as session:
        offered = all_ridings(session, lang=language, on=today())
    page = render_template(
        "console/partners/edit.html",
        partner=partner,
        values={name: values.get(name, "") for name in editing.FIELDS},
        served=ridings,
        offices=offices,
        ridings=offered,
        kind_choices=[(key, label.text(language)) for key, label in KINDS.items()],
        membership_choices=[(key, label.text(language)) for key, label in MEMBERSHIPS.items()],
        provinces=[(code, one.name(language)) for code, one in PROVINCES.items()],
        trouble=trouble,
    )
    return page, trouble.status if trouble else 200


def _person_page(
    partner: Partner, values: Mapping[str, Any], *, trouble: Trouble | None = None
) -> tuple[str, int]:
    page = render_template(
        "console/partners/person.html", partner=partner, values=values, roles=ROLES, trouble=trouble
    )
    return page, trouble.status if trouble else 200

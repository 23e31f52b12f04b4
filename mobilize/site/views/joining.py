"""Joining the list: a form, one message, and a page on which the person confirms.

Whoever fills the form in learns nothing about anybody: the answer is the same for an address that
is on the list, that left it, or that nobody knows. Who left comes back as anybody joins.
"""

from collections.abc import Mapping
from typing import Final

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.contacts.confirming import number_of_form
from mobilize.contacts.consent_models import ConsentWording, OptIn
from mobilize.contacts.identity import masked_phone, normalise_email, normalise_phone
from mobilize.contacts.opt_ins import Channel, SignUp, Yes
from mobilize.contacts.textable import check_textable
from mobilize.contacts.whereabouts import whereabouts
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.http import page_language
from mobilize.core.i18n import is_language
from mobilize.messaging.opting_in import CONFIRM, confirm_by_link, sign_up
from mobilize.partners import queries as partners
from mobilize.runtime import runtime
from mobilize.site import consent_words
from mobilize.site.consent_words import CHANNELS, Asking
from mobilize.site.pages import blueprint, root
from mobilize.strategy.queries import adopted_versions

_LONGEST_NAME: Final = 100
_TOPIC: Final = "topic_"


@root.get("/join")
def join_in_some_language() -> Response:
    """Lead to the form in the browser's language: short enough for a text or a poster."""
    answer = redirect(url_for("site.join", language=page_language()))
    answer.headers["Vary"] = "Accept-Language"
    return answer


@blueprint.get("/join", defaults={"partner": ""})
@blueprint.get("/join/with/<partner>")
def join(partner: str) -> str:
    """The form; with a partner, one that asks for both organizations apart."""
    return _form_page(partner, {"language": page_language()}, {})


@blueprint.post("/join", defaults={"partner": ""})
@blueprint.post("/join/with/<partner>")
def ask_to_join(partner: str) -> str | tuple[str, int]:
    """Take a form; the page that answers is the same whatever comes of it."""
    form = request.form
    parts, now = runtime(), runtime().clock.now()
    who_asks: list[str] = []
    with parts.db.transaction() as session:
        asking = _asking(session, partner)
        topics = [slug for slug, _title in _topics(session) if form.get(f"{_TOPIC}{slug}")]
        errors = _errors(form, asking)
        if not errors:
            answers: dict[Channel, list[Yes]] = {channel: [] for channel in CHANNELS}
            for one in asking:
                ticked = [question for question in one.questions if form.get(question.name)]
                who_asks += [one.name] if ticked else []
                for question in ticked:
                    words = consent_words.keep(session, one, question, now=now)
                    answers[question.channel].append(Yes(one.organization, words))
            wanted = form.get("language")
            sign_up(
                session,
                form=SignUp(
                    language=wanted if is_language(wanted) else page_language(),
                    source=f"form {request.path}",
                    email=form.get("email", ""),
                    phone=form.get("phone", ""),
                    given_name=form.get("given_name", ""),
                    postal_code=form.get("postal_code", ""),
                    topics=topics,
                    answers=answers,
                ),
                who_asks=_(" and ").join(who_asks),
                settings=parts.settings,
                now=now,
            )
    if errors:
        return _form_page(partner, form, errors), 422
    return render_template(
        "site/join_sent.html",
        by={question.channel for one in asking for question in one.questions
            if form.get(question.name)},
        days=parts.settings.sign_ups.confirm_days,
        contact_email=parts.settings.site.contact_email,
        text_number=parts.settings.twilio.from_number,
    )  # fmt: skip


@blueprint.get("/join/confirm/<token>")
def look_before_joining(token: str) -> str:
    """Show what was asked for; nothing happens until the button is pressed: scanners open links."""
    return _confirm_page(_opt_in_id(token))


@blueprint.post("/join/confirm/<token>")
def confirm_joining(token: str) -> str | tuple[str, int]:
    """Confirm; pressing again changes nothing."""
    opt_in_id = _opt_in_id(token)
    try:
        with runtime().db.transaction() as session:
            confirm_by_link(session, opt_in_id=opt_in_id, now=runtime().clock.now())
    except Conflict:
        return _confirm_page(opt_in_id, too_late=True), Conflict.status
    return _confirm_page(opt_in_id)


def _form_page(partner: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with runtime().db.read() as session:
        asking, topics = _asking(session, partner), _topics(session)
    return render_template(
        "site/join.html",
        asking=asking,
        topics=[(f"{_TOPIC}{slug}", title) for slug, title in topics],
        values=values,
        errors=errors,
    )


def _confirm_page(opt_in_id: int, *, too_late: bool = False) -> str:
    now = runtime().clock.now()
    with runtime().db.read() as session:
        row = _by_id(session, opt_in_id)
        titles = dict(_topics(session))
        asked = [
            (session.get_one(ConsentWording, grant["wording_id"]).text, titles.get(grant["topic"]))
            for grant in row.grants
        ]
        number = number_of_form(session, row)
    return render_template(
        "site/join_confirm.html",
        state=row.state,
        is_open=row.state == "asked" and row.expires_at > now and not too_late,
        asked=asked,
        number=masked_phone(number),
        contact_email=runtime().settings.site.contact_email,
    )


def _by_id(session: Session, opt_in_id: int) -> OptIn:
    row = session.get(OptIn, opt_in_id)
    if row is None:
        raise NotFound("There is nothing at this address.")
    return row


def _opt_in_id(token: str) -> int:
    opt_in_id = runtime().links.open(CONFIRM, token, now=runtime().clock.now())
    if opt_in_id is None:
        raise NotFound("There is nothing at this address.")
    return opt_in_id


def _asking(session: Session, partner: str) -> list[Asking]:
    asking = [consent_words.ours(runtime().settings.site)]
    if partner:
        found = partners.by_public_id(session, partner)
        if not found.shares_form or found.state != "active":
            raise NotFound("There is nothing at this address.")
        asking.append(consent_words.partners(found))
    return asking


def _topics(session: Session) -> list[tuple[str, str]]:
    return [
        (demand.slug, consent_words.title(version)) for demand, version in adopted_versions(session)
    ]


def _errors(form: Mapping[str, str], asking: list[Asking]) -> dict[str, str]:
    errors = {}
    first, second = (question.name for question in asking[0].questions)
    ticked = {
        question.channel for one in asking for question in one.questions if form.get(question.name)
    }
    if not ticked:
        errors[first] = _("Tick what you agree to; without it we keep nothing.")
    if "email" in ticked or form.get("email"):
        if not _works(normalise_email, form.get("email", "")):
            errors["email"] = _("Write an email address, such as name@example.org.")
        elif "email" not in ticked and ticked:
            errors[first] = _(
                "You gave an email address: tick that it may be used, or take it out."
            )
    if "sms" in ticked or form.get("phone"):
        if not _works(_textable, form.get("phone", "")):
            errors["phone"] = phone_words()
        elif "sms" not in ticked and ticked:
            errors[second] = _("You gave a number: tick that it may be texted, or take it out.")
    if form.get("postal_code") and not _works(whereabouts, form["postal_code"]):
        errors["postal_code"] = _("Write a postal code, such as K1A 0A6.")
    if len(form.get("given_name", "")) > _LONGEST_NAME:
        errors["given_name"] = _("This is too long.")
    if not is_language(form.get("language")):
        errors["language"] = _("Choose a language.")
    return errors


def _works(read: object, text: str) -> bool:
    assert callable(read)
    try:
        read(text)
    except InvalidInput:
        return False
    return True


def phone_words() -> str:
    """What to write where a number cannot be texted."""
    if "US" in runtime().settings.sign_ups.sms_countries:
        words: str = _("Write a Canadian or American mobile number, such as 613-555-0123.")
    else:
        words = _("Write a Canadian mobile number, such as 613-555-0123.")
    return words


def _textable(text: str) -> None:
    check_textable(normalise_phone(text), runtime().settings.sign_ups.sms_countries)

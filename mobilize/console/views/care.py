"""Texts that need care, for those named for them alone; and for admins, who is named.

What a text says is opened by an act of its own, which the audit log notes: who, when and which, and
nothing of what it says or whose it is.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from mobilize.accounts import grants
from mobilize.accounts.guards import caller, needs
from mobilize.accounts.queries import account_by_public_id, accounts
from mobilize.accounts.roles import may
from mobilize.console.auth import needs_fresh
from mobilize.console.forms import carry_out
from mobilize.console.pages import blueprint
from mobilize.console.present import now
from mobilize.core.errors import Forbidden
from mobilize.messaging.care import cases, opening
from mobilize.messaging.inbox import threads
from mobilize.runtime import runtime

Args = ParamSpec("Args")
Answer = TypeVar("Answer")
OUTCOMES: Final = {
    "sent": lazy_gettext("The hotline’s number went out."),
    "by_hand": lazy_gettext("No answer went: somebody who read the texts set them apart."),
    "already": lazy_gettext("No answer went: this number or this person was answered before."),
    "stopped": lazy_gettext("No answer went: STOP came from this number."),
    "closed": lazy_gettext("No answer went: the number is closed."),
    "do_not_contact": lazy_gettext("No answer went: the person is not to be contacted."),
    "switched_off": lazy_gettext("No answer went: it is switched off for the person."),
    "safe_channel": lazy_gettext("No answer went: texts are not safe for the person."),
    "outside_safe_hours": lazy_gettext("No answer went: it was outside the hours that are safe."),
}

WHY: Final = {
    "documents held": lazy_gettext("papers held back"),
    "not free to go": lazy_gettext("not free to go"),
    "watched": lazy_gettext("watched"),
    "force": lazy_gettext("made to do things"),
    "sold": lazy_gettext("sold or used"),
    "says so": lazy_gettext("says so"),
    "treated as property": lazy_gettext("treated as property"),
    "no pay": lazy_gettext("pay held back"),
    "debt": lazy_gettext("a debt"),
    "hours": lazy_gettext("hours without end"),
    "kept where they work": lazy_gettext("kept where they work"),
    "threats": lazy_gettext("threats"),
    "violence": lazy_gettext("violence"),
    "fear": lazy_gettext("fear"),
    "asks for help": lazy_gettext("asks for help"),
    "secret": lazy_gettext("must stay secret"),
    "somebody else": lazy_gettext("about somebody else"),
    "signs": lazy_gettext("signs that others see"),
}
"""What the rules that set a text apart speak for."""


def named_for_care(view: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """A view for those alone who were named, whatever their role."""

    @wraps(view)
    def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Answer:
        if not g.get("named_for_care"):
            raise Forbidden(
                "Only those who were named for it may see this.",
                hint="An admin names them, one by one.",
            )
        return view(*args, **kwargs)

    return guarded


@blueprint.get("/care")
@needs("see")
def care() -> str:
    """For those named, that texts need care and since when; for admins, who is named."""
    named, names = bool(g.get("named_for_care")), may(caller(), "accounts")
    if not named and not names:
        raise Forbidden(
            "Only those who were named for it may see this.",
            hint="An admin names them, one by one.",
        )
    with runtime().db.read() as session:
        waiting = opening.waiting(session) if named else []
        people = accounts(session) if names else []
        holders = grants.holders(session, name=grants.CARE) if names else {}
    return render_template(
        "console/care/list.html",
        named=named,
        names=names,
        waiting=waiting,
        people=[one for one in people if one.state == "active" or one.id in holders],
        holders=holders,
    )


@blueprint.post("/care/names/<ref>")
@needs("accounts")
@needs_fresh
def name_for_care(ref: str) -> Response:
    """Name somebody, or no longer."""
    wanted = request.form.get("wanted") == "yes"

    def change(session: Session) -> None:
        account = account_by_public_id(session, ref)
        act = grants.grant if wanted else grants.revoke
        act(session, account=account, name=grants.CARE, actor=caller().actor, now=now())

    done = gettext("Noted down; it holds from the next page that they open.")
    return carry_out(change, done=done, to=url_for("console.care"))


@blueprint.post("/care/cases/<ref>")
@named_for_care
def open_case(ref: str) -> str:
    """What a number texted, with its phone number where that is asked for; noted in the log."""
    with_number = request.form.get("number") == "yes"
    with runtime().db.transaction() as session:
        case = opening.open_case(
            session, public_id=ref, with_number=with_number, actor=caller().actor, now=now()
        )
        texts = opening.texts_of(session, case)
        person = opening.person_of(session, case)
        held = threads.is_held(session, opening.number_of(session, case))
    return render_template(
        "console/care/case.html",
        case=case,
        texts=texts,
        person=person,
        with_number=with_number,
        outcome=OUTCOMES[case.outcome],
        why=WHY,
        held=held,
    )


@blueprint.post("/care/cases/<ref>/give-back")
@named_for_care
def give_case_back(ref: str) -> Response:
    """Put texts that were no disclosure into the inbox."""

    def change(session: Session) -> None:
        case = opening.case_by_public_id(session, ref)
        opening.note(session, case, "care.give_back", caller().actor, now())
        cases.give_back(session, case=case)

    done = gettext("The conversation is in the inbox.")
    return carry_out(change, done=done, to=url_for("console.care"))


@blueprint.post("/care/cases/<ref>/resume")
@named_for_care
def resume_texts_of_case(ref: str) -> Response:
    """Say that a word for stopping in such a text meant no end of texts."""

    def change(session: Session) -> None:
        case = opening.case_by_public_id(session, ref)
        opening.note(session, case, "care.resume", caller().actor, now())
        threads.let_go_on(session, sender_hash=opening.number_of(session, case))

    done = gettext("Texts go to this number again.")
    return carry_out(change, done=done, to=url_for("console.care"))


@blueprint.post("/care/cases/<ref>/remove")
@named_for_care
def remove_case(ref: str) -> Response:
    """Let texts go before their thirty days are over."""

    def change(session: Session) -> None:
        case = opening.case_by_public_id(session, ref)
        opening.note(session, case, "care.remove", caller().actor, now())
        cases.let_go(session, gone=[case], now=now())

    return carry_out(change, done=gettext("The texts are gone."), to=url_for("console.care"))

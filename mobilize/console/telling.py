"""The entries of a person's timeline in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final

from flask_babel import gettext, lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobilize.accounts.models import Account
from mobilize.actions.outcomes import CHANNELS, HEARD, OUTCOMES
from mobilize.console.actors import ACTORS
from mobilize.console.queries import demand_titles, named_campaigns
from mobilize.console.words import moment, word
from mobilize.core.http import page_language
from mobilize.core.i18n import Language
from mobilize.core.timeline import Entry
from mobilize.messaging.reasons import explain
from mobilize.mps.queries import all_ridings


@dataclass(frozen=True)
class Told:
    """One line of a timeline: when, what, more about it, by whom.

    Attributes:
        day: The day, where no more than the day is known; no clock's hour is shown then.
        message: The name of the message that it is about, whose history has a page.
    """

    at: datetime
    day: date | None
    what: str
    more: str
    actor: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What is called how, for one page: looked up once for all its entries."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    demands: Mapping[str, str] = field(default_factory=dict)
    ridings: Mapping[str, str] = field(default_factory=dict)


def tell(
    session: Session, entries: Sequence[Entry], *, language: Language, on: datetime
) -> list[Told]:
    """Entries in the words of the present language; four statements, however many."""
    refs = {
        entry.actor.partition(":")[2] for entry in entries if entry.actor.startswith("account:")
    }
    accounts = session.execute(
        select(Account.public_id, Account.name).where(Account.public_id.in_(refs))
    )
    kinds = {entry.kind for entry in entries}
    names = Names(
        accounts=dict(accounts.all()),
        campaigns={one.slug: one.title for one in named_campaigns(session, language)},
        demands=demand_titles(session, language),
        ridings={one.code: one.name for one in all_ridings(session, lang=language, on=on.date())}
        if "mp_contact" in kinds
        else {},
    )
    return [told(entry, names) for entry in entries]


def told(entry: Entry, names: Names) -> Told:
    """One entry in words; a kind without words is shown as it is."""
    teller = TELLERS.get(entry.kind) or TELLERS.get(entry.kind.partition(".")[0])
    what, more = teller(entry, names) if teller else (entry.kind, "")
    message = entry.facts.get("message", "")
    return Told(entry.at, _day(entry), what, more, _actor(entry.actor, names), message)


def _day(entry: Entry) -> date | None:
    """The day of a consent that stands in the ledger at the first instant of its day, in UTC.

    A file and a form say a day and no hour. As an instant, clocks west of Greenwich would show the
    evening before, beside a proof that names the right day.
    """
    said = entry.facts.get("basis_date")
    if not said or entry.at != datetime.combine(date.fromisoformat(said), time(), tzinfo=UTC):
        return None
    return date.fromisoformat(said)


def _actor(actor: str, names: Names) -> str:
    kind, _, ref = actor.partition(":")
    if kind == "account":
        return names.accounts.get(ref, gettext("somebody"))
    return str(ACTORS.get(kind, ""))


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _created(entry: Entry, _names: Names) -> tuple[str, str]:
    return gettext("Came onto the list"), str(entry.facts["source"])


def _consent(entry: Entry, names: Names) -> tuple[str, str]:
    facts = entry.facts
    what = _joined(word(entry.kind.partition(".")[2]), word(facts["channel"]))
    topic = names.demands.get(facts["topic"], facts["topic"])
    whom = "" if facts["organization"] == "us" else gettext("a partner")
    basis = word(facts["basis"]) if facts["basis"] else ""
    return what, _joined(topic, whom, basis, facts["source"], facts["evidence"])


def _imported(entry: Entry, _names: Names) -> tuple[str, str]:
    brought = entry.kind == "import.brought"
    what = gettext("Brought by a file") if brought else gettext("Changed by a file")
    undone = gettext("undone since") if entry.facts["undone"] else ""
    return what, _joined(entry.facts["file"], undone)


def _note(entry: Entry, _names: Names) -> tuple[str, str]:
    return gettext("Note"), str(entry.facts["text"])


def _merge(entry: Entry, _names: Names) -> tuple[str, str]:
    undone = gettext("undone since") if entry.facts["undone"] else ""
    return gettext("Two records became one"), undone


def _opt_in(entry: Entry, _names: Names) -> tuple[str, str]:
    state = str(_OPT_INS.get(entry.kind.partition(".")[2], ""))
    what = gettext("Asked to confirm the sign-up")
    return _joined(what, word(entry.facts["channel"])), _joined(state, entry.facts["source"])


def _message(entry: Entry, names: Names) -> tuple[str, str]:
    facts = entry.facts
    topic = names.demands.get(facts["topic"], facts["topic"])
    why = explain(facts["reason"], page_language()) if facts["reason"] else ""
    what = _joined(word(facts["channel"]), facts["template"])
    return what, _joined(word(facts["state"]), why, topic)


def _queued(entry: Entry, names: Names) -> tuple[str, str]:
    facts = entry.facts
    version = gettext("version %(number)s", number=facts["version"]) if facts["version"] else ""
    topic = names.demands.get(facts["topic"], facts["topic"])
    return gettext("Put into the outbox"), _joined(
        facts["template"], version, word(facts["language"]), topic
    )


def _attempt(entry: Entry, _names: Names) -> tuple[str, str]:
    facts = entry.facts
    ended = datetime.fromisoformat(facts["ended_at"]) if facts["ended_at"] else None
    address = {
        "present": gettext("to the address on file"),
        "earlier": gettext("to an address that was on file then"),
    }.get(facts["address"], "")
    what = gettext("Handed to %(provider)s", provider=word(facts["provider"]))
    end = _joined(_CALLS.get(facts["state"], facts["state"]), moment(ended))
    return what, _joined(end, facts["error"], address)


def _provider_said(entry: Entry, _names: Names) -> tuple[str, str]:
    facts = entry.facts
    said = _EVENTS.get(facts["event"], facts["event"])
    what = gettext("%(provider)s says: %(word)s", provider=word(facts["provider"]), word=said)
    told = [facts.get(name) for name in ("reason", "response", "error", "status")]
    heard = moment(datetime.fromisoformat(facts["received_at"]))
    return what, _joined(*dict.fromkeys(told), gettext("heard %(moment)s", moment=heard))


def _ended(entry: Entry, _names: Names) -> tuple[str, str]:
    facts = entry.facts
    return word(facts["state"]), explain(facts["reason"], page_language())


def _texted(entry: Entry, _names: Names) -> tuple[str, str]:
    return gettext("Texted %(word)s", word=entry.kind.partition(".")[2].upper()), ""


def _sign_on(entry: Entry, names: Names) -> tuple[str, str]:
    facts = entry.facts
    partner = facts["partner_fr" if page_language() == "fr" else "partner_en"]
    state = _SIGN_ONS.get(entry.kind.partition(".")[2], "")
    return _joined(gettext("Sign-on"), state), _joined(
        partner, names.demands.get(facts["demand"], facts["demand"])
    )


def _action(entry: Entry, names: Names) -> tuple[str, str]:
    slug = entry.facts["campaign"]
    by_message = gettext("by the link of a message") if entry.facts["by_message"] else ""
    return gettext("Completed an action"), _joined(names.campaigns.get(slug, slug), by_message)


def _mp_contact(entry: Entry, names: Names) -> tuple[str, str]:
    facts, language = entry.facts, page_language()
    channel = next(label for code, label in CHANNELS.items() if code == facts["channel"])
    outcome = next(
        label
        for answers in OUTCOMES.values()
        for code, label in answers.items()
        if code == facts["outcome"]
    )
    heard = next((label for code, label in HEARD.items() if code == facts["heard"]), None)
    what = _joined(gettext("MP’s office"), channel.text(language))
    more = _joined(
        names.ridings.get(facts["riding"], facts["riding"]),
        outcome.text(language),
        heard.text(language) if heard else "",
        names.campaigns.get(facts["campaign"], facts["campaign"]),
    )
    return what, more


def _change(entry: Entry, _names: Names) -> tuple[str, str]:
    facts = entry.facts
    fields = ", ".join(str(_FIELDS.get(name, name)) for name in facts.get("fields", ()))
    tags = ", ".join(facts.get("tags", ()))
    reason = str(WHY.get(facts.get("reason", ""), ""))
    return str(_CHANGES[entry.kind]), _joined(fields, tags, reason)


WHY: Final = {
    "asked": lazy_gettext("The person asked for it"),
    "mistake": lazy_gettext("We had written it down wrong"),
    "moved": lazy_gettext("We learned that they moved"),
    "other": lazy_gettext("Another reason"),
}
HOW_ASKED: Final = {
    "email": lazy_gettext("By an email of theirs"),
    "text": lazy_gettext("By a text message of theirs"),
    "letter": lazy_gettext("By a letter"),
    "form": lazy_gettext("On a paper form"),
}
_CALLS: Final = {
    "submitting": lazy_gettext("no answer yet"),
    "accepted": lazy_gettext("it was taken"),
    "refused": lazy_gettext("it was refused"),
    "not_sent": lazy_gettext("nothing was taken, so it is tried again"),
    "unknown": lazy_gettext("nobody knows whether it was taken"),
    "settled": lazy_gettext("it never became known whether it was taken"),
}
_EVENTS: Final = {
    "processed": lazy_gettext("it is on its way"),
    "sent": lazy_gettext("it is on its way"),
    "deferred": lazy_gettext("the mailbox puts it off, it is tried again"),
    "delivered": lazy_gettext("it was delivered"),
    "bounce": lazy_gettext("it came back, the address does not work"),
    "blocked": lazy_gettext("it came back, the mailbox did not take it"),
    "dropped": lazy_gettext("it was not sent on"),
    "spamreport": lazy_gettext("it was reported as spam"),
    "unsubscribe": lazy_gettext("the person left the list"),
    "group_unsubscribe": lazy_gettext("the person left the list"),
    "undelivered": lazy_gettext("it did not arrive"),
    "failed": lazy_gettext("it could not be sent"),
}
_OPT_INS: Final = {
    "asked": lazy_gettext("no answer yet"),
    "known": lazy_gettext("was known already"),
    "confirmed": lazy_gettext("confirmed"),
    "lapsed": lazy_gettext("never confirmed"),
}
_SIGN_ONS: Final = {
    "requested": lazy_gettext("asked for"),
    "confirmed": lazy_gettext("confirmed"),
    "withdrawn": lazy_gettext("withdrawn"),
    "lapsed": lazy_gettext("lapsed"),
}
_FIELDS: Final = {
    "given_name": lazy_gettext("given name"),
    "family_name": lazy_gettext("family name"),
    "email": lazy_gettext("email address"),
    "phone": lazy_gettext("phone number"),
    "language": lazy_gettext("language"),
    "postal_code": lazy_gettext("postal code"),
    "riding": lazy_gettext("riding"),
    "discreet": lazy_gettext("discretion"),
    "no_voicemail": lazy_gettext("voicemail"),
    "safe_channel": lazy_gettext("safe channel"),
    "safe_from": lazy_gettext("safe hours"),
    "safe_until": lazy_gettext("safe hours"),
}
_CHANGES: Final = {
    "contact.add_tag": lazy_gettext("Tagged"),
    "contact.answer": lazy_gettext("Answers noted down"),
    "contact.copy": lazy_gettext("A copy of everything was taken"),
    "contact.do_not_contact": lazy_gettext("Not to be contacted any more"),
    "contact.erase": lazy_gettext("Erased"),
    "contact.may_contact": lazy_gettext("May be contacted again"),
    "contact.prefer": lazy_gettext("Safe ways noted down"),
    "contact.preferences": lazy_gettext("Changed their own preferences"),
    "contact.prove": lazy_gettext("The proof of consent was taken"),
    "contact.rectify": lazy_gettext("Corrected"),
    "contact.remove_tag": lazy_gettext("Tag taken off"),
    "contact.reveal": lazy_gettext("Addresses looked at"),
    "contact.unmerge": lazy_gettext("Two records were parted again"),
}
Teller = Callable[[Entry, Names], tuple[str, str]]
TELLERS: Final[Mapping[str, Teller]] = {
    "contact.create": _created,
    "consent": _consent,
    "import": _imported,
    "note": _note,
    "merge": _merge,
    "opt_in": _opt_in,
    "message": _message,
    "sending.queued": _queued,
    "sending.attempt": _attempt,
    "sending.event": _provider_said,
    "sending.ended": _ended,
    "text": _texted,
    "sign_on": _sign_on,
    "action": _action,
    "mp_contact": _mp_contact,
    **dict.fromkeys(_CHANGES, _change),
}

"""The words in which the console's pages speak of states, channels and moments, as Jinja filters.

Filters, since the macros that the pages share see no page's context.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency
from flask_babel import LazyString, format_datetime, lazy_gettext

from mobilize.actions.outcomes import CHANNELS as ACTIONS
from mobilize.actions.outcomes import HEARD, OUTCOMES
from mobilize.alerts.content import long_date
from mobilize.alerts.spending import dollars
from mobilize.console.masking import masked_email, masked_phone
from mobilize.console.pages import blueprint
from mobilize.core.http import page_language
from mobilize.followups.reasons import explain as explain_step
from mobilize.messaging.reasons import explain, explain_pause
from mobilize.mps.provinces import PROVINCES

WORDS: Final[Mapping[str, LazyString]] = {
    # alerts, campaigns, plans, mailings
    "draft": lazy_gettext("Draft"),
    "in_review": lazy_gettext("In review"),
    "approved": lazy_gettext("Approved"),
    "sending": lazy_gettext("Sending"),
    "paused": lazy_gettext("Paused"),
    "done": lazy_gettext("Done"),
    "cancelled": lazy_gettext("Cancelled"),
    "published": lazy_gettext("Published"),
    "closed": lazy_gettext("Closed"),
    "active": lazy_gettext("Active"),
    "adopted": lazy_gettext("Adopted"),
    "superseded": lazy_gettext("Superseded"),
    # messages
    "queued": lazy_gettext("Waiting to go"),
    "skipped": lazy_gettext("Not sent"),
    "unknown": lazy_gettext("No answer from the provider"),
    "accepted": lazy_gettext("Taken by the provider"),
    "deferred": lazy_gettext("Tried again by the provider"),
    "delivered": lazy_gettext("Delivered"),
    "bounced": lazy_gettext("Came back"),
    "dropped": lazy_gettext("Dropped by the provider"),
    "complained": lazy_gettext("Reported as spam"),
    "refused": lazy_gettext("Refused by the provider"),
    "failed": lazy_gettext("Given up"),
    # planned steps and dates
    "planned": lazy_gettext("Planned"),
    "awaiting": lazy_gettext("Waits for a confirmed date"),
    "fired": lazy_gettext("Sent"),
    "confirmed": lazy_gettext("Confirmed"),
    "estimated": lazy_gettext("Estimated"),
    "awaited": lazy_gettext("Awaited"),
    # sign-ons
    "pending": lazy_gettext("To be confirmed"),
    "withdrawn": lazy_gettext("Withdrawn"),
    "lapsed": lazy_gettext("Lapsed"),
    # channels and languages
    "email": lazy_gettext("Email"),
    "sms": lazy_gettext("Text message"),
    "voice": lazy_gettext("Phone call"),
    "en": lazy_gettext("English"),
    "fr": lazy_gettext("French"),
    "": lazy_gettext("Not known"),
    # the consent ledger
    "granted": lazy_gettext("Agreed"),
    "renewed": lazy_gettext("Renewed"),
    "retracted": lazy_gettext("Taken back as a mistake"),
    "expired": lazy_gettext("Expired"),
    "complaint": lazy_gettext("Reported as spam"),
    # on what ground, and why an address is closed
    "express": lazy_gettext("said yes"),
    "implied_ebr": lazy_gettext("implied by a contract"),
    "implied_inquiry": lazy_gettext("implied by an inquiry"),
    "implied_donation": lazy_gettext("implied by a gift"),
    "implied_volunteer": lazy_gettext("implied by volunteering"),
    "implied_member": lazy_gettext("implied by membership"),
    "not_cem": lazy_gettext("not a commercial message"),
    "unsubscribed": lazy_gettext("left the list"),
    "stop": lazy_gettext("texted STOP"),
    "invalid": lazy_gettext("the address is not valid"),
    "erased": lazy_gettext("asked to be erased"),
    "organizer": lazy_gettext("closed by an organizer"),
    "replaced": lazy_gettext("another address took its place"),
    # kinds of custom fields
    "text": lazy_gettext("Text"),
    "number": lazy_gettext("Number"),
    "date": lazy_gettext("Date"),
    "yes_no": lazy_gettext("Yes or no"),
    "choice": lazy_gettext("A choice"),
    # exports
    "export_asked": lazy_gettext("Waits for a second person"),
    "export_approved": lazy_gettext("Can be fetched"),
    "export_refused": lazy_gettext("Refused"),
    "export_taken": lazy_gettext("Fetched"),
    # providers
    "sendgrid": lazy_gettext("SendGrid"),
    "twilio": lazy_gettext("Twilio"),
    # what a plan counts its days from
    "milestone": lazy_gettext("A milestone"),
    "alert": lazy_gettext("An alert"),
    "completion": lazy_gettext("Each completed action"),
    # a demand's elements
    "goal": lazy_gettext("Specific goals"),
    "condition": lazy_gettext("Enabling conditions"),
    "change": lazy_gettext("Systemic changes"),
    "outcome": lazy_gettext("Outcomes"),
    # duplicates
    "same_mailbox": lazy_gettext("the same mailbox"),
    "same_phone": lazy_gettext("the same phone number"),
    "same_name": lazy_gettext("the same name"),
    "similar_name": lazy_gettext("a similar name"),
    "same_area": lazy_gettext("the same postal area"),
    "same_riding": lazy_gettext("the same riding"),
    # milestones
    "fixed": lazy_gettext("Fixed date"),
    "yearly": lazy_gettext("Every year"),
    "one_off": lazy_gettext("Once"),
}
"""What a code of the database is called; a code stands once, whatever table it comes from."""

TONES: Final[Mapping[str, str]] = {
    "sending": "primary",
    "active": "primary",
    "approved": "success",
    "published": "success",
    "adopted": "success",
    "confirmed": "success",
    "delivered": "success",
    "in_review": "warning",
    "paused": "warning",
    "pending": "warning",
    "export_asked": "warning",
    "export_approved": "success",
    "awaiting": "warning",
    "unknown": "warning",
}
"""The Bootstrap colour of a state that asks for a look; every other one is grey."""


@blueprint.app_template_filter("word")
def word(code: str | None) -> str:
    """What a code is called; one without words is shown as it is."""
    code = code or ""
    return str(WORDS.get(code, code.replace("_", " ")))


@blueprint.app_template_filter("tone")
def tone(state: str) -> str:
    """The colour of a state's badge."""
    return TONES.get(state, "secondary")


_THREADS: Final = {
    "unread": lazy_gettext("Unread"),
    "open": lazy_gettext("Open"),
    "answered": lazy_gettext("Answered"),
    "closed": lazy_gettext("Closed"),
}


@blueprint.app_template_filter("thread_state")
def thread_state(state: str) -> str:
    """Where a conversation by text stands."""
    return str(_THREADS[state])


@blueprint.app_template_filter("reason")
def reason(code: str | None) -> str:
    """Why a message did not go."""
    return explain(code, page_language())


@blueprint.app_template_filter("why_paused")
def why_paused(reason: str | None) -> str:
    """Why an alert or a provider is paused."""
    return explain_pause(reason, page_language())


@blueprint.app_template_filter("step_reason")
def step_reason(code: str | None) -> str:
    """Why a planned step did not fire."""
    return explain_step(code, page_language()) if code else ""


@blueprint.app_template_filter("moment")
def moment(instant: datetime | None) -> str:
    """An instant as clocks of the organization show it."""
    if instant is None:
        return ""
    hours = "HH 'h' mm" if page_language() == "fr" else "HH:mm"
    text: str = format_datetime(instant, f"d MMM yyyy, {hours}")
    return text


@blueprint.app_template_filter("day")
def day(on: date | None) -> str:
    """A day in words."""
    return long_date(on, page_language()) if on else ""


@blueprint.app_template_filter("money")
def money(amount: Decimal | None) -> str:
    """A sum of Canadian dollars; a dash where no price is set."""
    return "–" if amount is None else _in_cad(amount)


def _in_cad(amount: Decimal) -> str:
    text: str = format_currency(amount, "CAD", locale=f"{page_language()}_CA")
    return text


@blueprint.app_template_filter("dollars")
def in_dollars(segments: int, price: Decimal | None) -> str:
    """What segments of text messages cost."""
    return money(dollars(segments, price))


blueprint.add_app_template_filter(masked_email)
blueprint.add_app_template_filter(masked_phone)


@blueprint.app_template_filter("province")
def province(code: str | None) -> str:
    """A province's name."""
    return PROVINCES[code].name(page_language()) if code in PROVINCES else ""


@blueprint.app_template_filter("action")
def action(channel: str) -> str:
    """How an MP's office was contacted."""
    return ACTIONS[channel].text(page_language())  # type: ignore[index] # the column is checked


@blueprint.app_template_filter("outcome")
def outcome(code: str) -> str:
    """How a contact with an MP's office went, in the supporter's own answer."""
    labels = {name: label for answers in OUTCOMES.values() for name, label in answers.items()}
    return labels[code].text(page_language())  # type: ignore[index] # the column is checked


@blueprint.app_template_filter("heard")
def heard(code: str | None) -> str:
    """What an office said on the demand."""
    return HEARD[code].text(page_language()) if code else ""  # type: ignore[index] # is checked

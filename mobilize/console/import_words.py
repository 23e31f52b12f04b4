"""What the import pages call columns, outcomes and reasons, as Jinja filters."""

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString, lazy_gettext

from mobilize.console.pages import blueprint
from mobilize.contacts.reject_words import worded

COLUMNS: Final[Mapping[str, LazyString]] = {
    "email": lazy_gettext("Email address"),
    "phone": lazy_gettext("Phone"),
    "given_name": lazy_gettext("Given name"),
    "family_name": lazy_gettext("Family name"),
    "postal_code": lazy_gettext("Postal code"),
    "language": lazy_gettext("Language"),
    "tags": lazy_gettext("Tags"),
    "source": lazy_gettext("Source"),
    "consent_email_basis": lazy_gettext("Consent to email: basis"),
    "consent_email_date": lazy_gettext("Consent to email: date"),
    "consent_email_evidence": lazy_gettext("Consent to email: proof"),
    "consent_sms_basis": lazy_gettext("Consent to texts: basis"),
    "consent_sms_date": lazy_gettext("Consent to texts: date"),
    "consent_sms_evidence": lazy_gettext("Consent to texts: proof"),
    "sms_confirmed_at": lazy_gettext("Number confirmed on"),
    "opt_out_email": lazy_gettext("Left the emails"),
    "opt_out_email_date": lazy_gettext("Left the emails on"),
    "opt_out_sms": lazy_gettext("Left the texts"),
    "opt_out_sms_date": lazy_gettext("Left the texts on"),
    "opt_out_voice": lazy_gettext("Is not to be called"),
}
"""Our columns, in the order in which a form offers them."""

BASES: Final[Mapping[str, LazyString]] = {
    "express": lazy_gettext("Express consent"),
    "implied_donation": lazy_gettext("Gift in the last two years"),
    "implied_volunteer": lazy_gettext("Volunteer work or a meeting in the last two years"),
    "implied_member": lazy_gettext("Membership that ended within two years"),
    "implied_ebr": lazy_gettext("Purchase or contract in the last two years"),
    "implied_inquiry": lazy_gettext("Inquiry in the last six months"),
    "published": lazy_gettext("Address published for the person’s role"),
    "not_cem": lazy_gettext("No commercial message"),
}

_OUTCOMES: Final[Mapping[str, LazyString]] = {
    "created": lazy_gettext("New"),
    "updated": lazy_gettext("Changed"),
    "unchanged": lazy_gettext("As before"),
    "repeated": lazy_gettext("Repeated, put aside"),
    "closed": lazy_gettext("Left elsewhere: only the address is closed"),
    "rejected": lazy_gettext("Put aside"),
}
_WITHOUT: Final[Mapping[str, LazyString]] = {
    "not_claimed": lazy_gettext("no consent is claimed"),
    "opted_out": lazy_gettext("they left, says the file"),
    "expired": lazy_gettext("the consent has ended"),
    "withdrawn": lazy_gettext("they left"),
    "suppressed": lazy_gettext("the address is closed"),
}
_STAYS: Final[Mapping[str, LazyString]] = {
    "messages": lazy_gettext("a message went to them"),
    "actions": lazy_gettext("they took part in an action"),
    "consents": lazy_gettext("they agreed to or left something"),
    "sign_ups": lazy_gettext("they signed up by a form"),
    "partner": lazy_gettext("they speak for a partner"),
    "notes": lazy_gettext("there is a note about them"),
    "merged": lazy_gettext("their record was merged"),
    "later_file": lazy_gettext("a later file knows them"),
    "edited": lazy_gettext("their record was changed"),
    "tags": lazy_gettext("they wear another tag"),
    "answers": lazy_gettext("they answered a custom field"),
    "other": lazy_gettext("something else refers to them"),
}
_STATES: Final[Mapping[str, LazyString]] = {
    "received": lazy_gettext("Waits for you to choose its columns"),
    "rehearsing": lazy_gettext("Dry run under way"),
    "rehearsed": lazy_gettext("Waits for you to start it"),
    "importing": lazy_gettext("Is being brought in"),
    "done": lazy_gettext("Done"),
    "failed": lazy_gettext("Could not be read"),
}


@blueprint.app_template_filter("row_outcome")
def row_outcome(key: str) -> str:
    """What becomes of a row."""
    return str(_OUTCOMES.get(key, key))


@blueprint.app_template_filter("without_consent")
def without_consent(key: str) -> str:
    """Why somebody is kept without consent."""
    return str(_WITHOUT.get(key, key))


@blueprint.app_template_filter("why_stays")
def why_stays(key: str) -> str:
    """Why somebody stays when an import is taken back."""
    return str(_STAYS.get(key, key))


@blueprint.app_template_filter("file_state")
def file_state(key: str) -> str:
    """Where a file that was sent stands."""
    return str(_STATES.get(key, key))


@blueprint.app_template_filter("put_aside")
def put_aside(reason: str) -> str:
    """Why a row was put aside."""
    return worded(reason)

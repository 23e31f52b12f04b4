"""A partner signs on to a demand, confirms by email, withdraws; each step leaves its trace."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.contacts.identity import clean_name, email_hash, normalise_email
from mobilize.core.columns import keyring_of_session
from mobilize.core.errors import Conflict, InvalidInput
from mobilize.core.i18n import Language, is_language
from mobilize.messaging.queueing import queue_to_address
from mobilize.partners import queries
from mobilize.partners.models import Partner, SignOn, SignOnEvent
from mobilize.strategy.models import DemandVersion

CONFIRM: Final = "sign-on"
MANAGE: Final = "sign-on-manage"
CONFIRM_WITHIN: Final = timedelta(days=7)
_LONGEST: Final = {"signatory_title": 200, "conditions": 2000}


@dataclass(frozen=True, kw_only=True)
class SignOnRequest:
    """What a representative fills in.

    Attributes:
        organization: The partner's public id, or its name in either language as typed.
        board_date: When the organization's board decided, where it did.
        conditions: Under what reservation it signs, in its own words.
    """

    demand_version_id: int
    organization: str
    email: str
    signatory_name: str
    signatory_title: str = ""
    language: Language
    board_date: date | None = None
    conditions: str = ""
    visibility: Literal["public", "private"] = "public"


def request_sign_on(session: Session, *, request: SignOnRequest, now: datetime) -> SignOn | None:
    """Ask for a sign-on; it counts once the mail to the representative is answered.

    Whoever asks gets the same answer whatever comes of it, so that nobody learns who is on file.
    It goes on only where the address belongs to somebody who may sign for that partner; all else
    becomes an entry of the audit log for organizers to look at, without the address.

    Returns:
        The pending sign-on, or None where there is none to confirm.

    Raises:
        InvalidInput: The form is not filled in, or the demand's version is not the adopted one.
    """
    version = _adopted(session, request.demand_version_id)
    email = normalise_email(request.email)
    name = clean_name(request.signatory_name)
    _check(request, name)
    address = email_hash(keyring_of_session(session), email)
    partner = _partner(session, address, request.organization)
    if partner is None:
        _note_unmatched(session, version, request, address, now)
        return None
    standing = queries.open_sign_on(session, partner.id, version.id)
    if standing is not None and not _has_lapsed(standing, now):
        # A second mail to the same address could be used to pester; the first one still works.
        return standing if standing.state == "pending" else None
    if standing is not None:
        standing.state = "lapsed"
        _note(session, standing, "lapsed", now)
        session.flush()
    sign_on = SignOn(
        partner_id=partner.id,
        demand_version_id=version.id,
        signatory_name=name,
        signatory_title=clean_name(request.signatory_title),
        email=email,
        email_hash=address,
        language=request.language,
        board_date=request.board_date,
        conditions=request.conditions.replace("\0", "").strip(),
        visibility=request.visibility,
        created_at=now,
    )
    session.add(sign_on)
    session.flush()
    _note(session, sign_on, "requested", now, visibility=request.visibility)
    _mail(session, "sign-on-confirm", sign_on, partner, version, now)
    return sign_on


def confirm_sign_on(session: Session, *, sign_on_id: int, now: datetime) -> SignOn:
    """Count a sign-on, since its representative answered the mail; again changes nothing.

    Raises:
        NotFound: There is no such sign-on.
        Conflict: It was withdrawn or lapsed, or the demand was changed meanwhile.
    """
    sign_on = queries.sign_on(session, sign_on_id)
    if sign_on.state == "confirmed":
        return sign_on
    if sign_on.state != "pending" or _has_lapsed(sign_on, now):
        raise Conflict("This sign-on is no longer open.", hint="Sign on again.")
    version = session.get_one(DemandVersion, sign_on.demand_version_id)
    if version.state != "adopted":
        raise Conflict(
            "The demand was changed since you signed.", hint="Read it as it stands, and sign again."
        )
    sign_on.state, sign_on.confirmed_at = "confirmed", now
    _note(session, sign_on, "confirmed", now)
    partner = session.get_one(Partner, sign_on.partner_id)
    _mail(session, "sign-on-confirmed", sign_on, partner, version, now)
    return sign_on


def withdraw_sign_on(session: Session, *, sign_on_id: int, now: datetime) -> SignOn:
    """Take a sign-on back; what was stays on its trail, and the partner may sign again.

    Raises:
        NotFound: There is no such sign-on.
    """
    sign_on = queries.sign_on(session, sign_on_id)
    if sign_on.state not in {"pending", "confirmed"}:
        return sign_on
    was = sign_on.state
    sign_on.state, sign_on.withdrawn_at = "withdrawn", now
    _note(session, sign_on, "withdrawn", now, was=was)
    version = session.get_one(DemandVersion, sign_on.demand_version_id)
    partner = session.get_one(Partner, sign_on.partner_id)
    _mail(session, "sign-on-withdrawn", sign_on, partner, version, now)
    return sign_on


def _adopted(session: Session, demand_version_id: int) -> DemandVersion:
    version = session.get(DemandVersion, demand_version_id)
    if version is None or version.state != "adopted":
        raise InvalidInput(
            "Only the adopted version of a demand can be signed.",
            hint="Open the demand's page and sign from there.",
            fields={"demand_version_id": "not_adopted"},
        )
    return version


def _check(request: SignOnRequest, name: str) -> None:
    fields = {}
    if not name:
        fields["signatory_name"] = "missing"
    if not request.organization.strip():
        fields["organization"] = "missing"
    if not is_language(request.language):
        fields["language"] = "unknown"
    if request.visibility not in {"public", "private"}:
        fields["visibility"] = "unknown"
    for field, most in _LONGEST.items():
        if len(getattr(request, field)) > most:
            fields[field] = "too_long"
    if fields:
        raise InvalidInput(f"Please look again at: {', '.join(fields)}.", fields=fields)


def _partner(session: Session, address: bytes, organization: str) -> Partner | None:
    named = queries.partner_named(session, organization)
    may_sign_for = {partner.id for partner in queries.partners_to_sign_for(session, address)}
    return named if named is not None and named.id in may_sign_for else None


def _note_unmatched(
    session: Session, version: DemandVersion, request: SignOnRequest, address: bytes, now: datetime
) -> None:
    named = queries.partner_named(session, request.organization)
    audit.record(
        session,
        now=now,
        actor="supporter",
        action="sign-on.unmatched",
        subject_kind="demand_version",
        subject_id=version.public_id,
        facts={
            "partner": named.public_id if named else None,
            "may_sign_for_another": bool(queries.partners_to_sign_for(session, address)),
        },
    )


def _has_lapsed(sign_on: SignOn, now: datetime) -> bool:
    return sign_on.state == "pending" and sign_on.created_at + CONFIRM_WITHIN <= now


def _note(session: Session, sign_on: SignOn, kind: str, now: datetime, **facts: Any) -> None:
    session.add(SignOnEvent(sign_on_id=sign_on.id, kind=kind, facts=facts, at=now))


def _mail(
    session: Session,
    template_key: str,
    sign_on: SignOn,
    partner: Partner,
    version: DemandVersion,
    now: datetime,
) -> None:
    if sign_on.email is None or not is_language(sign_on.language):
        return
    french = sign_on.language == "fr"
    links: dict[str, dict[str, Any]] = {
        "manage_url": {
            "purpose": MANAGE,
            "id": sign_on.id,
            "path": "/{language}/sign-on/manage/{token}",
        }
    }
    if template_key == "sign-on-confirm":
        links["confirm_url"] = {
            "purpose": CONFIRM,
            "id": sign_on.id,
            "path": "/{language}/sign-on/confirm/{token}",
            "expires_at": (sign_on.created_at + CONFIRM_WITHIN).isoformat(),
        }
    queue_to_address(
        session,
        template_key=template_key,
        address=sign_on.email,
        language=sign_on.language,
        dedupe_key=f"{template_key}:{sign_on.id}",
        variables={
            "organization": partner.name_fr if french else partner.name_en,
            "demand": version.title_fr if french else version.title_en,
        },
        links=links,
        now=now,
    )

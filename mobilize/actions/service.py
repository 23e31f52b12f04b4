"""What organizers do with campaigns: write, review, publish and close them."""

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from mobilize.accounts import audit
from mobilize.actions.models import Campaign, CampaignText
from mobilize.actions.queries import campaign_by_id, campaign_by_slug, texts
from mobilize.actions.texts import TextDraft, parity_problems
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.i18n import Language
from mobilize.strategy.models import DemandVersion

LONGEST_SLUG: Final = 60
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create_campaign(
    session: Session,
    *,
    slug: str,
    demand_version_id: int,
    actor: str,
    now: datetime,
    goal: int | None = None,
    opens_on: date | None = None,
    closes_on: date | None = None,
    created_by: int | None = None,
) -> Campaign:
    """Begin a campaign under a version of a demand, as a draft without texts.

    Raises:
        Conflict: The slug is taken.
        InvalidInput: The slug would not stand well in an address, the campaign would close before
            it opens, or its goal is not positive.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise InvalidInput(
            "The short name cannot stand in an address.",
            hint="Write small letters, digits and single hyphens, such as open-work-permits.",
            fields={"slug": "Small letters, digits and hyphens only."},
        )
    if campaign_by_slug(session, slug) is not None:
        raise Conflict(f"There is a campaign `{slug}` already.", hint="Choose another short name.")
    _check(goal, opens_on, closes_on)
    campaign = Campaign(
        slug=slug,
        demand_version_id=demand_version_id,
        goal=goal,
        opens_on=opens_on,
        closes_on=closes_on,
        created_by=created_by,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    _note(session, campaign, "create", actor, now)
    return campaign


def change_campaign(
    session: Session,
    *,
    campaign_id: int,
    demand_version_id: int,
    goal: int | None,
    opens_on: date | None,
    closes_on: date | None,
    actor: str,
    now: datetime,
) -> Campaign:
    """Put a draft under another version or demand, or change its goal and days.

    Raises:
        Conflict: The campaign is no draft, so that people act on it now.
        InvalidInput: It would close before it opens, or its goal is not positive.
    """
    campaign = campaign_by_id(session, campaign_id)
    if campaign.state != "draft":
        raise Conflict(
            "A published campaign cannot change.", hint="Close it and begin a new campaign."
        )
    _check(goal, opens_on, closes_on)
    campaign.demand_version_id = demand_version_id
    campaign.goal, campaign.opens_on, campaign.closes_on = goal, opens_on, closes_on
    session.flush()
    _note(session, campaign, "change", actor, now)
    return campaign


def save_text(
    session: Session, *, campaign_id: int, language: Language, draft: TextDraft
) -> CampaignText:
    """Keep what a campaign says in one language; a changed text must be reviewed again.

    Raises:
        Conflict: The campaign is published, so that people act on its text now.
        InvalidInput: A part is empty, or a merge field is not known.
    """
    campaign = campaign_by_id(session, campaign_id)
    tidy = draft.tidied(language)
    digest = tidy.digest()
    text = session.get(CampaignText, (campaign_id, language))
    if text is not None and text.sha256 == digest:
        return text
    if campaign.state != "draft":
        raise Conflict(
            "The text of a published campaign cannot change.",
            hint="Close it and begin a new campaign.",
        )
    if text is None:
        text = CampaignText(campaign_id=campaign_id, language=language)
        session.add(text)
    for name, part in asdict(tidy).items():
        setattr(text, name, part)
    text.sha256 = digest
    text.reviewed_at = None
    text.reviewed_by = None
    session.flush()
    return text


def mark_reviewed(
    session: Session,
    *,
    campaign_id: int,
    language: Language,
    account_id: int | None,
    actor: str,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Note that somebody has read the text as it now stands.

    Args:
        session: The session of the transaction.
        campaign_id: The campaign.
        language: Which of its texts.
        account_id: Who read it.
        actor: The same, as the audit log names them.
        now: When.
        seen: The digest of the text that was read, where it was read elsewhere.

    Raises:
        NotFound: There is no text in that language.
        Conflict: What was read is not the text any more.
    """
    text = session.get(CampaignText, (campaign_id, language))
    if text is None:
        raise NotFound(f"The campaign has no text in {language}.", hint="Write it first.")
    if seen is not None and seen != text.sha256:
        raise Conflict(
            "The words changed since you opened the page.", hint="Read them again first."
        )
    text.reviewed_at = now
    text.reviewed_by = account_id
    session.flush()
    campaign = campaign_by_id(session, campaign_id)
    _note(session, campaign, "review", actor, now, language=language, sha256=text.sha256)


def publish(session: Session, *, campaign_id: int, actor: str, now: datetime) -> Campaign:
    """Let people act on a campaign; publishing again changes nothing.

    Raises:
        Conflict: It was closed, its demand's text is not adopted, or its texts do not match in
            both languages; every reason is named.
    """
    campaign = campaign_by_id(session, campaign_id)
    if campaign.state == "published":
        return campaign
    if campaign.state == "closed":
        raise Conflict("The campaign was closed.", hint="Begin a new one.")
    problems = parity_problems(texts(session, campaign_id))
    version = session.get_one(DemandVersion, campaign.demand_version_id)
    if version.state != "adopted":
        problems.append("the text of its demand is a draft that nobody has adopted")
    if problems:
        raise Conflict(
            f"The campaign cannot be published: {'; '.join(problems)}.",
            hint="Put these right, review both languages, then publish.",
            fields={"problems": problems},
        )
    campaign.state = "published"
    campaign.published_at = now
    session.flush()
    _note(session, campaign, "publish", actor, now)
    return campaign


def close(session: Session, *, campaign_id: int, actor: str, now: datetime) -> Campaign:
    """End a campaign: its page thanks and takes no more reports; closing again changes nothing."""
    campaign = campaign_by_id(session, campaign_id)
    if campaign.state != "closed":
        campaign.state = "closed"
        campaign.closed_at = now
        session.flush()
        _note(session, campaign, "close", actor, now)
    return campaign


def _check(goal: int | None, opens_on: date | None, closes_on: date | None) -> None:
    if opens_on and closes_on and closes_on < opens_on:
        raise InvalidInput("The campaign would close before it opens.", hint="Swap the dates.")
    if goal is not None and goal < 1:
        raise InvalidInput("The goal is not positive.", hint="Leave it empty for no goal.")


def _note(
    session: Session, campaign: Campaign, verb: str, actor: str, now: datetime, **facts: Any
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        action=f"campaign.{verb}",
        subject_kind="campaign",
        subject_id=campaign.public_id,
        facts=facts,
    )

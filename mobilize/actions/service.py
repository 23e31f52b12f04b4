"""What organizers do with campaigns: write, review, publish and close them."""

from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy.orm import Session

from mobilize.actions.models import Campaign, CampaignText
from mobilize.actions.queries import campaign_by_id, campaign_by_slug, texts
from mobilize.actions.texts import TextDraft, parity_problems
from mobilize.core.errors import Conflict, InvalidInput, NotFound
from mobilize.core.i18n import Language
from mobilize.strategy.models import DemandVersion


def create_campaign(
    session: Session,
    *,
    slug: str,
    demand_version_id: int,
    now: datetime,
    goal: int | None = None,
    opens_on: date | None = None,
    closes_on: date | None = None,
    created_by: int | None = None,
) -> Campaign:
    """Begin a campaign under a version of a demand, as a draft without texts.

    Raises:
        Conflict: The slug is taken.
        InvalidInput: It would close before it opens, or its goal is not positive.
    """
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
    return campaign


def change_campaign(
    session: Session,
    *,
    campaign_id: int,
    demand_version_id: int,
    goal: int | None,
    opens_on: date | None,
    closes_on: date | None,
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
    now: datetime,
) -> None:
    """Note that somebody has read the text as it now stands.

    Raises:
        NotFound: There is no text in that language.
    """
    text = session.get(CampaignText, (campaign_id, language))
    if text is None:
        raise NotFound(f"The campaign has no text in {language}.", hint="Write it first.")
    text.reviewed_at = now
    text.reviewed_by = account_id
    session.flush()


def publish(session: Session, *, campaign_id: int, now: datetime) -> Campaign:
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
    return campaign


def close(session: Session, *, campaign_id: int, now: datetime) -> Campaign:
    """End a campaign: its page thanks and takes no more reports; closing again changes nothing."""
    campaign = campaign_by_id(session, campaign_id)
    if campaign.state != "closed":
        campaign.state = "closed"
        campaign.closed_at = now
        session.flush()
    return campaign


def _check(goal: int | None, opens_on: date | None, closes_on: date | None) -> None:
    if opens_on and closes_on and closes_on < opens_on:
        raise InvalidInput("The campaign would close before it opens.", hint="Swap the dates.")
    if goal is not None and goal < 1:
        raise InvalidInput("The goal is not positive.", hint="Leave it empty for no goal.")

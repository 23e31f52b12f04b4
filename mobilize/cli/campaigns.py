"""`mobilize campaigns`: bringing in the campaigns that travel with the software, as drafts."""

import click
from sqlalchemy.orm import Session

from mobilize.actions import queries, service
from mobilize.actions.content import CampaignContent, read_campaigns
from mobilize.cli.context import Call, json_option, with_call
from mobilize.core.errors import NotFound
from mobilize.strategy.queries import require_adopted


@click.group()
def campaigns() -> None:
    """Campaigns: what we ask supporters to do. They are written and published in the console."""


@campaigns.command()
@click.argument("slug", required=False)
@json_option
@with_call
def load(call: Call, slug: str | None, as_json: bool) -> None:
    """Bring in the campaigns of config/strategy/campaigns.toml, or the one with SLUG, as drafts.

    Each stands under the adopted version of its demand, so the demand is adopted first. A campaign
    that is there already is left as it is.
    """
    chosen = [one for one in read_campaigns() if slug in {None, one.slug}]
    if not chosen:
        raise NotFound(
            f"campaigns.toml has no campaign `{slug}`.", hint="Leave the name out to load all."
        )
    with call.runtime() as runtime, runtime.db.transaction() as session:
        now = runtime.clock.now()
        done = {}
        for content in chosen:
            if queries.campaign_by_slug(session, content.slug) is not None:
                done[content.slug] = "was there"
                continue
            campaign = service.create_campaign(
                session,
                slug=content.slug,
                demand_version_id=require_adopted(session, content.demand).id,
                goal=content.goal,
                opens_on=content.opens_on,
                closes_on=content.closes_on,
                actor="command",
                now=now,
            )
            _write_texts(session, campaign.id, content)
            done[content.slug] = "loaded as a draft"
    if as_json:
        call.answer({"campaigns": done})
        return
    for name, what in done.items():
        call.say(f"{name}: {what}")
    call.say("Have it reviewed in both languages, then publish it in the console.")


def _write_texts(session: Session, campaign_id: int, content: CampaignContent) -> None:
    for language, draft in content.texts.items():
        service.save_text(session, campaign_id=campaign_id, language=language, draft=draft)


@campaigns.command("list")
@json_option
@with_call
def list_all(call: Call, as_json: bool) -> None:
    """The campaigns of this installation, the newest first."""
    with call.runtime() as runtime, runtime.db.read() as session:
        rows = [
            {"id": one.public_id, "slug": one.slug, "state": one.state}
            for one in queries.campaigns(session)
        ]
    if as_json:
        call.answer({"campaigns": rows})
        return
    for row in rows:
        call.say(f"{row['id']}  {row['state']:<10} {row['slug']}")

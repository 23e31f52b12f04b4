"""Reads that join several features, for the console's pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from mobilize.accounts.models import Account
from mobilize.actions.models import Campaign, CampaignText, Participation
from mobilize.alerts.models import Alert, AlertStep
from mobilize.core.errors import NotFound
from mobilize.core.i18n import Language
from mobilize.followups.models import PlanStep
from mobilize.messaging.deciding import unknown_by_mailing
from mobilize.messaging.models import Template, TemplateText
from mobilize.messaging.progress import counts_of
from mobilize.messaging.states import FORWARD
from mobilize.mps.models import Mandate, Mp
from mobilize.mps.wording import styled_name
from mobilize.partners.models import SignOn
from mobilize.strategy.models import Demand, DemandVersion, MilestoneOccurrence

RUNNING: Final = ("sending", "paused")
_LISTED: Final = 20


@dataclass(frozen=True)
class NamedCampaign:
    """A campaign as a choice or a line of a list shows it."""

    id: int
    public_id: str
    slug: str
    state: str
    title: str


@dataclass(frozen=True)
class Tally:
    """Where the messages of an alert stand, in the few numbers that a list has room for."""

    waiting: int = 0
    on_the_way: int = 0
    delivered: int = 0
    not_sent: int = 0

    @property
    def all(self) -> int:
        """Every message."""
        return self.waiting + self.on_the_way + self.delivered + self.not_sent


_HEADINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(FORWARD, "not_sent"),
    "queued": "waiting",
    "unknown": "on_the_way",
    "accepted": "on_the_way",
    "deferred": "on_the_way",
    "delivered": "delivered",
}
"""Under which heading of a tally each state of a message is counted."""


def named_campaigns(session: Session, language: Language) -> list[NamedCampaign]:
    """Every campaign with its title, the newest first; without a text, by its slug."""
    rows = session.execute(
        select(
            Campaign.id,
            Campaign.public_id,
            Campaign.slug,
            Campaign.state,
            func.coalesce(CampaignText.title, Campaign.slug),
        )
        .outerjoin(
            CampaignText,
            (CampaignText.campaign_id == Campaign.id) & (CampaignText.language == language),
        )
        .order_by(Campaign.id.desc())
    )
    return [NamedCampaign(*row) for row in rows]


def account_names(session: Session, account_ids: Collection[int | None]) -> dict[int | None, str]:
    """The names of accounts, by id; nobody's is empty."""
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids)))
    return {None: "", **dict(rows.all())}


def completed_by_campaign(session: Session) -> dict[int, int]:
    """How many people completed each campaign's action; one that nobody completed is absent."""
    rows = session.execute(
        select(Participation.campaign_id, func.count()).group_by(Participation.campaign_id)
    )
    return dict(rows.all())


def offered_templates(session: Session) -> Sequence[Template]:
    """The templates that an alert may begin from; what only the software sends is not among them.

    A campaign's own templates have a key too, so that their texts tell: they lead to the action.
    """
    leads_to_action = (
        select(TemplateText.id)
        .where(
            TemplateText.template_id == Template.id,
            TemplateText.body.contains("action_url"),
        )
        .exists()
    )
    return session.scalars(
        select(Template).where(leads_to_action).order_by(Template.id.desc())
    ).all()


def followup_templates(session: Session) -> Sequence[Template]:
    """The templates that a plan's steps may say; what only the software sends is not among them."""
    only_software = or_(
        Template.key.in_(("thank-you", "sign-on-withdrawn")),
        Template.key.like("sign-on-confirm%"),
    )
    return session.scalars(
        select(Template)
        .where(or_(Template.key.is_(None), ~only_software))
        .order_by(Template.id.desc())
    ).all()


def is_shared(session: Session, template_id: int, *, alert_id: int) -> bool:
    """Whether others than one alert say what a template says: its words are then not its own."""
    key = session.scalar(select(Template.key).where(Template.id == template_id))
    in_alerts = select(AlertStep.id).where(
        AlertStep.template_id == template_id,
        or_(AlertStep.alert_id != alert_id, AlertStep.mailing_id.is_not(None)),
    )
    in_plans = select(PlanStep.id).where(PlanStep.template_id == template_id)
    used = session.scalar(select(or_(in_alerts.exists(), in_plans.exists())))
    return key is not None or bool(used)


def running_alerts(session: Session) -> Sequence[Alert]:
    """The alerts that are on their way, the latest first."""
    return session.scalars(
        select(Alert).where(Alert.state.in_(RUNNING)).order_by(Alert.launched_at.desc())
    ).all()


def alerts_to_approve(session: Session) -> Sequence[Alert]:
    """The alerts that wait for a second person, the oldest first."""
    return session.scalars(
        select(Alert).where(Alert.state == "in_review").order_by(Alert.id).limit(_LISTED)
    ).all()


def tallies(session: Session, alert_ids: Collection[int]) -> dict[int, Tally]:
    """Where the messages of several alerts stand; long lists are counted every few seconds only."""
    steps = session.execute(
        select(AlertStep.mailing_id, AlertStep.alert_id).where(
            AlertStep.alert_id.in_(alert_ids), AlertStep.mailing_id.is_not(None)
        )
    ).all()
    alert_of = {mailing_id: alert_id for mailing_id, alert_id in steps if mailing_id is not None}
    counted: dict[int, dict[str, int]] = {alert_id: {} for alert_id in alert_ids}
    for count in counts_of(session, alert_of).answer:
        numbers, heading = counted[alert_of[count.mailing_id]], _HEADINGS[count.state]
        numbers[heading] = numbers.get(heading, 0) + count.people
    return {alert_id: Tally(**numbers) for alert_id, numbers in counted.items()}


def count_pending_sign_ons(session: Session) -> int:
    """Sign-ons that wait to be confirmed by their signatory."""
    return (
        session.scalar(select(func.count()).select_from(SignOn).where(SignOn.state == "pending"))
        or 0
    )


def count_unknown(session: Session) -> int:
    """Messages of which the provider never said whether it took them."""
    return sum(group.count for group in unknown_by_mailing(session))


def mp_names(
    session: Session, mandate_ids: Collection[int | None], language: Language
) -> dict[int | None, str]:
    """Who held each mandate, with the honorific; a vacant seat has no name."""
    rows = session.execute(
        select(Mandate.id, Mp.honorific, Mp.given_name, Mp.family_name)
        .join(Mp, Mp.id == Mandate.mp_id)
        .where(Mandate.id.in_(mandate_ids))
    )
    return {
        None: "",
        **{
            mandate_id: styled_name(honorific, given_name, family_name, language)
            for mandate_id, honorific, given_name, family_name in rows
        },
    }


def template_names(session: Session, template_ids: Collection[int]) -> dict[int, str]:
    """What templates are called, by id."""
    rows = session.execute(select(Template.id, Template.name).where(Template.id.in_(template_ids)))
    return dict(rows.all())


class Signed(NamedTuple):
    """A partner's sign-on as a list shows it: to what, in which state, without the signatory."""

    title_en: str
    title_fr: str
    version: int
    state: str
    visibility: str

    def title(self, language: Language) -> str:
        """The demand's title in one language."""
        return self.title_fr if language == "fr" else self.title_en


def sign_ons_by_partner(session: Session, partner_ids: Collection[int]) -> dict[int, list[Signed]]:
    """What partners signed, in the order of the demands; what lapsed is left out."""
    rows = session.execute(
        select(SignOn, DemandVersion)
        .join(DemandVersion, DemandVersion.id == SignOn.demand_version_id)
        .where(SignOn.partner_id.in_(partner_ids), SignOn.state != "lapsed")
        .order_by(DemandVersion.demand_id, DemandVersion.number)
    )
    found: dict[int, list[Signed]] = {partner_id: [] for partner_id in partner_ids}
    for sign_on, version in rows:
        found[sign_on.partner_id].append(
            Signed(
                version.title_en,
                version.title_fr,
                version.number,
                sign_on.state,
                sign_on.visibility,
            )
        )
    return found


def newest_versions(session: Session) -> dict[int, DemandVersion]:
    """The newest words of every demand, adopted or not, by the demand."""
    newer = aliased(DemandVersion)
    is_newest = ~(
        select(newer.id)
        .where(newer.demand_id == DemandVersion.demand_id, newer.number > DemandVersion.number)
        .exists()
    )
    rows = session.scalars(select(DemandVersion).where(is_newest))
    return {version.demand_id: version for version in rows}


def demand_titles(session: Session, language: Language) -> dict[str, str]:
    """What each demand is called, by its slug, in its newest words."""
    slugs = dict(session.execute(select(Demand.id, Demand.slug)).all())
    return {
        slugs[demand_id]: version.title_fr if language == "fr" else version.title_en
        for demand_id, version in newest_versions(session).items()
    }


def occurrence_by_ref(session: Session, ref: str) -> MilestoneOccurrence:
    """A milestone's date that a page names.

    Raises:
        NotFound: There is none.
    """
    found = session.scalar(select(MilestoneOccurrence).where(MilestoneOccurrence.public_id == ref))
    if found is None:
        raise NotFound("There is no such date.", hint="Look it up in the calendar.")
    return found

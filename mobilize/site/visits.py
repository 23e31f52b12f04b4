"""Who comes to a campaign, through which door, and the addresses of the steps from there.

Two doors lead to the same steps: `a`, a personal link, behind which stands a contact; and `c`, the
campaign's public page, behind which stands nobody. Between steps, what was chosen travels sealed in
the path: no address says in plain words who somebody is or where they live.
"""

from dataclasses import dataclass
from typing import Final, Literal

from flask import url_for
from sqlalchemy.orm import Session

from mobilize.actions import queries as actions
from mobilize.actions.models import Campaign, CampaignText
from mobilize.core.errors import NotFound
from mobilize.core.http import page_language
from mobilize.runtime import runtime

Door = Literal["a", "c"]

_ACT: Final = "act"
_PLACE: Final = "place"
_RECEIPT: Final = "receipt"


class DeadEnd(NotFound):
    """A link or campaign from which nobody can act now; a page leads on to the open campaigns.

    Args:
        was_real: Whether the link did lead to a campaign, which is over.
    """

    def __init__(self, *, was_real: bool) -> None:
        super().__init__("This link leads nowhere now.")
        self.was_real = was_real


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person, known or not, at one open campaign."""

    door: Door
    key: str
    campaign: Campaign
    text: CampaignText
    contact_id: int | None = None
    message_id: int | None = None
    riding_id: int | None = None

    @property
    def is_personal(self) -> bool:
        """Whether a personal link brought this visit."""
        return self.door == "a"

    def start(self) -> str:
        """The address of the campaign's first page."""
        return url_for("site.campaign", door=self.door, key=self.key)

    def where(self) -> str:
        """The address at which a riding is found."""
        return url_for("site.find_riding", door=self.door, key=self.key)

    def at(self, riding_id: int) -> str:
        """The address of the campaign's first page for a riding."""
        return url_for("site.campaign_at", door=self.door, key=self.key, place=_place(riding_id))

    def not_mine(self, riding_id: int) -> str:
        """The address at which somebody says that a riding's MP is not theirs."""
        return url_for(
            "site.ask_what_is_wrong", door=self.door, key=self.key, place=_place(riding_id)
        )

    def act(self, riding_id: int, channel: str) -> str:
        """The address of the words for one way to act, and of its report."""
        return url_for(
            "site.act",
            door=self.door,
            key=self.key,
            place=_place(riding_id),
            channel=channel,
        )

    def to_pass_on(self) -> str:
        """The whole address of the campaign's public page, the same for everybody."""
        path = url_for("site.campaign", door="c", key=self.campaign.slug)
        return f"{runtime().settings.site.public_url.rstrip('/')}{path}"

    def thanks(self, mp_contact_id: int) -> str:
        """The address of the thank-you page for a report that is kept."""
        receipt = runtime().links.seal(_RECEIPT, mp_contact_id)
        return url_for("site.thanks", door=self.door, key=self.key, receipt=receipt)


def visit(session: Session, door: Door, key: str) -> Visit:
    """The visit that a door and its key open.

    Args:
        session: The session to read with.
        door: `a` or `c`.
        key: The personal token, or the campaign's slug.

    Raises:
        DeadEnd: The token is forged or expired, or the campaign is not there or not open.
    """
    now = runtime().clock.now()
    arrival = None
    if door == "a":
        message_id = runtime().links.open(_ACT, key, now=now)
        arrival = None if message_id is None else actions.arrival(session, message_id)
        campaign = actions.campaign_by_id(session, arrival.campaign_id) if arrival else None
    else:
        campaign = actions.campaign_by_slug(session, key)
    if campaign is None or campaign.state == "draft":
        raise DeadEnd(was_real=False)
    if not actions.is_open(campaign, on=now.date()):
        raise DeadEnd(was_real=True)
    return Visit(
        door=door,
        key=key,
        campaign=campaign,
        text=actions.texts(session, campaign.id)[page_language()],
        contact_id=arrival.contact_id if arrival else None,
        message_id=arrival.message_id if arrival else None,
        riding_id=arrival.riding_id if arrival else None,
    )


def riding_at(place: str) -> int:
    """The riding that a sealed place names.

    Raises:
        NotFound: It was not sealed here.
    """
    return _opened(_PLACE, place)


def contact_of(receipt: str) -> int:
    """The MP contact that a sealed receipt names.

    Raises:
        NotFound: It was not sealed here.
    """
    return _opened(_RECEIPT, receipt)


def _place(riding_id: int) -> str:
    return runtime().links.seal(_PLACE, riding_id)


def _opened(purpose: str, token: str) -> int:
    row_id = runtime().links.open(purpose, token, now=runtime().clock.now())
    if row_id is None:
        raise NotFound("There is nothing at this address.")
    return row_id

"""The words in which a form asks for consent: what is shown is exactly what is kept.

A request says who asks, for what, how to reach them, and that consent can be taken back (CASL
s. 10(1); the CRTC's regulations SOR/2012-36, s. 4). Each organization and each channel is asked
about by itself.
"""

from datetime import datetime
from typing import Final, NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from mobilize.contacts.consent_models import OUR_ORGANIZATION
from mobilize.contacts.opt_ins import Channel
from mobilize.contacts.wordings import wording_id
from mobilize.core.http import page_language
from mobilize.partners.models import Partner
from mobilize.settings import Site
from mobilize.strategy.models import DemandVersion

CHANNELS: Final[tuple[Channel, ...]] = ("email", "sms")


class Question(NamedTuple):
    """One box to tick.

    Attributes:
        name: The field's name.
        organization: `us`, or a partner's public id.
        label: The words beside the box.
    """

    name: str
    organization: str
    channel: Channel
    label: str


class Asking(NamedTuple):
    """What one organization asks: its boxes, and what holds for each of them."""

    organization: str
    name: str
    terms: str
    questions: tuple[Question, ...]

    def words(self, question: Question) -> str:
        """All that is said about one box, as it is kept."""
        return f"{question.label}\n{self.terms}"


def ours(site: Site) -> Asking:
    """What we ask."""
    name = site.organization_fr if page_language() == "fr" else site.organization_en
    terms = _(
        "You can take each yes back at any time: by the link under every email, by answering STOP "
        "to any text, or by writing to us. %(organization)s, %(address)s, %(contact)s.",
        organization=name,
        address=site.postal_address,
        contact=site.contact_email,
    )
    return _asking(OUR_ORGANIZATION, name, terms)


def partners(partner: Partner) -> Asking:
    """What a partner asks on a form that it shares with us."""
    name = partner.name_fr if page_language() == "fr" else partner.name_en
    terms = _(
        "%(organization)s is another organization with a list of its own: a yes to one is no yes "
        "to the other. You can take it back at any time by writing to it: %(website)s.",
        organization=name,
        website=partner.website,
    )
    return _asking(partner.public_id, name, terms)


def keep(session: Session, asking: Asking, question: Question, *, now: datetime) -> int:
    """The id of the words of one box, in the page's language."""
    return wording_id(
        session,
        name=f"sign-up form, {question.channel}",
        language=page_language(),
        text=asking.words(question),
        now=now,
    )


def title(version: DemandVersion) -> str:
    """What a topic is called in the page's language."""
    return version.title_fr if page_language() == "fr" else version.title_en


def _asking(organization: str, name: str, terms: str) -> Asking:
    labels: dict[Channel, str] = {
        "email": _(
            "Yes, %(organization)s may send me emails about its campaigns and how to take part.",
            organization=name,
        ),
        "sms": _(
            "Yes, %(organization)s may send me texts about its campaigns and how to take part.",
            organization=name,
        ),
    }
    by = "us" if organization == OUR_ORGANIZATION else "partner"
    return Asking(
        organization,
        name,
        terms,
        tuple(
            Question(f"{by}_{channel}", organization, channel, labels[channel])
            for channel in CHANNELS
        ),
    )

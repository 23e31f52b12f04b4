"""A campaign that is open, a person with a link to it, and a reader of pages."""

import re
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mobilize.actions.queries import campaigns
from mobilize.messaging.models import Message
from mobilize.runtime import Runtime
from tests.support.campaigns import AJAX, invited, open_campaign

_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_HIDDEN = re.compile(r'name="form_key" value="([^"]+)"')


@dataclass(frozen=True)
class Scene:
    """What a test of the public pages starts from."""

    runtime: Runtime
    client: FlaskClient
    message: Message

    @property
    def personal(self) -> str:
        """The personal page of a supporter in Ajax, in French."""
        return f"/fr/a/{self.runtime.links.seal('act', self.message.id)}"

    def link_to(self, page: TestResponse, ending: str) -> str:
        """The address of a link on a page, by how it ends."""
        found: str
        [found] = {link for link in _LINK.findall(page.text) if link.endswith(ending)}
        return found

    def form_key(self, page: TestResponse) -> str:
        """The number of a form on a page."""
        found = _HIDDEN.search(page.text)
        assert found is not None
        return str(found[1])

    def invite(self, riding: str | None) -> str:
        """The personal page of another supporter, in English."""
        with self.runtime.db.transaction() as session:
            [campaign] = campaigns(session)
            message = invited(
                session, campaign, self.runtime.clock.now(), riding=riding, language="en"
            )
        return f"/en/a/{self.runtime.links.seal('act', message.id)}"


@pytest.fixture
def scene(runtime: Runtime, client: FlaskClient, now: datetime) -> Scene:
    """The project's campaign, published, and one supporter who was invited to it."""
    with runtime.db.transaction() as session:
        campaign = open_campaign(session, now)
        message = invited(session, campaign, now, riding=AJAX)
    return Scene(runtime=runtime, client=client, message=message)

"""A person with a browser, for the demo: opens pages, fills in forms, follows where they lead.

No script runs; the pages are complete without.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

import requests
from typing_extensions import override

from mobilize.core.errors import MobilizeError

_SECONDS: Final = 30


@dataclass
class Form:
    """A form of a page, with what stands in it."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Radio buttons and selections: what may be chosen."""


class _Page(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "form":
            self._form = Form(urljoin(self.url, given.get("action") or self.url))
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input" and given.get("type") == "radio":
            self._form.choices.setdefault(name, []).append(given.get("value", ""))
        elif tag == "input" and given.get("type") not in {"checkbox", "submit"} and name:
            self._form.values[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and given.get("value"):
            self._form.choices.setdefault(self._select, []).append(given["value"])
        elif tag == "button" and name:
            self._form.choices.setdefault(name, []).append(given.get("value", ""))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""


class Visitor:
    """One person's visit.

    Args:
        public_url: The address that links in messages begin with.
        served_at: The address on this machine where the pages are really served.
    """

    def __init__(self, *, public_url: str, served_at: str) -> None:
        self._public = public_url.rstrip("/")
        self._served = served_at.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def act(self, link: str, *, channel: str, postal_code: str, **report: str) -> None:
        """Follow a personal link, find the riding where it is asked for, and report an action."""
        page = self._find_riding(self._get(link), postal_code)
        way = next(href for href in page.links if urlsplit(href).path.endswith(f"/{channel}"))
        form = self._form_with(self._get(way), "form_key")
        self._post(form, report)

    def sign_on(self, link: str, *, organization: str, **answers: str) -> None:
        """Fill in the form with which an organization signs a demand."""
        form = self._form_with(self._get(link), "partner")
        if organization not in form.choices["partner"]:
            raise MobilizeError("The organization is not in the form's list.")
        self._post(form, {"partner": organization, **answers})

    def press(self, link: str) -> None:
        """Open a page and press its first button: confirm, withdraw, leave."""
        form = self._get(link).forms[0]
        buttons = {name: values[0] for name, values in form.choices.items()}
        self._post(form, buttons)

    def _find_riding(self, page: _Page, postal_code: str) -> _Page:
        for _ in range(3):
            asked = [form for form in page.forms if "postal_code" in form.values]
            among = [form for form in page.forms if "riding" in form.choices]
            if among:
                first = among[0].choices["riding"][0]
                page = self._post(among[0], {"riding": first})
            elif asked:
                page = self._post(asked[0], {"postal_code": postal_code})
            else:
                break
        return page

    def _form_with(self, page: _Page, name: str) -> Form:
        for form in page.forms:
            if name in form.values or name in form.choices:
                return form
        raise MobilizeError(f"The page has no form with `{name}`.")

    def _get(self, url: str) -> _Page:
        return self._page(self._session.get(self._here(url), timeout=_SECONDS))

    def _post(self, form: Form, answers: dict[str, str]) -> _Page:
        filled = form.values | answers
        return self._page(
            self._session.post(self._here(form.action), data=filled, timeout=_SECONDS)
        )

    def _page(self, answer: requests.Response) -> _Page:
        if not answer.ok:
            path = urlsplit(answer.url).path.split("/")[2:3]
            raise MobilizeError(f"A page answered {answer.status_code} ({'/'.join(path)}).")
        page = _Page(answer.url)
        page.feed(answer.text)
        return page

    def _here(self, url: str) -> str:
        return url.replace(self._public, self._served, 1)

"""What a page makes a browser fetch, and where its links lead."""

import re
from html.parser import HTMLParser
from typing import Final

from typing_extensions import override

_FETCHED: Final = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "form": ("action",),
    "button": ("formaction",),
    "input": ("src", "formaction"),
    "use": ("href", "xlink:href"),
    "base": ("href",),
    "body": ("background",),
    "td": ("background",),
    "table": ("background",),
}
_IN_STYLE: Final = re.compile(r"""@import\s+["']?([^"';)]+)|url\(\s*["']?([^"')]+)""")


class Page(HTMLParser):
    """The addresses in a page: what is fetched or sent by itself, and what a person may follow."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.fetched += in_style(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        names = [*_FETCHED.get(tag, ()), "ping", "hx-get", "hx-post"]
        self.fetched += [str(given[name]) for name in names if given.get(name)]
        if tag == "meta" and (given.get("http-equiv") or "").lower() == "refresh":
            self.fetched.append((given.get("content") or "").partition("=")[2])


def in_style(text: str) -> list[str]:
    """The addresses that a stylesheet, or the styles of a page, would fetch."""
    return [first or second for first, second in _IN_STYLE.findall(text)]


def is_elsewhere(address: str, ours: str) -> bool:
    """Whether an address leads to another host than ours."""
    if address.startswith(("#", "data:", "tel:", "sms:", "mailto:")):
        return False
    if address.startswith("//"):
        return True
    return bool(re.match(r"[a-z][\w+.-]*:", address, re.IGNORECASE)) and not (
        address == ours or address.startswith(f"{ours}/")
    )

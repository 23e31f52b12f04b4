"""An organizer's Markdown as an email shows it: HTML in our layout, and a plain-text part."""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import css_inline
import mrml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence"])
_SPECIAL: Final = re.compile(r"[&<>\"']")

_STYLE: Final = """
p { margin: 0 0 16px; }
a { color: #0b4f8a; }
ul, ol { margin: 0 0 16px; padding-left: 24px; }
.button { display: inline-block; padding: 12px 20px; background: #0b4f8a; color: #ffffff;
  text-decoration: none; border-radius: 4px; font-weight: bold; }
.footer { color: #4a4a4a; font-size: 14px; line-height: 20px; }
"""

# The layout is MJML, so that it holds in old mail programs; it names no font of another host.
_LAYOUT: Final = """<mjml lang="{language}"><mj-head>
<mj-attributes><mj-all font-family="Arial, Helvetica, sans-serif" /></mj-attributes>
</mj-head><mj-body background-color="#f4f4f2">
<mj-section background-color="#ffffff" padding="24px 8px"><mj-column>
<mj-text font-size="17px" line-height="26px" color="#1c1c1c">{body}</mj-text>
</mj-column></mj-section>
<mj-section padding="8px"><mj-column>
<mj-text font-size="14px" line-height="20px" color="#4a4a4a">{footer}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def to_fragment(source: str) -> str:
    """Markdown as HTML; a paragraph that is only a link becomes a button."""
    tokens = _MARKDOWN.parse(source)
    for token in tokens:
        children = token.children or []
        if (
            token.type == "inline"
            and len(children) > 1
            and children[0].type == "link_open"
            and children[-1].type == "link_close"
            and sum(child.type == "link_open" for child in children) == 1
        ):
            children[0].attrSet("class", "button")
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return rendered


def to_inline(source: str) -> str:
    """Markdown within a line as HTML, without a paragraph around it."""
    rendered: str = _MARKDOWN.renderInline(source)
    return rendered


def to_text(source: str) -> str:
    """Markdown as a person would type it: a link's address after its words, lists with dashes."""
    blocks: list[str] = []
    prefix = ""
    for token in _MARKDOWN.parse(source):
        if token.type == "list_item_open":
            prefix = f"{token.info}. " if token.info else "- "
        elif token.type == "inline":
            blocks.append(prefix + _plain(token.children or []))
            prefix = ""
    return "\n\n".join(blocks)


def inline_to_text(source: str) -> str:
    """Markdown within a line as plain text."""
    return "".join(_plain(token.children or []) for token in _MARKDOWN.parseInline(source))


def _plain(tokens: Sequence[Token]) -> str:
    written: list[str] = []
    links: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            links.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            address = links.pop()
            if not "".join(written).endswith(address):
                written.append(f": {address}")
        elif token.type in {"softbreak", "hardbreak"}:
            written.append("\n")
        else:
            written.append(token.content)
    return "".join(written)


@lru_cache(maxsize=64)
def in_layout(fragment: str, footer: str, language: Language) -> str:
    """A fragment as a whole responsive HTML mail, its styles inlined.

    Raises:
        InvalidInput: The layout did not compile, or would ask another host for something.
    """
    source = _LAYOUT.format(language=language, body=fragment, footer=footer)
    options = mrml.RenderOptions(fonts={})
    page = mrml.to_html(source, render_options=options).content
    inlined = css_inline.inline(page, extra_css=_STYLE, load_remote_stylesheets=False)
    if "<link" in inlined or "@import" in inlined or "<img" in inlined:
        raise InvalidInput("The message would ask another host for something when it is opened.")
    return inlined


def escape_html(text: str) -> str:
    """A value for HTML text or an attribute."""
    # Names and our own links are plain nearly always.
    return html.escape(text, quote=True) if _SPECIAL.search(text) else text

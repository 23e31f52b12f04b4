"""An organizer's Markdown as an email shows it: HTML, and the plain-text part (`plain`)."""

import html
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mobilize.messaging.layout import button

PARSER: Final = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence"])
_SPECIAL: Final = re.compile(r"[&<>\"']")
EMPTY_LINES: Final = re.compile(r"\n[ \t]*\n\s*")
_PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")


def to_fragment(source: str) -> str:
    """Markdown as HTML; a paragraph that is only a link becomes a button, the first the ask."""
    return _rendered(_with_buttons(PARSER.parse(source)))


def to_footer(source: str) -> str:
    """Markdown as HTML, its links as they are: a footer asks nobody for anything."""
    return _rendered(PARSER.parse(source))


def to_inline(source: str) -> str:
    """Markdown within a line as HTML, without a paragraph around it; an empty line leaves room."""
    return "<br><br>".join(map(PARSER.renderInline, EMPTY_LINES.split(source)))


def is_lone_link(line: Sequence[Token]) -> bool:
    """Whether a line of text is one link and nothing else."""
    return (
        len(line) > 1
        and (line[0].type, line[-1].type) == ("link_open", "link_close")
        and sum(token.type == "link_open" for token in line) == 1
    )


def escape_html(text: str) -> str:
    """A value for HTML text or an attribute."""
    # Names and our own links are plain nearly always.
    return html.escape(text, quote=True) if _SPECIAL.search(text) else text


def escape_in_link(text: str) -> str:
    """A value for a part of a link's address: it can begin no scheme and leave no attribute."""
    return quote(text, safe="")


def literally(text: str) -> str:
    """A text as Markdown that means exactly these characters."""
    return _PUNCTUATION.sub(r"\\\1", text)


def _rendered(tokens: list[Token]) -> str:
    rendered: str = PARSER.renderer.render(tokens, PARSER.options, {})
    return rendered


def _with_buttons(tokens: list[Token]) -> list[Token]:
    """Put a button in the place of each paragraph that is a link alone; not in lists or quotes."""
    found: list[Token] = []
    buttons = 0
    for token in tokens:
        if (
            token.type != "paragraph_close"
            or token.level
            or not is_lone_link(found[-1].children or [])
        ):
            found.append(token)
            continue
        inline = found.pop()
        children = inline.children or []
        found.pop()
        inline.children = children[1:-1]
        words = _rendered([inline])
        made = Token("html_block", "", 0)
        href = escape_html(str(children[0].attrs["href"]))
        made.content = button(href, words, first=buttons == 0)
        found.append(made)
        buttons += 1
    return found

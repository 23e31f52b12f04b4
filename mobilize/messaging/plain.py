"""The plain-text part of a mail: what a person would type who has no letters but these.

Each paragraph is one line, which every program breaks at its own window's edge; a break put in at
a fixed width is broken a second time on a telephone. An address stands behind its words, within <>
where more follows (RFC 3986, appendix C), so that no program takes a full stop into it.
"""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from mobilize.messaging.markdown import EMPTY_LINES, PARSER, is_lone_link

RULE: Final = "-" * 20
"""A line across. Not the `-- ` of a signature: programs grey that out, or hide what is below it,
and below it stands how to leave."""
_ENDS: Final = frozenset({"bullet_list_close", "ordered_list_close", "blockquote_close"})


def to_text(source: str) -> str:
    """Markdown as plain text: paragraphs, lists and quotes with their marks, links written out."""
    return "\n".join(_lines(PARSER.parse(source))).strip("\n")


def inline_to_text(source: str) -> str:
    """Markdown within a line as plain text; an empty line stays one."""
    return "\n\n".join(map(_within_a_line, EMPTY_LINES.split(source)))


def _within_a_line(source: str) -> str:
    return "".join(_inline(token.children or []) for token in PARSER.parseInline(source))


def _lines(tokens: Sequence[Token]) -> list[str]:
    lines: list[str] = []
    marks: list[str] = []  # what each further line of the open lists and quotes begins with
    counts: list[int | None] = []
    first = ""  # what the next line begins with instead, for the mark of its list's item
    for token in tokens:
        match token.type:
            case "bullet_list_open":
                counts.append(None)
            case "ordered_list_open":
                counts.append(int(token.attrs.get("start", 1)))
            case "list_item_open":
                number = counts[-1]
                mark = "- " if number is None else f"{number}. "
                counts[-1] = None if number is None else number + 1
                first = (first or "".join(marks)) + mark
                marks.append(" " * len(mark))
            case "blockquote_open":
                marks.append("> ")
            case "inline" | "hr":
                written = RULE if token.type == "hr" else _block(token.children or [])
                for line in written.split("\n"):
                    lines.append((first or "".join(marks)) + line)
                    first = ""
            case "list_item_close" | "blockquote_close":
                marks.pop()
                first = ""
                if lines and not lines[-1].strip(" >"):
                    lines[-1] = "".join(marks).rstrip()
            case "bullet_list_close" | "ordered_list_close":
                counts.pop()
        if _leaves_room(token, counts) and lines and lines[-1].strip(" >"):
            lines.append("".join(marks).rstrip())
    return lines


def _leaves_room(token: Token, open_lists: Sequence[object]) -> bool:
    """Whether an empty line follows: after a block, but not between the items of a tight list."""
    if token.type in {"paragraph_close", "heading_close"}:
        return not token.hidden
    return token.type == "hr" or (token.type in _ENDS and not open_lists)


def _block(tokens: Sequence[Token]) -> str:
    """A paragraph, its hard breaks as lines; a link alone on one of them as `words: address`."""
    rows: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "hardbreak":
            rows.append([])
        else:
            rows[-1].append(token)
    return "\n".join(_inline(row) for row in rows)


def _inline(tokens: Sequence[Token]) -> str:
    alone = is_lone_link(tokens)
    written: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((str(token.attrs.get("href", "")), len(written)))
        elif token.type == "link_close":
            address, began = links.pop()
            address = address.removeprefix("mailto:")
            if "".join(written[began:]) != address:
                written.append(f": {address}" if alone else f" <{address}>")
        elif token.type in {"softbreak", "hardbreak"}:
            written.append(" ")
        else:
            written.append(token.content)
    return "".join(written)

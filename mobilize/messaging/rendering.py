"""From a template's text to what one recipient gets: compiled once, filled in per person."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mobilize.core.errors import InvalidInput
from mobilize.core.i18n import Language
from mobilize.messaging import layout, liquid, markdown, plain, sms
from mobilize.messaging.liquid import Part, Values, Ways
from mobilize.messaging.marks import filled_in

PERSONAL: Final = frozenset(
    {
        "given_name",
        "riding",
        "mp",
        "action_url",
        "stay_url",
        "leave_url",
        "preferences_url",
    }
)
"""What differs by person in every mailing; a message's own variables and links come on top."""

DISCREET: Final = "discreet"
"""Among a recipient's values, set where they asked for discretion; no template can name it."""
_PREVIEW: Final[dict[Language, str]] = {
    "en": "A few lines for you.",
    "fr": "Quelques lignes pour vous.",
}
# A mail program fills its preview with the next words of the mail: blanks that take room follow, as
# many as the longest preview has, so that none of those words is reached.
_FILLER: Final = "&#8199;&#847; " * 100
_HIDDEN: Final = (
    '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;'
    'line-height:1px;color:#f4f4f2">{words} {filler}</div>'
)
_BODY: Final = re.compile(r"<body[^>]*>")

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Footer:
    """What the law and safety ask of every mail: who writes, from where, how to leave, a hotline.

    CASL s. 6(2) and its regulations: the sender's name, a mailing address, another way to reach
    them, and a way to unsubscribe that works for 60 days.
    """

    organization: str
    postal_address: str
    contact_email: str
    hotline_number: str
    preferences: bool = True
    """Whether it leads to the person's own page."""

    def source(self, language: Language) -> str:
        """The footer as a template in Markdown, with the leave link."""
        words = _FOOTER[language]
        lines = [
            f"**{self.organization}**  ",
            "  \n".join(part for part in (self.postal_address, self.contact_email) if part),
            "",
            words["hotline"].format(number=self.hotline_number),
            "",
        ]
        if self.preferences:
            lines.append(f"[{words['choose']}]({{{{ preferences_url }}}})  ")
        lines.append(f"[{words['leave']}]({{{{ leave_url }}}})")
        return "\n".join(lines)


_FOOTER: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "hotline": "Need support for yourself or someone else? A free, confidential line answers "
        "day and night, in many languages: {number}.",
        "choose": "Choose what you get, and how",
        "leave": "Leave this list in one step",
    },
    "fr": {
        "hotline": "Besoin d’appui pour vous ou pour une autre personne? Une ligne gratuite et "
        "confidentielle répond jour et nuit, en plusieurs langues\u00a0: {number}.",
        "choose": "Choisir ce que vous recevez, et comment",
        "leave": "Quitter cette liste en un geste",
    },
}


@dataclass(frozen=True)
class Rendered:
    """A message as one person gets it."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Compiled:
    """A template in one language: static texts with marks, and a part for each mark.

    Marks look like `~h0~`: SendGrid replaces them by the recipient's substitutions. No link of ours
    can hold one by chance, since a token has no tilde, and no value on purpose.
    """

    subject: str
    html: str
    text: str
    parts: Mapping[str, Part]

    def substitutions(self, columns: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
        """What stands in the place of each mark, recipient by recipient.

        What several recipients have alike, such as a riding or a first name, is worked out once.

        Args:
            columns: The values by name, one for each recipient; all are equally many.
        """
        count = max(map(len, columns.values()), default=0)
        blank = [""] * count
        filled = [
            _filled(part, [columns.get(name, blank) for name in part.names])
            for part in self.parts.values()
        ]
        marks = list(self.parts)
        rows = zip(*filled, strict=True) if filled else ((),) * count
        return [dict(zip(marks, row, strict=True)) for row in rows]

    def render(self, values: Values) -> Rendered:
        """The whole message for one recipient."""
        made = {mark: part.value(values) for mark, part in self.parts.items()}
        return Rendered(*(filled_in(text, made) for text in (self.subject, self.html, self.text)))


def compile_email(
    *,
    subject: str,
    body: str,
    language: Language,
    facts: Values,
    footer: Footer,
    discreet: bool = False,
) -> Compiled:
    """Compile an email's Markdown body and its subject, with the footer.

    Args:
        subject: The subject's template.
        body: The body's template, Markdown.
        language: The language of the text.
        facts: What is the same for everybody in this mailing.
        footer: Who writes, and how to leave.
        discreet: Whether somebody among those who get it asked for discretion: a mark before the
            first words then holds a neutral preview for them, and nothing for the others.
    """
    subject_pieces = liquid.fold(liquid.parse(subject, where="the subject"), facts, _as_it_is)
    body_pieces = liquid.fold(liquid.parse(body, where="the body"), facts, _as_no_markdown)
    body_pieces = liquid.breaks_outside(body_pieces)
    footer_pieces = liquid.parse(footer.source(language), where="the footer")
    parts: dict[str, Part] = {}
    compiled_subject = _compile(subject_pieces, "s", parts, _IN_LINE, _keep)
    page = layout.in_layout(
        _compile(body_pieces, "h", parts, _IN_HTML, markdown.to_fragment),
        _compile(footer_pieces, "f", parts, _IN_HTML, markdown.to_footer),
        language,
    )
    text = "\n\n".join(
        (
            _compile(body_pieces, "t", parts, _IN_TEXT, plain.to_text),
            plain.RULE,
            _compile(footer_pieces, "u", parts, _IN_TEXT, plain.to_text),
        )
    )
    if discreet:
        hidden = _HIDDEN.format(words=_PREVIEW[language], filler=_FILLER)
        parts |= {"~p0~": _if_discreet(hidden), "~p1~": _if_discreet(f"{_PREVIEW[language]}\n\n")}
        page = _BODY.sub(lambda found: f"{found[0]}~p0~", page, count=1)
        text = f"~p1~{text}"
    return Compiled(subject=one_line(compiled_subject), html=page, text=text, parts=parts)


def _if_discreet(words: str) -> Part:
    return Part((DISCREET,), lambda values: words if values.get(DISCREET) else "")


def _filled(part: Part, columns: Sequence[Sequence[str]]) -> Sequence[str]:
    if part in _OWN_LINKS.values():
        return columns[0]
    # For this batch alone: a process that runs for weeks must not collect people's names.
    if len(columns) == 1:
        (name,), write = part
        made = {value: write({name: value}) for value in set(columns[0])}
        return list(map(made.__getitem__, columns[0]))
    together = list(zip(*columns, strict=True))
    several = {values: part.of(*values) for values in set(together)}
    return list(map(several.__getitem__, together))


def compile_sms(*, body: str, facts: Values) -> Compiled:
    """Compile a text message; it has no footer, its words say how to stop.

    What is filled in has plain signs: a riding's dash would more than double what the text costs.
    """
    plainly = {name: sms.plain_signs(value) for name, value in facts.items()}
    return _compiled_line(body, plainly, _IN_SMS, where="the text message")


def compile_line(*, body: str, facts: Values) -> Compiled:
    """Compile a line that is shown as it is, such as a subject."""
    compiled = _compiled_line(body, facts, _IN_LINE, where="the line")
    return replace(compiled, text=one_line(compiled.text))


def _compiled_line(body: str, facts: Values, ways: Ways, *, where: str) -> Compiled:
    parts: dict[str, Part] = {}
    pieces = liquid.fold(liquid.parse(body, where=where), facts, _as_it_is)
    text = _compile(pieces, "t", parts, ways, _keep)
    return Compiled(subject="", html="", text=text, parts=parts)


def unknown_names(texts: Sequence[str], known: set[str]) -> set[str]:
    """The variables that texts ask for and nothing provides: they block a launch."""
    asked: set[str] = set()
    for text in texts:
        asked |= liquid.names_in(liquid.parse(text, where="the text"))
    return asked - known - PERSONAL


def one_line(text: str) -> str:
    """A value without line breaks, control characters and marks that turn the text.

    No header can be smuggled in, and no name can write the line that it stands in backwards.
    """
    if text.isprintable():
        return text.strip()  # nearly every value, and ten times as fast
    return _TURNS.sub("", _BREAKS.sub(" ", text)).strip()


def _plain_line(text: str) -> str:
    return sms.plain_signs(one_line(text))


def _keep(text: str) -> str:
    return text


def _unmarked(text: str) -> str:
    """A value in which no mark stands: whoever fills it in may read what is filled in once more."""
    return _MARK.sub(" ", text) if "~" in text else text


def _ways(escape: liquid.Escape, literal: liquid.Escape, link: re.Pattern[str]) -> Ways:
    return Ways(
        lambda text: escape(_unmarked(text)),
        literal,
        lambda text: markdown.escape_in_link(_unmarked(text)),
        link,
    )


def _as_it_is(name: str, value: str, before: str) -> str:
    """A fact in a line; within an address it is a part of that."""
    is_part = not name.endswith("_url") and _ADDRESS.search(before)
    return markdown.escape_in_link(value) if is_part else value


def _as_no_markdown(name: str, value: str, before: str) -> str:
    """A fact in Markdown: a title with an asterisk in it keeps its asterisk."""
    is_part = not name.endswith("_url") and _TARGET.search(before)
    return markdown.escape_in_link(value) if is_part else markdown.literally(value)


_ADDRESS: Final = re.compile(r"\b[a-z]+://[^\s<>]*$", re.IGNORECASE)
_TARGET: Final = re.compile(r"(?:\]\(<?|\b[a-z]+://)[^\s<>()]*$", re.IGNORECASE)
"""Where Markdown is within a link's address."""
_IN_HTML: Final = _ways(markdown.escape_html, markdown.to_inline, re.compile(r'href="[^"]*$'))
_IN_TEXT: Final = _ways(one_line, plain.inline_to_text, _ADDRESS)
_IN_LINE: Final = _ways(one_line, _keep, _ADDRESS)
_IN_SMS: Final = _ways(_plain_line, _keep, _ADDRESS)


def _compile(
    pieces: tuple[liquid.Piece, ...],
    kind: str,
    parts: dict[str, Part],
    ways: Ways,
    whole: liquid.Escape,
) -> str:
    """The static text with a mark for each part; the parts' functions are added to `parts`.

    What stands in a text twice is computed and sent once; our own links, which are the same in HTML
    and in plain text, once for both.
    """
    dynamic = [piece for piece in pieces if not isinstance(piece, str)]
    known: dict[tuple[liquid.Piece, bool], str] = {}

    def mark_of(slot: int, before: str) -> str:
        piece = dynamic[slot]
        if isinstance(piece, liquid.Output) and piece.name in _LINK_MARKS and not piece.default:
            mark = _LINK_MARKS[piece.name]
            parts[mark] = _OWN_LINKS[piece.name]
            return mark
        place = piece, ways.link.search(before) is not None
        if place not in known:
            known[place] = f"~{kind}{len(known)}~"
            parts[known[place]] = liquid.part_of(piece, ways, before=before)
        return known[place]

    formatted = whole(liquid.skeleton_of(pieces))
    if _MARK.search(formatted):
        raise InvalidInput("The text holds something like `~h0~`, which is used inside messages.")
    return liquid.fill_slots(formatted, mark_of)


def _own_link(name: str) -> Part:
    return Part((name,), lambda values: values.get(name, ""))


_LINKS: Final = ("action_url", "stay_url", "leave_url", "preferences_url")
_LINK_MARKS: Final = {name: f"~l{number}~" for number, name in enumerate(_LINKS)}
_OWN_LINKS: Final = {name: _own_link(name) for name in _LINKS}
_MARK: Final = re.compile(r"~[shftupl]\d+~")

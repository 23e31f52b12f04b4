"""What an organizer may write into a message: outputs, `default`, and `if`; nothing else.

A template is parsed by the Liquid library and compiled once into pieces. What is the same for
everybody is folded into static text; what differs by person stays as numbered parts, a conditional
being one part. Per recipient only the values of those parts are computed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from liquid import Environment, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import (
    BooleanExpression,
    FilteredExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError

from mobilize.core.errors import InvalidInput

Values = Mapping[str, str]
Value = Callable[[Values], str]
Escape = Callable[[str], str]
Write = Callable[[str, str, str], str]


class Part(NamedTuple):
    """What differs by person in a text.

    Attributes:
        names: The values that it is made of.
        value: What it is for a recipient who has them.
    """

    names: tuple[str, ...]
    value: Value

    def of(self, *inputs: str) -> str:
        """What it is for a recipient whose values these are, in the order of `names`."""
        return self.value(dict(zip(self.names, inputs, strict=True)))


class Ways(NamedTuple):
    """How what differs by person is written into a text.

    Attributes:
        escape: Applied to what comes from outside, for the place where it stands.
        literal: Applied once to the template's own words inside a conditional.
        in_link: What comes from outside and stands in a link's address is escaped so instead; our
            own links, whose names end in `_url`, are whole addresses and are not.
        link: Matches the text before a place that is within a link's address.
    """

    escape: Escape
    literal: Escape
    in_link: Escape
    link: re.Pattern[str]

    def escape_of(self, name: str, before: str) -> Escape:
        """How the value of a name is escaped behind a text."""
        if name.endswith("_url") or not self.link.search(before):
            return self.escape
        return self.in_link


_TAGS: Final = {"content", "output", "illegal", "if"}
_LONGEST: Final = 20_000


def _environment() -> Environment:
    environment = Environment()
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in _TAGS}
    environment.filters = {"default": environment.filters["default"]}
    return environment


_ENVIRONMENT: Final = _environment()


@dataclass(frozen=True)
class Output:
    """`{{ name }}` or `{{ name | default: "…" }}`."""

    name: str
    default: str = ""


@dataclass(frozen=True)
class Condition:
    """`{% if name %}…{% else %}…{% endif %}`."""

    name: str
    then: tuple["Piece", ...]
    otherwise: tuple["Piece", ...]


Piece = str | Output | Condition


def parse(source: str, *, where: str) -> tuple[Piece, ...]:
    """The pieces of a template.

    Args:
        source: The template as the organizer wrote it.
        where: What it is part of, for the error: "the French subject".

    Raises:
        InvalidInput: The template is too long, does not parse, or uses more than is allowed.
    """
    if len(source) > _LONGEST:
        raise InvalidInput(f"{where}: longer than {_LONGEST} characters.", hint="Shorten it.")
    try:
        nodes = _ENVIRONMENT.from_string(source).nodes
    except LiquidError as error:
        raise InvalidInput(
            f"{where}: {error.message}.",
            hint="Write {{ name }}, {{ name | default: 'text' }} or {% if name %}…{% endif %}.",
        ) from None
    return tuple(_piece(node, where) for node in nodes)


def names_in(pieces: tuple[Piece, ...]) -> set[str]:
    """The variables that pieces ask for."""
    found: set[str] = set()
    for piece in pieces:
        if isinstance(piece, Output):
            found.add(piece.name)
        elif isinstance(piece, Condition):
            found |= {piece.name} | names_in(piece.then) | names_in(piece.otherwise)
    return found


def fold(
    pieces: tuple[Piece, ...], known: Values, write: Write, *, before: str = ""
) -> tuple[Piece, ...]:
    """Replace what is the same for everybody by its text.

    Args:
        pieces: A template's.
        known: The values that are the same for everybody.
        write: How such a value is written; it is told its name, and the text before it.
        before: What stands before the pieces.
    """
    folded: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            folded.append(piece)
            continue
        ahead = before + skeleton_of(tuple(folded))
        if isinstance(piece, Output):
            value = known.get(piece.name)
            said = write(piece.name, value, ahead) if value else piece.default
            folded.append(piece if value is None else said)
            continue
        then = fold(piece.then, known, write, before=ahead)
        otherwise = fold(piece.otherwise, known, write, before=ahead)
        if piece.name in known:
            folded.extend(then if known[piece.name] else otherwise)
        else:
            folded.append(Condition(piece.name, then, otherwise))
    return tuple(folded)


_FIRST_BREAK: Final = re.compile(r"\A[ \t]*\n[ \t]*\n\s*")
_LAST_BREAK: Final = re.compile(r"\n[ \t]*\n\s*\Z")
_BREAK: Final = "\n\n"


def breaks_outside(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Put the empty lines that a conditional begins or ends with around it.

    A part is filled into a line: what is a paragraph of its own must be one without it, too.
    """
    moved: list[Piece] = []
    for piece in pieces:
        if not isinstance(piece, Condition):
            moved.append(piece)
            continue
        (then, first, last), (otherwise, *others) = _bare(piece.then), _bare(piece.otherwise)
        moved.append(_BREAK if first or others[0] else "")
        moved.append(Condition(piece.name, then, otherwise))
        moved.append(_BREAK if last or others[1] else "")
    return tuple(moved)


def _bare(pieces: tuple[Piece, ...]) -> tuple[tuple[Piece, ...], bool, bool]:
    """Pieces without an empty line at their ends, and whether there was one at either."""
    texts = list(pieces)
    ends = []
    for at, pattern in ((0, _FIRST_BREAK), (-1, _LAST_BREAK)):
        text = texts[at] if texts else None
        found = isinstance(text, str) and pattern.search(text) is not None
        if isinstance(text, str):
            texts[at] = pattern.sub("", text)
        ends.append(found)
    return tuple(texts), ends[0], ends[1]


def part_of(piece: Output | Condition, ways: Ways, *, before: str) -> Part:
    """A part, ready to be worked out for any recipient; `before` is the text that it follows."""
    return Part(tuple(sorted(names_in((piece,)))), _value_of(piece, ways, before))


def _value_of(piece: Output | Condition, ways: Ways, before: str) -> Value:
    if isinstance(piece, Output):
        name, escape = piece.name, ways.escape_of(piece.name, before)
        default = escape(piece.default)
        return lambda values: escape(values[name]) if values.get(name) else default
    then = _joined(piece.then, ways, before)
    otherwise = _joined(piece.otherwise, ways, before)
    condition = piece.name
    return lambda values: then(values) if values.get(condition) else otherwise(values)


_SLOT: Final = re.compile(r"zqx(\d+)xqz")


def _joined(pieces: tuple[Piece, ...], ways: Ways, before: str) -> Value:
    # The words around inner parts are formatted as a whole: emphasis may span a name.
    parts = [piece for piece in pieces if not isinstance(piece, str)]
    skeleton = ways.literal(skeleton_of(pieces))
    filled = [
        _value_of(parts[int(slot[1])], ways, before + skeleton[: slot.start()])
        for slot in _SLOT.finditer(skeleton)
    ]
    if not filled:
        return lambda _values: skeleton
    form = "%s".join(static.replace("%", "%%") for static in _SLOT.split(skeleton)[::2])
    return lambda values: form % tuple([value(values) for value in filled])


def skeleton_of(pieces: tuple[Piece, ...]) -> str:
    """The text with a slot in the place of each part, in letters that no formatter changes."""
    slots = 0
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
        else:
            texts.append(f"zqx{slots}xqz")
            slots += 1
    return "".join(texts)


def fill_slots(skeleton: str, mark: Callable[[int, str], str]) -> str:
    """Put a mark in the place of each slot; it is told which slot, and the text before it."""
    return _SLOT.sub(lambda match: mark(int(match[1]), skeleton[: match.start()]), skeleton)


def _piece(node: Node, where: str) -> Piece:
    if isinstance(node, ContentNode):
        if _SLOT.search(node.text):
            raise InvalidInput(f"{where}: the letters `zqx…xqz` cannot be used.")
        return node.text
    if isinstance(node, OutputNode):
        return _output(node.expression, where)
    if isinstance(node, IfNode) and not node.alternatives:
        return Condition(
            _name(getattr(node.condition, "expression", None), where),
            tuple(_piece(inner, where) for inner in node.consequence.nodes),
            tuple(_piece(inner, where) for inner in (node.default.nodes if node.default else ())),
        )
    raise InvalidInput(
        f"{where}: `{node}` is more than a message may use.",
        hint="Use outputs, `default`, and `if … else … endif`.",
    )


def _output(expression: Any, where: str) -> Output:
    if isinstance(expression, FilteredExpression):
        name = _name(expression.left, where)
        if not expression.filters:
            return Output(name)
        first = expression.filters[0]
        if len(expression.filters) == 1 and first.name == "default" and len(first.args) == 1:
            argument = getattr(first.args[0], "value", None)
            if isinstance(argument, StringLiteral):
                return Output(name, argument.value)
    raise InvalidInput(
        f"{where}: `{expression}` is more than an output may hold.",
        hint="Write {{ name }} or {{ name | default: 'text' }}.",
    )


def _name(expression: Any, where: str) -> str:
    if isinstance(expression, BooleanExpression):
        expression = expression.expression
    if isinstance(expression, Path) and len(expression.path) == 1:
        name = expression.path[0]
        if isinstance(name, str):
            return name
    raise InvalidInput(
        f"{where}: `{expression}` is not the plain name of a value.",
        hint="Conditions and outputs name one value, such as `riding`.",
    )

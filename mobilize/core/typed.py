"""One value, from a file or the environment, in the type that is asked for."""

import re
import types
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_args, get_origin

_NO_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def as_kind(kind: Any, value: Any) -> Any:
    """One value in the type that its setting has; texts come from the environment.

    Args:
        kind: The type as it is annotated: a plain one, a `Literal`, or a tuple of texts.
        value: What a file or the environment says.

    Raises:
        ValueError: It is not of that kind; the sentence says what it is.
    """
    if isinstance(value, str):
        value.encode()  # the environment may hold another encoding's bytes: that is a ValueError
        if _NO_LINE.search(value):
            # They stand in headers, subjects and answers to providers.
            raise ValueError("it holds a line break or another character that does not show")
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError(f"`{value}` is not one of {', '.join(get_args(kind))}")
        return value
    if isinstance(kind, types.GenericAlias):  # the one list there is: of texts
        return tuple(value.split(",")) if isinstance(value, str) else tuple(value)
    if isinstance(value, str) and kind is not str:
        return _from_text(kind, value)
    if kind is float and isinstance(value, int):
        return float(value)
    if kind is Decimal and isinstance(value, int | float) and not isinstance(value, bool):
        return _from_text(kind, str(value))
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"`{value}` is not of the kind {kind.__name__}")
    return value


def _from_text(kind: Any, text: str) -> Any:
    if kind is bool:
        words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in words:
            raise ValueError(f"`{text}` is neither true nor false")
        return words[text.lower()]
    try:
        if kind is Decimal:
            return _sum_from(text)
        return kind.fromisoformat(text) if kind in {date, time} else kind(text)
    except (ValueError, InvalidOperation):
        raise ValueError(f"`{text}` is not of the kind {kind.__name__}") from None


def _sum_from(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0:
        raise ValueError(text)
    return amount

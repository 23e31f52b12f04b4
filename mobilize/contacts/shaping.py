"""Making a row of somebody else's file into one of ours: cells moved, converted and filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from mobilize.contacts.dialects.parts import Convert

_JOINED: Final = "tags"
_REASONS: Final = frozenset({"opt_out_email", "opt_out_sms", "opt_out_voice"})
_WORST_LAST: Final = ("", "bounced", "unsubscribed", "complaint")


class Feed(NamedTuple):
    """One cell of the file that something is taken from."""

    place: int
    convert: Convert | None

    def of(self, cells: list[str]) -> str:
        """What it gives for a row.

        Raises:
            InvalidInput: The row is none of ours.
        """
        cell = cells[self.place].strip()
        return self.convert(cell) if self.convert else cell


class Declared(NamedTuple):
    """A consent that an organizer declares for every row of a file that says no other.

    Attributes:
        channel: `email` or `sms`.
        basis: One of `bases.BASES`.
        day: From when, where the row does not say; may be empty where each does.
        evidence: What proves it.
    """

    channel: str
    basis: str
    day: str
    evidence: str


@dataclass(frozen=True)
class Shape:
    """Turns a row of a file into one whose cells stand in the order of `names`.

    Attributes:
        names: Our names of the columns, then the custom fields'.
        feeds: For each of them, the cells that may fill it: the first that says something does;
            tags are taken from all, and of reasons against writing to somebody the worst.
        constants: For each of them, what stands where no cell says anything.
        checks: Cells that may have the whole row put aside.
        declared: The consents that were declared for the file.
        subscribed: By channel, the cells that say who is on the other tool's list; where there are
            any, a declared consent counts only for who is.
        dated: By channel, the cells that say since when.
        tool: The other tool's name, for the evidence.
    """

    names: tuple[str, ...]
    feeds: tuple[tuple[Feed, ...], ...]
    constants: tuple[str, ...]
    checks: tuple[Feed, ...] = ()
    declared: tuple[Declared, ...] = ()
    subscribed: Mapping[str, tuple[Feed, ...]] | None = None
    dated: Mapping[str, tuple[Feed, ...]] | None = None
    tool: str = ""

    def __call__(self, cells: list[str]) -> list[str]:
        """Make one row.

        Raises:
            InvalidInput: The row is none of ours; the message says why.
        """
        for check in self.checks:
            check.of(cells)
        shaped = [
            _filled(name, feeds, constant, cells)
            for name, feeds, constant in zip(self.names, self.feeds, self.constants, strict=True)
        ]
        for consent in self.declared:
            self._declare(consent, cells, shaped)
        return shaped

    def _declare(self, consent: Declared, cells: list[str], shaped: list[str]) -> None:
        basis, day, evidence = (
            self.names.index(f"consent_{consent.channel}_{part}")
            for part in ("basis", "date", "evidence")
        )
        address = self.names.index("email" if consent.channel == "email" else "phone")
        if shaped[basis] or not shaped[address]:
            return
        listed = (self.subscribed or {}).get(consent.channel, ())
        if listed and not any(feed.of(cells) for feed in listed):
            return
        since = _first((self.dated or {}).get(consent.channel, ()), cells)
        shaped[basis], shaped[day] = consent.basis, since or consent.day
        detail = f"; {self.tool}, {since}" if since else ""
        shaped[evidence] = f"{consent.evidence}{detail}"


def _filled(name: str, feeds: tuple[Feed, ...], constant: str, cells: list[str]) -> str:
    if name == _JOINED:
        return ";".join(text for text in (*(feed.of(cells) for feed in feeds), constant) if text)
    if name in _REASONS:
        return _worst([*(feed.of(cells) for feed in feeds), constant])
    return _first(feeds, cells) or constant


def _worst(said: list[str]) -> str:
    """Of several reasons against writing to somebody, the one that binds most."""
    other = [text for text in said if text not in _WORST_LAST]
    return other[0] if other else max(said, key=_WORST_LAST.index)


def _first(feeds: tuple[Feed, ...], cells: list[str]) -> str:
    for feed in feeds:
        if text := feed.of(cells):
            return text
    return ""

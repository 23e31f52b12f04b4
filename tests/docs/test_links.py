"""Whoever follows a link in the documentation arrives somewhere, and no page tells of a machine."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: page.as_posix()
)
_LINK: Final = re.compile(r'\]\(([^)\s]+)\)|src="([^"]+)"')
_CODE: Final = re.compile(r"```.*?```", re.DOTALL)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Each link to a file of ours, as its path and the heading that it names."""
    for found in _LINK.finditer(_CODE.sub("", page.read_text("utf-8"))):
        target, _, heading = (found[1] or found[2]).partition("#")
        if "://" not in target:
            yield (page.parent / target).resolve() if target else page, heading


def headings(page: Path) -> set[str]:
    """The names by which a page's headings can be linked to."""
    lines = _CODE.sub("", page.read_text("utf-8")).splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, heading in links(page):
        assert target.exists(), f"{page.name} links to {target.name}, which is not there"
        assert target.is_relative_to(ROOT), f"{page.name} links out of the project"
        if heading:
            assert heading in headings(target), f"{page.name}: no heading #{heading} there"


def test_every_page_is_reached_from_the_readme() -> None:
    seen = {ROOT / "README.md"}
    waiting = list(seen)
    while waiting:
        for target, _ in links(waiting.pop()):
            if target.suffix == ".md" and target not in seen:
                seen.add(target)
                waiting.append(target)
    assert set((ROOT / "docs").rglob("*.md")) <= seen


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_page_tells_of_a_machine(page: Path) -> None:
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", page.read_text("utf-8"))


def test_pictures_are_small_and_shown() -> None:
    shown = {target for page in PAGES for target, _ in links(page) if target.suffix == ".png"}
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert pictures
    assert pictures == shown
    assert all(picture.stat().st_size < 200_000 for picture in pictures)

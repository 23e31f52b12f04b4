"""What a build adds to the package: the libraries that the browser gets, and compiled translations.

Neither stands in version control. htmx, Bootstrap and its icons are taken out of Python packages
that carry them, so that a build needs no other registry and an installation serves them itself.
"""

import importlib.util
import re
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The package, the file in it, and its name under mobilize/static/vendor/.
FILES = (
    ("django_htmx", "static/django_htmx/htmx-2.min.js", "htmx.min.js"),
    ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css", "bootstrap.min.css"),
    ("flask_bootstrap", "static/bootstrap5/umd/popper.min.js", "popper.min.js"),
    ("flask_bootstrap", "static/bootstrap5/js/bootstrap.min.js", "bootstrap.min.js"),
)
SPRITE = ("flask_bootstrap", "static/bootstrap5/icons/bootstrap-icons.svg")
# The icons that our pages show; the whole sprite would be a megabyte.
ICONS = (
    "bell",
    "box-arrow-right",
    "calendar-event",
    "check-circle",
    "envelope",
    "exclamation-triangle",
    "gear",
    "info-circle",
    "megaphone",
    "pause-circle",
    "people",
    "person",
    "telephone",
    "x-circle",
)


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before each build of a wheel, also of the editable one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the assets and the compiled translations beside the code."""
        del version, build_data
        package = Path(self.root) / "mobilize"
        copy_assets(package / "static" / "vendor")
        compile_translations(package / "translations")


def copy_assets(target: Path) -> None:
    """Take the browser's libraries out of the packages that carry them."""
    target.mkdir(parents=True, exist_ok=True)
    for package, path, name in FILES:
        source = package_folder(package) / path
        # The maps that the files point to are not served; a pointer to nothing is a 404 each time.
        text = re.sub(r"/[*/]# sourceMappingURL=\S+( \*/)?", "", source.read_text("utf-8"))
        (target / name).write_text(text, "utf-8")
    sprite = (package_folder(SPRITE[0]) / SPRITE[1]).read_text("utf-8")
    (target / "icons.svg").write_text(chosen_icons(sprite), "utf-8")


def chosen_icons(sprite: str) -> str:
    """The sprite with only the icons that our pages show."""
    found = {
        match["id"]: match[0]
        for match in re.finditer(r'<symbol[^>]*\bid="(?P<id>[^"]+)".*?</symbol>', sprite, re.DOTALL)
    }
    symbols = "\n".join(found[name] for name in ICONS)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def compile_translations(folder: Path) -> None:
    """Write each catalogue in the form that gettext reads."""
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as text:
            catalogue = read_po(text)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)


def package_folder(name: str) -> Path:
    """Where a package lies, without running it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the build needs the package {name}")
    return Path(spec.submodule_search_locations[0])

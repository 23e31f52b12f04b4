"""Write `docs/reference/settings.md` from `config/default.toml`; `--check` only compares."""

import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
SOURCE: Final = ROOT / "config" / "default.toml"
TARGET: Final = ROOT / "docs" / "reference" / "settings.md"
SECRETS: Final = ROOT / "config" / ".env.example"
HEAD: Final = """\
# Settings

Made by `scripts/settings_reference.py` from `config/default.toml`; change that file.

They are read in this order, the later over the earlier: `config/default.toml`,
`config/<environment>.toml`, `mobilize.toml` in the instance folder, `secrets.env` there, and the
environment. A setting `key` of a section is `MOBILIZE_SECTION_KEY` in the environment. A setting
that does not exist or is of the wrong kind stops the start; all such mistakes are named at once.

`MOBILIZE_ENV` chooses the environment: `development`, `testing` or `production`; without it a
checkout is `development`, an installed package `production`. `MOBILIZE_INSTANCE` is the instance
folder, `MOBILIZE_CONFIG` another folder of configuration files."""


def render(source: str, secrets: str) -> str:
    """The page, from the text of the settings and of the example of the secrets."""
    values = tomllib.loads(source)
    parts = [HEAD]
    section, words = "", list[str]()
    for line in source.splitlines():
        if line.startswith("#"):
            words.append(line.lstrip("# "))
        elif line.startswith("["):
            section, words = line.strip("[]"), []
            parts.append(f"\n## {section}\n\n| setting | default | what it does |\n|---|---|---|")
        elif "=" in line:
            key = line.partition("=")[0].strip()
            parts.append(_row(f"{section}.{key}", values[section][key], " ".join(words)))
            words = []
    parts.append("\n## Secrets\n")
    parts.append("They stand in `secrets.env` or in the environment, never in a settings file.\n")
    parts.append("| variable | what it is |\n|---|---|")
    words = []
    for line in secrets.splitlines():
        if line.startswith("#"):
            words.append(line.lstrip("# "))
        elif "=" in line:
            parts.append(f"| `{line.partition('=')[0]}` | {' '.join(words)} |")
            words = []
        else:
            words = []
    return "\n".join(parts) + "\n"


def _row(name: str, value: object, words: str) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"| `{name}` | {f'`{shown}`' if shown else 'empty'} | {words.replace('|', '&#124;')} |"


def main() -> int:
    """Write the page, or only compare."""
    page = render(SOURCE.read_text("utf-8"), SECRETS.read_text("utf-8"))
    if "--check" in sys.argv[1:]:
        if TARGET.is_file() and TARGET.read_text("utf-8") == page:
            return 0
        print("docs/reference/settings.md is out of date: run scripts/settings_reference.py")
        return 1
    TARGET.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

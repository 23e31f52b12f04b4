"""Recipients and senders as orders name them: ``*@example.net``, ``+1613555*``."""

from fnmatch import fnmatchcase


def listed(patterns: str | list[str]) -> list[str]:
    """One pattern or several as a list; an empty one names nobody."""
    return [one for one in ([patterns] if isinstance(patterns, str) else patterns) if one]


def matches_any(address: str, patterns: str | list[str]) -> bool:
    """Whether an address is meant by any of the patterns, in whatever letters."""
    return any(fnmatchcase(address.lower(), one.lower()) for one in listed(patterns))

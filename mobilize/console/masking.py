"""Addresses as the console shows them: enough to recognise one's own, not enough to write to."""

_DOTS = "•••"


def masked_email(email: str | None) -> str:
    """The first letter and the domain: `a•••@example.org`."""
    if not email:
        return ""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}{_DOTS}@{domain}"


def masked_phone(phone: str | None) -> str:
    """The last two digits: `•••42`."""
    return f"{_DOTS}{phone[-2:]}" if phone else ""

"""Mail Send requests for the tests."""

from typing import Any

SENDER = "alerts@example.org"


def letter(*addresses: str, **changes: Any) -> dict[str, Any]:
    """A valid request to ``addresses``, each with its own name and opaque id."""
    return {
        "from": {"email": SENDER, "name": "Network"},
        "subject": "A word for -name-",
        "content": [
            {"type": "text/plain", "value": "Dear -name-: https://example.org/a/-name-"},
            {"type": "text/html", "value": '<html lang="en"><p>Dear <b>-name-</b></p></html>'},
        ],
        "personalizations": [
            {
                "to": [{"email": address}],
                "substitutions": {"-name-": f"Person {number}"},
                "custom_args": {"send_id": f"send-{number}"},
            }
            for number, address in enumerate(addresses)
        ],
    } | changes


def people(count: int) -> list[str]:
    """Addresses of that many people, all different."""
    return [f"person-{number}@example.org" for number in range(count)]

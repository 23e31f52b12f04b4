"""SendGrid's rules for one Mail Send request (their pages "Mail Send" and "Mail Send Errors").

Every problem of a request is found, not only the first, and one problem refuses the whole request.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_PERSONALIZATIONS = 1000
MOST_RECIPIENTS = 1000
MOST_SUBSTITUTION_BYTES = 10_000
MOST_CUSTOM_ARG_BYTES = 10_000
MOST_CATEGORIES = 10
LONGEST_CATEGORY = 255

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_RESERVED_HEADERS = frozenset(
    {
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type",
        "content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc",
    }
)  # fmt: skip

_BREAK = re.compile(r"[\r\n\x00]")
_MOST_BYTES_OF_A_LETTER = 4

_KINDS: dict[str, type] = {
    "subject": str,
    "asm": dict,
    "asm.group_id": int,
    "mail_settings": dict,
    "mail_settings.sandbox_mode": dict,
    "attachments": list,
    "categories": list,
    "content": list,
    "custom_args": dict,
    "headers": dict,
}
_KIND_NAMES = {str: "text", int: "a number", dict: "an object", list: "a list"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request."""

    message: str
    field: str | None


def problems(mail: Any) -> list[Problem]:
    """Everything that SendGrid would refuse in this request body, in its order."""
    if not isinstance(mail, dict):
        return [Problem("The request body must be a JSON object.", None)]
    if wrong := [*_kinds(mail)]:
        return wrong
    found = [*_sender(mail), *_personalizations(mail), *_content(mail), *_extras(mail)]
    return found or [*_recipients(mail)]


def recipients(personalization: dict[str, Any]) -> Iterator[tuple[str, int, Any]]:
    """Every recipient of a personalization, with its list (to, cc, bcc) and place in it."""
    for kind in ("to", "cc", "bcc"):
        for place, person in enumerate(personalization.get(kind) or ()):
            yield kind, place, person


def _kinds(mail: dict[str, Any]) -> Iterator[Problem]:
    """Values of the wrong kind, asked first so that the other rules may rely on it."""
    for path, kind in _KINDS.items():
        value: Any = mail
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, kind):
            yield Problem(f"This must be {_KIND_NAMES[kind]}.", path)


def _sender(mail: dict[str, Any]) -> Iterator[Problem]:
    if not _has_address(mail.get("from")):
        yield Problem("The sender needs a valid email address.", "from.email")
    if mail.get("reply_to") is not None and not _has_address(mail["reply_to"]):
        yield Problem("The reply address is not a valid email address.", "reply_to.email")
    if mail.get("reply_to") and mail.get("reply_to_list"):
        yield Problem("Give reply_to or reply_to_list, not both.", "reply_to_list")


def _personalizations(mail: dict[str, Any]) -> Iterator[Problem]:
    given = mail.get("personalizations")
    if not isinstance(given, list) or not given:
        yield Problem("At least one personalization is required.", "personalizations")
        return
    if len(given) > MOST_PERSONALIZATIONS:
        yield Problem(
            f"At most {MOST_PERSONALIZATIONS} personalizations are allowed.", "personalizations"
        )
        return
    shared = _size(mail.get("custom_args"))
    for number, one in enumerate(given):
        field = f"personalizations.{number}"
        if not isinstance(one, dict):
            yield Problem("A personalization must be an object.", field)
            continue
        if one.get("from") is not None and not _has_address(one["from"]):
            yield Problem("The sender needs a valid email address.", f"{field}.from.email")
        yield from _addresses(one, field)
        yield from _limits(one, field, shared)
        yield from _headers(one.get("headers"), f"{field}.headers")
        if not isinstance(one.get("subject", ""), str):
            yield Problem("This must be text.", f"{field}.subject")
        elif not (one.get("subject") or mail.get("subject") or mail.get("template_id")):
            yield Problem("A subject is required.", f"{field}.subject")


def _addresses(one: dict[str, Any], field: str) -> Iterator[Problem]:
    if not one.get("to"):
        yield Problem("At least one recipient is required.", f"{field}.to")
    for kind in ("to", "cc", "bcc"):
        if not isinstance(one.get(kind, []), list):
            yield Problem("Recipients must be a list.", f"{field}.{kind}")
            return
    for kind, place, person in recipients(one):
        if not _has_address(person):
            yield Problem("The recipient's address is not valid.", f"{field}.{kind}.{place}.email")


def _limits(one: dict[str, Any], field: str, shared: int) -> Iterator[Problem]:
    if _not_texts(one.get("substitutions")):
        yield Problem("Every substitution must be text.", f"{field}.substitutions")
    elif _size(one.get("substitutions"), MOST_SUBSTITUTION_BYTES) > MOST_SUBSTITUTION_BYTES:
        yield Problem(
            f"Substitutions take at most {MOST_SUBSTITUTION_BYTES} bytes.", f"{field}.substitutions"
        )
    if _not_texts(one.get("custom_args")):
        yield Problem("Every custom argument must be text.", f"{field}.custom_args")
    elif shared + _size(one.get("custom_args"), MOST_CUSTOM_ARG_BYTES) >= MOST_CUSTOM_ARG_BYTES:
        yield Problem(
            f"Custom arguments take less than {MOST_CUSTOM_ARG_BYTES} bytes.",
            f"{field}.custom_args",
        )


def _content(mail: dict[str, Any]) -> Iterator[Problem]:
    parts = mail.get("content")
    if not parts:
        if not mail.get("template_id"):
            yield Problem("Content is required unless a template is named.", "content")
        return
    if not all(isinstance(part, dict) for part in parts):
        yield Problem("Every content must be an object.", "content")
        return
    for number, part in enumerate(parts):
        for key in ("type", "value"):
            if not isinstance(part.get(key), str) or not part[key]:
                yield Problem(f"Content needs a {key}.", f"content.{number}.{key}")
    kinds = [part.get("type") for part in parts]
    if "text/plain" in kinds[1:]:
        yield Problem("Plain text comes before every other content.", "content")


def _extras(mail: dict[str, Any]) -> Iterator[Problem]:
    yield from _headers(mail.get("headers"), "headers")
    if not all(isinstance(one, dict) for one in mail.get("attachments") or ()):
        yield Problem("Every attachment must be an object.", "attachments")
    if _not_texts(mail.get("custom_args")):
        yield Problem("Every custom argument must be text.", "custom_args")
    categories = mail.get("categories") or []
    if not all(isinstance(one, str) for one in categories):
        yield Problem("Every category must be text.", "categories")
        return
    if len(categories) > MOST_CATEGORIES or len(set(categories)) < len(categories):
        yield Problem(f"At most {MOST_CATEGORIES} different categories.", "categories")
    if any(len(category) > LONGEST_CATEGORY for category in categories):
        yield Problem(f"A category takes {LONGEST_CATEGORY} characters.", "categories")


def _recipients(mail: dict[str, Any]) -> Iterator[Problem]:
    """The rules over a whole request, asked once every address is known to be one."""
    seen: set[str] = set()
    count = 0
    for number, one in enumerate(mail["personalizations"]):
        for kind, place, person in recipients(one):
            count += 1
            address = person["email"].lower()
            if address in seen:
                field = f"personalizations.{number}.{kind}.{place}.email"
                yield Problem("An address may stand in a request only once.", field)
            seen.add(address)
    if count > MOST_RECIPIENTS:
        yield Problem(f"At most {MOST_RECIPIENTS} recipients a request.", "personalizations")


def _headers(headers: Any, field: str) -> Iterator[Problem]:
    if _not_texts(headers):
        yield Problem("Headers must be an object of texts.", field)
        return
    for name, value in (headers or {}).items():
        if name.lower() in _RESERVED_HEADERS:
            yield Problem(f"The header {name!r} is reserved.", f"{field}.{name}")
        if not name.isascii() or _BREAK.search(name) or _BREAK.search(value):
            yield Problem("A header holds a character that is not allowed.", field)


def _has_address(person: Any) -> bool:
    return (
        isinstance(person, dict)
        and isinstance(person.get("email"), str)
        and isinstance(person.get("name") or "", str)
        and _ADDRESS.fullmatch(person["email"]) is not None
    )


def _not_texts(mapping: Any) -> bool:
    if mapping is None:
        return False
    return not isinstance(mapping, dict) or not all(
        isinstance(value, str) for value in mapping.values()
    )


def _size(mapping: Any, most: int = 0) -> int:
    """Bytes of names and values, counted one by one only where they may come to ``most``."""
    if not isinstance(mapping, dict):
        return 0
    letters = sum(map(len, mapping)) + sum(map(len, map(str, mapping.values())))
    if letters * _MOST_BYTES_OF_A_LETTER < most:
        return letters
    return sum(len(f"{name}{value}".encode()) for name, value in mapping.items())

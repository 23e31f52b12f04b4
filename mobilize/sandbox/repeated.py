"""What was accepted more than once.

Mails are compared by hashes of a few bytes each, a million within a second; only the requests that
hold one of the first duplicates are read again.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from mobilize.sandbox.records import Mail, MailRequest, Text, opaque_id
from mobilize.sandbox.store import Store

_SHOWN = 100


def repeated(store: Store) -> dict[str, Any]:
    """What was accepted more than once, by opaque id, and by address and subject (or words).

    Each is told as how many kinds there are (``count``), how many messages too many (``surplus``),
    and the first of them.
    """
    texts = [text for text in store.texts if text.direction == "outbound-api"]
    return {
        "by_opaque_id": _told(
            _mails(store, lambda one: one.ids, lambda mail: [_id(mail)]),
            _texts([_id(text)] for text in texts if _id(text)),
        ),
        "by_address_and_content": _told(
            _mails(store, lambda one: one.contents, lambda mail: [mail.to.lower(), mail.subject]),
            _texts([text.to, text.body] for text in texts),
        ),
    }


_Key = list[str | None]
_Found = tuple[int, int, list[dict[str, Any]]]


def _id(message: Mail | Text) -> str | None:
    return opaque_id(message.arguments)


def _told(mails: _Found, texts: _Found) -> dict[str, Any]:
    return {
        "count": mails[0] + texts[0],
        "surplus": mails[1] + texts[1],
        "first": (mails[2] + texts[2])[:_SHOWN],
    }


def _mails(
    store: Store, hashes: Callable[[MailRequest], Iterable[int]], key: Callable[[Mail], _Key]
) -> _Found:
    seen: set[int] = set()
    again: Counter[int] = Counter()
    for request in store.requests:
        for value in hashes(request):
            if value in seen:
                again[value] += 1
            elif value:
                seen.add(value)
    shown = dict(islice(again.items(), _SHOWN))
    named: dict[int, _Key] = {}
    for request in store.requests:
        if len(named) == len(shown):
            break
        wanted = [(at, value) for at, value in enumerate(hashes(request)) if value in shown]
        if any(value not in named for _, value in wanted):
            mails = store.mails_of(request)
            named |= {value: key(mails[at]) for at, value in wanted}
    first = [
        {"key": ["email", *named[value]], "count": surplus + 1} for value, surplus in shown.items()
    ]
    return len(again), again.total(), first


def _texts(keys: Iterable[_Key]) -> _Found:
    counted = Counter(tuple(key) for key in keys)
    again = {key: count for key, count in counted.items() if count > 1}
    first = [{"key": ["sms", *key], "count": count} for key, count in again.items()]
    return len(again), sum(again.values()) - len(again), first

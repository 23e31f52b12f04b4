"""Whether a domain proves that its mail is its own: SPF, DKIM and DMARC in the DNS.

Without all three the large mailbox providers refuse bulk mail or file it as spam.
"""

from collections.abc import Iterator
from typing import Final

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from mobilize.cli.findings import Finding

SELECTORS: Final = ("s1", "s2")
"""The DKIM selectors of SendGrid's domain authentication, between which it changes its keys."""
_SECONDS: Final = 5.0
_LEAST_LABELS: Final = 2


class LookupFailed(Exception):
    """The DNS gave no answer, which says nothing about the record."""


def check(domain: str, *, resolver: Resolver | None = None) -> Iterator[Finding]:
    """Look a sender's domain up; a lookup that fails is a finding, never an error.

    Args:
        domain: The part of the sender's address after the `@`.
        resolver: Whom to ask; the machine's own resolver where not given.
    """
    for what, checked in (("SPF", _spf), ("DKIM", _dkim), ("DMARC", _dmarc)):
        try:
            problem = checked(domain, resolver or Resolver())
        except (LookupFailed, DNSException) as error:
            kind = type(error.__cause__ or error).__name__
            problem = f"the DNS gave no answer for {domain} ({kind}); try again later"
        yield Finding(what, not problem, problem or f"{domain} has it")


def _spf(domain: str, resolver: Resolver) -> str:
    """What is wrong with the servers that may send for a domain (RFC 7208 sections 3.2 and 4.5)."""
    records = [text for text in _texts(domain, resolver) if _begins(text, "v=spf1")]
    if not records:
        return f"publish a TXT record at {domain}: `v=spf1 include:sendgrid.net ~all`"
    if len(records) > 1:
        return f"{domain} has {len(records)} SPF records, which counts as none: join them in one"
    if {"+all", "all"} & set(records[0].lower().split()):
        return f"the SPF record of {domain} lets everybody send in its name: end it with `~all`"
    return ""


def _dkim(domain: str, resolver: Resolver) -> str:
    """Which of SendGrid's signing keys a domain lacks (RFC 6376 section 3.6.1)."""
    names = [f"{selector}._domainkey.{domain}" for selector in SELECTORS]
    missing = [name for name in names if not any(map(_has_key, _texts(name, resolver)))]
    if not missing:
        return ""
    return f"no key at {' and '.join(missing)}: authenticate the domain at SendGrid"


def _dmarc(domain: str, resolver: Resolver) -> str:
    """What is wrong with a domain's DMARC; a parent's record does too (RFC 7489 section 6.6.3)."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - _LEAST_LABELS + 1)):
        name = f"_dmarc.{'.'.join(labels[start:])}"
        records = [text for text in _texts(name, resolver) if _begins(text, "v=DMARC1")]
        if len(records) == 1:
            return "" if "p" in _tags(records[0]) else f"the record at {name} has no policy `p=`"
        if records:
            return f"{name} has {len(records)} DMARC records, which counts as none: keep one"
    return f"publish a TXT record at _dmarc.{domain}: begin with `v=DMARC1; p=none`"


def _texts(name: str, resolver: Resolver) -> list[str]:
    """The TXT records of a name, aliases followed; none where it has none.

    Raises:
        LookupFailed: Nobody answered in time, or not with an answer.
    """
    try:
        answer = resolver.resolve(name, "TXT", lifetime=_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError) as error:
        raise LookupFailed(name) from error
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]


def _begins(record: str, version: str) -> bool:
    first = record.replace(";", " ").split(maxsplit=1)
    return bool(first) and first[0].casefold() == version.casefold()


def _has_key(record: str) -> bool:
    # An empty `p=` is a key that was taken back.
    return bool(_tags(record).get("p"))


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}

"""A sender's domain is read from the DNS, and a DNS that does not answer is said, not raised."""

import pytest

from mobilize.cli import sender_domain
from tests.cli.dns_server import Records, name_server

DOMAIN = "act.example.net"
KEY = "k=rsa; t=s; p=MIGfMA0"
SOUND: Records = {
    DOMAIN: ["google-site-verification=abc", "v=spf1 include:sendgrid.net ~all"],
    f"s1._domainkey.{DOMAIN}": [KEY],
    f"s2._domainkey.{DOMAIN}": [KEY],
    f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none; rua=mailto:reports@example.net"],
}


def problems(records: Records | None) -> dict[str, str]:
    """What is found wrong, by what was looked at."""
    with name_server(records) as resolver:
        found = list(sender_domain.check(DOMAIN, resolver=resolver))
    assert [one.what for one in found] == ["SPF", "DKIM", "DMARC"]
    return {one.what: one.words for one in found if not one.fine}


def test_a_sound_domain_is_fine() -> None:
    assert problems(SOUND) == {}


def test_a_domain_without_anything_is_told_what_to_publish() -> None:
    found = problems({})
    assert set(found) == {"SPF", "DKIM", "DMARC"}
    assert "v=spf1" in found["SPF"]
    assert f"s1._domainkey.{DOMAIN} and s2._domainkey.{DOMAIN}" in found["DKIM"]
    assert f"_dmarc.{DOMAIN}" in found["DMARC"]


@pytest.mark.parametrize(
    ("what", "name", "texts", "word"),
    [
        ("SPF", DOMAIN, ["v=spf1 ~all", "v=spf1 -all"], "2 SPF records"),
        ("SPF", DOMAIN, ["v=spf1 +all"], "everybody"),
        ("SPF", DOMAIN, ["v=spf10 ~all"], "publish"),
        ("DKIM", f"s2._domainkey.{DOMAIN}", ["k=rsa; p="], f"s2._domainkey.{DOMAIN}"),
        ("DMARC", f"_dmarc.{DOMAIN}", ["v=DMARC1; rua=mailto:r@example.net"], "no policy"),
        ("DMARC", f"_dmarc.{DOMAIN}", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "2 DMARC"),
    ],
)
def test_each_mistake_is_named(what: str, name: str, texts: list[str], word: str) -> None:
    found = problems({**SOUND, name: texts})
    assert set(found) == {what}
    assert word in found[what]


def test_the_parents_policy_serves_its_subdomains() -> None:
    records = {name: texts for name, texts in SOUND.items() if not name.startswith("_dmarc")}
    assert problems({**records, "_dmarc.example.net": ["v=DMARC1; p=reject"]}) == {}


def test_a_dns_that_does_not_answer_is_a_finding() -> None:
    found = problems(None)
    assert set(found) == {"SPF", "DKIM", "DMARC"}
    assert all("try again later" in words for words in found.values())


def test_an_address_that_names_no_domain_is_a_finding() -> None:
    found = list(sender_domain.check("x" * 70 + ".example.net"))
    assert not any(one.fine for one in found)

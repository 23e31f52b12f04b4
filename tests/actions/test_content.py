"""The texts that travel with the code: whole, in both languages, safe to send."""

from pathlib import Path

import pytest

from mobilize.actions.content import MessageContent, read_campaigns, read_messages
from mobilize.core.errors import SetupError
from mobilize.messaging import liquid, sms
from mobilize.messaging.inbox.answering import TEMPLATE as ANSWER_TEMPLATE
from mobilize.messaging.proving import CHANGED_TEMPLATE, CODE_TEMPLATE, NEW_ADDRESS_TEMPLATE
from mobilize.messaging.rendering import Footer, compile_email

FOOTER = Footer(
    organization="Example Network",
    postal_address="100 Example Street",
    contact_email="office@example.org",
    hotline_number="1-833-900-1010",
)
PERSON = {
    "given_name": "Avery",
    "riding": "Exemple—Nord",
    "mp": "Hon. Example Person",
    "action_url": "https://act.example.org/en/a/0123456789012345678901",
    "leave_url": "https://act.example.org/en/leave/0123456789012345678901",
}
TOPIC_WORDS = ("traffick", "traite", "status", "statut", "exploit", "immigra", "survi")

MESSAGES = read_messages()
# What somebody asked for a moment ago on their own page invites to nothing: a code, and word of a
# change. A line on stopping would make each of them two segments. Nor does an answer to a text.
OWN_REQUESTS = {CODE_TEMPLATE, NEW_ADDRESS_TEMPLATE, CHANGED_TEMPLATE, ANSWER_TEMPLATE}

ONLY_ENGLISH = """
[[template]]
key = "x"
name = "y"
[[template.text]]
channel = "sms"
language = "en"
body = "z"
"""


def test_the_software_finds_its_own_templates() -> None:
    keys = {message.key for message in MESSAGES}
    assert {"thank-you", "sign-on-confirm", "sign-on-confirmed", "sign-on-withdrawn"} <= keys
    assert len(keys) == len(MESSAGES)


def test_a_campaign_is_read_in_both_languages() -> None:
    [campaign] = read_campaigns()
    assert campaign.demand == "permanent-status"
    assert campaign.texts["fr"].title == "Une protection qui dure"
    assert "{mp}" in campaign.texts["en"].call_script


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.key)
def test_every_email_compiles_and_names_no_topic_in_its_subject(message: MessageContent) -> None:
    for text in (text for text in message.texts if text.channel == "email"):
        compiled = compile_email(
            subject=text.subject, body=text.body, language=text.language, facts={}, footer=FOOTER
        )
        whole = compiled.render(PERSON)
        assert not any(word in whole.subject.lower() for word in TOPIC_WORDS)
        assert "{{" not in whole.text
        assert "{%" not in whole.text


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.key)
def test_every_text_fits_and_says_how_to_stop(message: MessageContent) -> None:
    for text in (text for text in message.texts if text.channel == "sms"):
        skeleton = liquid.skeleton_of(liquid.parse(text.body, where="it"))
        sms.check(skeleton, where="the text")
        assert sms.costly_in(skeleton) == ()
        says_how = ("STOP" if text.language == "en" else "ARRET") in text.body
        assert says_how or message.key in OWN_REQUESTS
        assert not any(word in text.body.lower() for word in TOPIC_WORDS)


def test_the_french_of_an_email_has_hard_spaces_and_that_of_a_text_has_none() -> None:
    for text in (text for message in MESSAGES for text in message.texts):
        if text.language == "fr" and text.channel == "email":
            assert " :" not in text.body
        else:
            assert "\u00a0" not in text.body
        if text.channel == "sms":
            assert "’" not in text.body


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[[template", "cannot be read"),
        ('[[tempalte]]\nkey = "x"', "not known: tempalte"),
        ('[[template]]\nkey = "x"\nnom = "y"', "template `x`: `nom` is not known"),
        (ONLY_ENGLISH, "template `x`: sms is there in en"),
        (ONLY_ENGLISH.replace("sms", "email"), "an email has a subject"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_where(
    tmp_path: Path, content: str, reason: str
) -> None:
    (tmp_path / "messages.toml").write_text(content)
    with pytest.raises(SetupError, match=reason):
        read_messages(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"campaigns\.toml is missing"):
        read_campaigns(tmp_path)


def test_a_campaign_without_french_is_refused(tmp_path: Path) -> None:
    (tmp_path / "campaigns.toml").write_text('[[campaign]]\nslug = "x"\ndemand = "y"\n')
    with pytest.raises(SetupError, match="campaign `x`, en: `title` is missing"):
        read_campaigns(tmp_path)

"""A preview shows what a made-up person would get, and nobody's data."""

from datetime import datetime

import pytest

from mobilize.core.errors import NotFound
from mobilize.messaging.previewing import preview, sample_person, sms_count
from mobilize.messaging.templates import TextDraft, save_template
from mobilize.runtime import Runtime

FACTS = {"en": {"demand": "Permanent Status"}, "fr": {"demand": "Statut permanent"}}
BODY = "Hello {{ given_name }} of {{ riding }}, [act]({{ action_url }}) for {{ demand }}."


def test_a_mail_is_filled_in_with_facts_and_footer(runtime: Runtime, now: datetime) -> None:
    with runtime.db.transaction() as session:
        text = TextDraft(channel="email", language="en", subject="On {{ demand }}", body=BODY)
        template = save_template(session, name="Sample", texts=[text], now=now)
        shown = preview(
            session,
            settings=runtime.settings,
            template_id=template.id,
            channel="email",
            language="en",
            facts=FACTS,
            on=now.date(),
        )
        with pytest.raises(NotFound):
            preview(
                session,
                settings=runtime.settings,
                template_id=template.id,
                channel="email",
                language="fr",
                facts=FACTS,
                on=now.date(),
            )
    assert shown.subject == "On Permanent Status"
    assert "Hello Alex of Ottawa Centre" in shown.text
    assert "100 Example Street" in shown.html
    assert "{{" not in shown.html


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_text_is_counted_with_a_link_of_full_length(runtime: Runtime, now: datetime) -> None:
    with runtime.db.read() as session:
        person = sample_person(session, settings=runtime.settings, language="en", on=now.date())
    link = person["action_url"]
    assert len(link.rpartition("/")[2]) == len(runtime.links.seal("act", 1))
    count = sms_count("Act: {{ action_url }}", person=person, facts=FACTS["en"])
    assert count.cost.length == len(f"Act: {link}")
    assert sms_count("Élan", person=person, facts={}).costly == ()


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_dear_text_is_offered_in_the_cheap_alphabet(runtime: Runtime, now: datetime) -> None:
    with runtime.db.read() as session:
        person = sample_person(session, settings=runtime.settings, language="fr", on=now.date())
    count = sms_count("« Même l’été »", person=person, facts={})
    assert [(one.character, one.at, one.instead) for one in count.costly] == [
        ("«", 1, '"'),
        ("ê", 4, "e"),
        ("’", 9, "'"),
        ("»", 14, '"'),
    ]
    assert count.offer == '"Meme l\'été"'
    assert count.cheaper is not None
    assert count.cheaper.costly == ()
    plain = sms_count("Rien", person=person, facts={})
    assert (plain.cheaper, plain.offer) == (None, "Rien")

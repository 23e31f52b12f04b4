"""The words of an audience's sentence in English."""

from typing import Final

from mobilize.alerts.phrases import Phrase, Window, Wording
from mobilize.mps.provinces import PROVINCES

_PLACES: Final = {
    code: f"the {place.en}" if code == "NT" else place.en for code, place in PROVINCES.items()
}

ENGLISH: Final = Wording(
    phrases={
        "language": Phrase(holds="speak {x}", fails="do not speak {x}", none_of="speak {neither}"),
        "province": Phrase(
            holds="live in {x}", fails="do not live in {x}", none_of="live in {neither}"
        ),
        "riding": Phrase(
            holds="live in the riding of {x}",
            fails="do not live in the riding of {x}",
            several="live in one of the ridings {x}",
            none_of="live in none of the ridings {x}",
        ),
        "riding_certainty": Phrase(holds="have a {x} riding", fails="do not have a {x} riding"),
        "mp": Phrase(holds="are represented by {x}", fails="are not represented by {x}"),
        "party": Phrase(holds="have {x} MP", fails="do not have {x} MP"),
        "stance": Phrase(
            holds="have an MP whose position on {about} is {x}",
            fails="do not have an MP whose position on {about} is {x}",
        ),
        "tag": Phrase(
            holds="are tagged {x}",
            fails="are not tagged {x}",
            none_of="are tagged {neither}",
            quoted=True,
        ),
        "custom": Phrase(
            holds="answered {x} to {about}", fails="did not answer {x} to {about}", quoted=True
        ),
        "kind": Phrase(holds="are {x}", fails="are not {x}", none_of="are {neither}"),
        "source": Phrase(
            holds="came from {x}",
            fails="did not come from {x}",
            none_of="came from {neither}",
            quoted=True,
        ),
        "imported": Phrase(
            holds="were added or last changed by the file {x}",
            fails="were not added or last changed by the file {x}",
            several="were added or last changed by one of the files {x}",
            none_of="were not added or last changed by any of the files {x}",
            quoted=True,
        ),
        "partner": Phrase(
            holds="speak for {x}", fails="do not speak for {x}", none_of="speak for {neither}"
        ),
        "membership": Phrase(
            holds="speak for {x}", fails="do not speak for {x}", none_of="speak for {neither}"
        ),
        "partner_riding": Phrase(
            holds="speak for an organization that serves the riding of {x}",
            fails="do not speak for an organization that serves the riding of {x}",
            several="speak for an organization that serves one of the ridings {x}",
            none_of="do not speak for an organization that serves any of the ridings {x}",
        ),
        "consent": Phrase(
            holds="have agreed to {x}",
            fails="have not agreed to {x}",
            none_of="have agreed to {neither}",
        ),
        "topic": Phrase(holds="still hear about {x}", fails="no longer hear about {x}"),
        "acted_on": Phrase(
            holds="have acted on {x}",
            fails="have not acted on {x}",
            none_of="have acted on {neither}",
        ),
        "completed": Phrase(
            holds="have completed the campaign {x}",
            fails="have not completed the campaign {x}",
            several="have completed one of the campaigns {x}",
            none_of="have completed none of the campaigns {x}",
            quoted=True,
        ),
        "received": Phrase(
            holds="were sent the message {x}",
            fails="were not sent the message {x}",
            several="were sent one of the messages {x}",
            none_of="were sent none of the messages {x}",
            quoted=True,
        ),
        "followed_up": Phrase(
            holds="were sent a follow-up on {x}",
            fails="were not sent any follow-up on {x}",
            quoted=True,
        ),
        "active_since": Phrase(holds="have acted since {x}", fails="have not acted since {x}"),
        "joined_since": Phrase(holds="have joined since {x}", fails="joined before {x}"),
    },
    flags={"partner_person": ("speak for a partner", "do not speak for a partner")},
    days={
        "messaged_within": (
            "were sent an alert or a follow-up in {span}",
            "were not sent any alert or follow-up in {span}",
        ),
        "consent_ends_within": (
            "have a consent that ends in {coming}",
            "have no consent that ends in {coming}",
        ),
        "acted_within": ("have acted in {span}", "have not acted in {span}"),
        "joined_within": ("have joined in {span}", "have not joined in {span}"),
    },
    window=Window(
        on_the_day="{has} acted on the day of {about}",
        until="{has} acted on the day of {about} or {before}",
        since="{has} acted on the day of {about} or {after}",
        around="{has} acted between {before} before and {after} after {about}",
        before=("the day before", "in the {n} days before"),
        after=("the day after", "in the {n} days after"),
        day=("1 day", "{n} days"),
        has="have",
        has_not="have not",
    ),
    values={
        "language": {"en": "English", "fr": "French"},
        "province": _PLACES,
        "riding_certainty": {
            "confirmed": "confirmed",
            "likely": "likely",
            "tentative": "tentative",
        },
        "party": {
            "liberal": "a Liberal",
            "conservative": "a Conservative",
            "bloc": "a Bloc Québécois",
            "ndp": "an NDP",
            "green": "a Green",
            "independent": "an independent",
        },
        "stance": {
            "champion": "that of a champion",
            "supportive": "supportive",
            "leaning": "leaning in favour",
            "silent": "silent",
            "leaning_against": "leaning against",
            "opposed": "opposed",
        },
        "kind": {"supporter": "supporters", "partner": "people of partner organizations"},
        "membership": {
            "member": "a member organization",
            "ally": "an allied organization",
            "former": "a former member organization",
        },
        "consent": {"email": "emails", "sms": "texts", "voice": "calls"},
    },
    heads={"": "people", "supporter": "supporters", "partner": "people of partner organizations"},
    speaking={"en": "English-speaking", "fr": "French-speaking"},
    places=_PLACES,
    place_joined="in {x}",
    adjective_first=True,
    everybody="Everybody on the list",
    nobody="Nobody",
    who="who",
    and_="and",
    or_="or",
    either=("either", "or"),
    neither=("neither", "nor"),
    more="{n} others",
    last_days=("the last 24 hours", "the last {n} days"),
    next_days=("the next 24 hours", "the next {n} days"),
    quote="“{x}”",
)

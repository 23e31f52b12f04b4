"""How a proof of consent speaks: grounds with their provisions, actions and answers, both ways."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from babel.dates import format_date

from mobilize.contacts.bases import basis_of
from mobilize.core.i18n import Label

_MONTHS_A_YEAR: Final = 12

ACTIONS: Final[Mapping[str, Label]] = {
    "granted": Label("agreed", "a accepté"),
    "renewed": Label("agreed again", "a accepté de nouveau"),
    "withdrawn": Label("took it back", "a retiré son accord"),
    "retracted": Label(
        "a consent that was written down by mistake was struck out",
        "un consentement noté par erreur a été biffé",
    ),
    "expired": Label("ended by the calendar", "a pris fin selon le calendrier"),
    "bounced": Label("the address did not work", "l’adresse ne fonctionnait pas"),
    "complaint": Label(
        "called a message spam; taken as a withdrawal from everything",
        "a signalé un message comme pourriel; tenu pour un retrait de tout",
    ),
}
GROUNDS: Final[Mapping[str, Label]] = {
    "express": Label("express consent (CASL s. 6(1)(a))", "consentement exprès (LCAP, al. 6(1)a))"),
    "implied_ebr": Label(
        "existing business relationship (CASL s. 10(9)(a) and 10(10))",
        "relations d’affaires en cours (LCAP, al. 10(9)a) et par. 10(10))",
    ),
    "implied_inquiry": Label(
        "inquiry or application (CASL s. 10(10)(e))",
        "demande de renseignements (LCAP, al. 10(10)e))",
    ),
    "implied_donation": Label(
        "gift to a registered charity (CASL s. 10(13)(a))",
        "don à un organisme de bienfaisance enregistré (LCAP, al. 10(13)a))",
    ),
    "implied_volunteer": Label(
        "volunteer work or a meeting attended (CASL s. 10(13)(b))",
        "bénévolat ou participation à une réunion (LCAP, al. 10(13)b))",
    ),
    "implied_member": Label("membership (CASL s. 10(13)(c))", "adhésion (LCAP, al. 10(13)c))"),
    "published": Label(
        "conspicuously published address (CASL s. 10(9)(b))",
        "adresse publiée bien en vue (LCAP, al. 10(9)b))",
    ),
    "not_cem": Label(
        "not a commercial electronic message (CASL s. 1(2))",
        "message électronique non commercial (LCAP, par. 1(2))",
    ),
}
ANSWERS: Final[Mapping[str, Label]] = {
    "granted": Label("yes", "oui"),
    "never_given": Label("no: consent was never given", "non : jamais donné"),
    "withdrawn": Label("no: it was taken back", "non : il a été retiré"),
    "left_topic": Label("no: this topic was left", "non : ce sujet a été quitté"),
    "expired": Label("no: it has ended", "non : il a pris fin"),
}


def how_long(basis: str | None, basis_date: date | None, ends_at: datetime | None) -> Label | None:
    """How the end of a consent is found, for somebody who counts it over again."""
    if basis is None:
        return None
    months = basis_of(basis).months
    if months is None or basis_date is None or ends_at is None:
        return Label("holds until it is taken back", "vaut jusqu’à ce qu’il soit retiré")
    years, rest = divmod(months, _MONTHS_A_YEAR)
    span = (
        Label(f"{years} calendar years", f"{years} années civiles")
        if rest == 0
        else Label(f"{months} calendar months", f"{months} mois civils")
    )
    return Label(
        f"{span.en} from {_day(basis_date, 'en_CA')}; it ends when {_day(ends_at, 'en_CA')} "
        "begins (UTC)",
        f"{span.fr} à compter du {_day(basis_date, 'fr_CA')}; prend fin quand commence le "
        f"{_day(ends_at, 'fr_CA')} (UTC)",
    )


def _day(day: date, locale: str) -> str:
    return str(format_date(day, "long", locale=locale))

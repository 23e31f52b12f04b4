"""What kinds of organizations, memberships and roles there are, in both languages."""

from collections.abc import Mapping
from typing import Final

from mobilize.core.i18n import Label
from mobilize.mps.names import normalise

KINDS: Final[Mapping[str, Label]] = {
    "settlement": Label("Settlement agency", "Organisme d’établissement"),
    "refugee": Label("Refugee rights or sponsorship", "Défense ou parrainage des réfugiés"),
    "anti_trafficking": Label("Work against trafficking", "Lutte contre la traite des personnes"),
    "shelter": Label("Shelter or transition house", "Maison d’hébergement ou de transition"),
    "women": Label("Women’s organization", "Organisme de femmes"),
    "migrant_workers": Label(
        "Migrant workers’ rights", "Droits des travailleuses et travailleurs migrants"
    ),
    "legal": Label("Legal clinic", "Clinique juridique"),
    "health": Label("Health or counselling", "Santé ou soutien psychosocial"),
    "indigenous": Label("Indigenous organization", "Organisme autochtone"),
    "faith": Label("Faith community", "Communauté de foi"),
    "labour": Label("Union", "Syndicat"),
    "research": Label("University or research", "Université ou recherche"),
    "network": Label("Network or coalition", "Réseau ou coalition"),
    "other": Label("Another kind", "Autre type"),
}
MEMBERSHIPS: Final[Mapping[str, Label]] = {
    "member": Label("Member", "Membre"),
    "ally": Label("Ally, not a member", "Alliée, non membre"),
    "former": Label("Former member", "Ancienne membre"),
}
ROLES: Final[Mapping[str, Label]] = {
    "director": Label("Direction", "Direction"),
    "board": Label("Board", "Conseil d’administration"),
    "contact": Label("Contact for the campaign", "Personne-ressource pour la campagne"),
    "communications": Label("Communications", "Communications"),
    "front_line": Label("Front-line work", "Intervention"),
}
_KIND_WORDS: Final = {
    "settlement services": "settlement", "immigrant services": "settlement",
    "etablissement": "settlement", "refugees": "refugee", "sponsorship": "refugee",
    "refugies": "refugee", "parrainage": "refugee", "anti trafficking": "anti_trafficking",
    "traite": "anti_trafficking", "transition house": "shelter", "hebergement": "shelter",
    "maison d hebergement": "shelter", "womens organization": "women", "femmes": "women",
    "migrant workers": "migrant_workers", "travailleurs migrants": "migrant_workers",
    "law": "legal", "clinic": "legal", "juridique": "legal", "counselling": "health",
    "sante": "health", "autochtone": "indigenous", "first nations": "indigenous",
    "church": "faith", "eglise": "faith", "union": "labour", "syndicat": "labour",
    "university": "research", "universite": "research", "recherche": "research",
    "coalition": "network", "reseau": "network", "ngo": "other", "ong": "other", "autre": "other",
}  # fmt: skip
_ROLE_WORDS: Final = {
    "executive director": "director", "ed": "director", "directrice": "director",
    "directeur": "director", "directrice generale": "director", "directeur general": "director",
    "president": "board", "presidente": "board", "chair": "board", "treasurer": "board",
    "board member": "board", "conseil": "board", "media": "communications",
    "relations publiques": "communications", "front line": "front_line",
    "frontline": "front_line", "intervenante": "front_line", "intervenant": "front_line",
    "counsellor": "front_line", "personne ressource": "contact",
}  # fmt: skip
_MEMBERSHIP_WORDS: Final = {
    "yes": "member", "oui": "member", "true": "member", "1": "member", "x": "member",
    "no": "ally", "non": "ally", "false": "ally", "0": "ally", "allie": "ally", "alliee": "ally",
    "not a member": "ally", "non membre": "ally", "past member": "former", "ancien": "former",
    "ancien membre": "former", "ancienne": "former",
}  # fmt: skip


def kind_of(text: str) -> str | None:
    """The kind that is meant, by its key or by words in either language; None where none is."""
    return _meant(text, KINDS, _KIND_WORDS)


def role_of(text: str) -> str | None:
    """The role that is meant; None where none is."""
    return _meant(text, ROLES, _ROLE_WORDS)


def membership_of(text: str) -> str | None:
    """The membership that is meant; None where none is."""
    return _meant(text, MEMBERSHIPS, _MEMBERSHIP_WORDS)


def _meant(text: str, named: Mapping[str, Label], words: Mapping[str, str]) -> str | None:
    wanted = normalise(text)
    known = {normalise(name.replace("_", " ")): name for name in named}
    known |= {normalise(word): name for name, label in named.items() for word in label}
    return known.get(wanted) or words.get(wanted)

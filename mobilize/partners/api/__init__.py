"""Partners over JSON, one file for each thing; importing this puts them on the blueprint."""

from mobilize.partners.api import organizations, people, signing
from mobilize.partners.api.mounting import blueprint

__all__ = ["blueprint", "organizations", "people", "signing"]

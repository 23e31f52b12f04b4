"""Alerts and audiences over JSON; importing this package puts both on the blueprint."""

from mobilize.alerts.api import alerts, audiences
from mobilize.alerts.api.mounting import blueprint

__all__ = ["alerts", "audiences", "blueprint"]

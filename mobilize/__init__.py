"""Mobilize: from what we demand, through who decides, to what happens next.

The order of the packages is the order of that sentence, and nothing imports backwards:
strategy, mps, contacts, messaging, partners, actions, alerts, followups, site and console.
"""

__version__ = "0.1.0"

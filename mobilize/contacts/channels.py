"""The ways to reach a person.

They stand apart from the ledger's tables: a process that only reads files knows no database.
"""

from typing import Final

CHANNELS: Final = ("email", "sms", "voice")

"""How we reach one person: one message to one recipient, may it go, and what became of it."""

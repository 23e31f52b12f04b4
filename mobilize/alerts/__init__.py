"""Whom we ask, and when: many messages at once, from the audience to the results."""

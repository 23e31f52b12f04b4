"""Who we are: supporters and partners' people, their consents, and what must not reach them."""

"""Who decides: ridings, the MPs who hold them, and which riding a postal code lies in."""

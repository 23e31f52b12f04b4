"""The providers' own descriptions and vectors, held against us; and ours against the standard."""
